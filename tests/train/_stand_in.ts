import * as tf from "@tensorflow/tfjs";
import { type Config, resolveConfig } from "papilio/core/config.ts";
import { Random } from "papilio/core/random.ts";
import { type RunFolder, runFolder } from "papilio/core/run_folder.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { glorotUniform } from "papilio/model/initializers.ts";
import { FrozenAwareBatchNormalization } from "papilio/model/layers.ts";
import type { SegmentationModel } from "papilio/model/segmentation.ts";
import { readCheckpoint } from "papilio/train/checkpoint.ts";
import type { TrainEvent } from "papilio/train/events.ts";
import type { BatchStream, LabelledBatch } from "papilio/train/labelled.ts";
import { type TrainingLoop, trainPhases } from "papilio/train/loop.ts";
import { openRecorder } from "papilio/train/recorder.ts";
import { stateOf } from "papilio/train/state.ts";

export const sidePx = 8;

/** A network small enough to train on the cpu backend in no time: an encoder of one layer, one more. */
export function tinyModel(seed = 5): SegmentationModel {
  const { layers } = tf;
  const convolution = (name: string, filters: number) =>
    layers.conv2d({
      name,
      filters,
      kernelSize: 3,
      padding: "same",
      kernelInitializer: glorotUniform(seed, name),
    });
  const image = tf.input({ name: "image", shape: [sidePx, sidePx, 3] });
  const rescaled = layers.rescaling({ name: "rescaling", scale: 1 / 127.5, offset: -1 })
    .apply(image) as tf.SymbolicTensor;
  const encoded = new FrozenAwareBatchNormalization({ name: "encoder_bn" })
    .apply(convolution("encoder_conv", 4).apply(rescaled) as tf.SymbolicTensor);
  const features = layers.activation({ name: "relu", activation: "relu" })
    .apply(encoded as tf.SymbolicTensor) as tf.SymbolicTensor;
  const logits = convolution("mask", 1).apply(features) as tf.SymbolicTensor;
  const probability = layers.activation({ name: "probability", activation: "sigmoid" })
    .apply(logits) as tf.SymbolicTensor;
  const segmentation: Omit<SegmentationModel, "encoder"> = {
    model: tf.model({ inputs: image, outputs: probability }),
    logits: tf.model({ inputs: image, outputs: logits }),
    encoderLayerNames: ["encoder_conv", "encoder_bn"],
    inputSidePx: sidePx,
  };
  return segmentation as SegmentationModel;
}

/** Images of noise with a bright square, whose mask is the square; seeded as the real source is. */
export function tinyBatches(count: number, seed: number): BatchStream {
  const ids = Array.from({ length: count }, (_, i) => `case ${i}`);
  return {
    async *epoch({ batchSize, epoch, shuffle }) {
      const order = shuffle ? Random.from(seed, "shuffle", epoch).shuffle(ids) : ids;
      for (let at = 0; at < count; at += batchSize) {
        yield await Promise.resolve(tinyBatch(order.slice(at, at + batchSize), seed));
      }
    },
  };
}

function tinyBatch(ids: string[], seed: number): LabelledBatch {
  const pixels = sidePx * sidePx;
  const images = new Uint8Array(ids.length * pixels * 3);
  const masks = new Uint8Array(ids.length * pixels);
  ids.forEach((id, i) => {
    const random = Random.from(seed, "image", id);
    const [left, top] = [random.integer(0, 4), random.integer(0, 4)];
    for (let pixel = 0; pixel < pixels; pixel++) {
      const [x, y] = [pixel % sidePx, Math.floor(pixel / sidePx)];
      const inside = x >= left && x < left + 4 && y >= top && y < top + 4;
      masks[i * pixels + pixel] = inside ? 1 : 0;
      for (let channel = 0; channel < 3; channel++) {
        images[3 * (i * pixels + pixel) + channel] = random.integer(0, 120) + (inside ? 110 : 0);
      }
    }
  });
  return { ids, images, masks, size: ids.length };
}

/** Three epochs a phase, five cases in batches of two: the last batch is a smaller one. */
export const tinyConfig: Config = resolveConfig("smoke", {
  phase1: { epochs: 3, batchSize: 2, learningRate: 0.02 },
  phase2: { epochs: 3, batchSize: 3, learningRate: 0.01 },
});

export interface TinyRun {
  engine: Engine;
  folder: string;
  config?: Config;
  segmentation?: SegmentationModel;
  signal?: AbortSignal;
  onEvent?: (event: TrainEvent) => void;
  resume?: boolean;
}

/** Trains the stand-in, from the start or from what lies in the run folder. */
export async function tinyRun(options: TinyRun) {
  const { engine, folder, config = tinyConfig, resume = false, signal, onEvent } = options;
  const { segmentation = tinyModel() } = options;
  const run: RunFolder = runFolder(folder);
  const path = run.lastCheckpoint;
  const checkpoint = resume ? await readCheckpoint(path) : undefined;
  const loop: TrainingLoop = {
    config,
    engine,
    segmentation,
    train: { batches: tinyBatches(5, 1), size: 5 },
    validation: { batches: tinyBatches(4, 2), size: 4 },
    bestCheckpoint: run.bestCheckpoint,
    recorder: await openRecorder(run, { resumed: checkpoint && stateOf(checkpoint, path) }),
    signal,
    onEvent,
  };
  const state = await trainPhases(loop, checkpoint && { checkpoint, path });
  return { run, state, segmentation };
}

export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
