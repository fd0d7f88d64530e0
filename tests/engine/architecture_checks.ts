import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { IGNORED } from "papilio/core/classes.ts";
import { exportOnnx } from "papilio/engine/compiled/export.ts";
import type { OnnxEngine } from "papilio/engine/compiled/onnx_engine.ts";
import { OnnxModel } from "papilio/engine/compiled/onnx_model.ts";
import type { OutputData, StepFunction } from "papilio/engine/engine.ts";
import type { SegmentationModel } from "papilio/model/segmentation.ts";
import { namedVariables, trainableVariables } from "papilio/model/variables.ts";
import { bceDiceLoss, losses } from "papilio/train/losses/mod.ts";
import { Adam } from "papilio/train/optimizers/mod.ts";
import { makeTrainStep, phaseVariables } from "papilio/train/steps.ts";
import { type Metrics, Tally } from "papilio/train/tally.ts";
import { relativeError } from "./harness.ts";

// What holds for every network that the engine is to train and to export.

const channelsOf = ({ model }: SegmentationModel) => present(model.inputs[0]?.shape[3]);
const classesOf = ({ model }: SegmentationModel) => present(model.outputs[0]?.shape[3]);

const lossFor = (segmentation: SegmentationModel) =>
  classesOf(segmentation) === 1 ? bceDiceLoss : losses["cross-entropy+dice"];

/**
 * Dark images with a bright disc, another one in each, and fine noise; its mask is the disc.
 *
 * With classes, what is left of the disc is another class, and the first rows are ignored.
 */
function discs(count: number, segmentation: SegmentationModel) {
  const { inputSidePx: sidePx } = segmentation;
  const [channels, classes] = [channelsOf(segmentation), classesOf(segmentation)];
  const images = new Uint8Array(count * sidePx * sidePx * channels);
  const masks = new Uint8Array(count * sidePx * sidePx);
  masks.forEach((_, pixel) => {
    const [column, row] = [pixel % sidePx, Math.floor(pixel / sidePx) % sidePx];
    const n = Math.floor(pixel / sidePx / sidePx);
    const [y, x, radius] = [(0.35 + 0.2 * n) * sidePx, (0.6 - 0.15 * n) * sidePx, 0.25 * sidePx];
    const inside = (row - y) ** 2 + (column - x) ** 2 < radius ** 2;
    masks[pixel] = Number(inside);
    if (classes > 2 && !inside && column < x) masks[pixel] = classes - 1;
    if (classes > 1 && row < 3) masks[pixel] = IGNORED;
    for (let channel = 0; channel < channels; channel++) {
      const noise = 25 * Math.sin(12.9898 * pixel + 78.233 * channel + 3.1 * (pixel % 7));
      images[channels * pixel + channel] = (inside ? 180 : 60) + 20 * channel + noise;
    }
  });
  return { images, masks };
}

const batch = 2;

function inputsOf(segmentation: SegmentationModel) {
  const { inputSidePx: sidePx } = segmentation;
  return {
    images: { shape: [batch, sidePx, sidePx, channelsOf(segmentation)], dtype: "uint8" },
    masks: { shape: [batch, sidePx, sidePx, 1], dtype: "uint8" },
  } as const;
}

/** Loss, logits and all gradients of one training pass. */
function gradientStep(segmentation: SegmentationModel): StepFunction {
  const { model, logits } = segmentation;
  const loss = lossFor(segmentation);
  const learning = trainableVariables(model);
  return ({ images, masks }) => {
    const { value, grads } = tf.variableGrads(
      () =>
        loss(
          logits.apply(present(images), { training: true }) as tf.Tensor4D,
          masks as tf.Tensor4D,
        ),
      [...learning.values()],
    );
    const gradients = [...learning].map(([name, { name: id }]) =>
      [`gradient of ${name}`, present(grads[id], name)] as const
    );
    return { ...Object.fromEntries(gradients), loss: value };
  };
}

/** Of the largest gradient, below which one is rounding of zero: before a normalisation, say. */
const negligible = 1e-5;

export interface StepErrors {
  loss: number;
  /** Of all gradients together. */
  gradients: number;
  /** Of the gradients that are not rounding of zero. */
  worst: { name: string; error: number };
}

/**
 * Spreads the betas of a model's normalisations over 0…3.
 *
 * With the start's betas of 0, so many activations lie next to a ReLU's 0 that rounding, amplified by
 * normalisations over few values, puts some on the other side: gradients are then off by 1e-3 to 1e-2 in
 * any float32 implementation.
 */
export function spreadBetas({ model }: SegmentationModel): void {
  for (const [name, beta] of namedVariables(model)) {
    if (!name.endsWith("/beta")) continue;
    const values = Float32Array.from(
      { length: beta.size },
      (_, i) => 1.5 + 1.5 * Math.sin(7.3 * i + name.length),
    );
    tf.tidy(() => beta.assign(tf.tensor(values, beta.shape)));
  }
}

/** How far a compiled step's loss and gradients are from those of eager tfjs on the cpu backend. */
export async function stepErrors(
  engine: OnnxEngine,
  segmentation: SegmentationModel,
): Promise<StepErrors> {
  const step = gradientStep(segmentation);
  const { moving, frozen } = phaseVariables(segmentation.model);
  const data = discs(batch, segmentation);
  const compiled = await engine.compile(step, {
    name: `gradients of ${segmentation.model.name}`,
    inputs: inputsOf(segmentation),
    variables: [...moving.values()],
    constants: [...frozen.values()],
  });
  const got = await compiled.run(data);
  await compiled.dispose();
  const specifications = inputsOf(segmentation);
  const expected = tf.tidy(() => {
    const outputs = step({
      images: tf.tensor(Float32Array.from(data.images), [...specifications.images.shape]),
      masks: tf.tensor(Float32Array.from(data.masks), [...specifications.masks.shape]),
    });
    return Object.entries(outputs).map(([name, tensor]) => ({
      name,
      shape: tensor.shape,
      data: Float32Array.from(tensor.dataSync()),
    }));
  });
  return errorsOf(
    expected.map(({ name, shape, data }) => {
      const output = present(got[name], name);
      expect([name, output.shape]).toEqual([name, shape]);
      return { name, got: output.data, expected: data };
    }),
  );
}

interface Comparison {
  name: string;
  got: Float32Array;
  expected: Float32Array;
}

function errorsOf(comparisons: Comparison[]): StepErrors {
  const [losses, gradients] = [true, false].map((isLoss) =>
    comparisons.filter(({ name }) => (name === "loss") === isLoss)
  ) as [Comparison[], Comparison[]];
  const norms = gradients.map(({ expected }) => Math.hypot(...expected));
  const largest = Math.max(...norms);
  const errors = gradients.map(({ name, got, expected }) => ({
    name,
    error: relativeError(got, expected),
  })).filter((_, i) => present(norms[i]) > negligible * largest);
  const absolute = gradients.map(({ got, expected }) =>
    Math.hypot(...got.map((value, i) => value - present(expected[i])))
  );
  return {
    loss: relativeError(present(losses[0]).got, present(losses[0]).expected),
    gradients: Math.hypot(...absolute) / Math.hypot(...norms),
    worst: errors.reduce((a, b) => a.error > b.error ? a : b),
  };
}

/** The largest difference of a probability in the exported ONNX file from tfjs', for 1 and 3 images. */
export async function exportError(segmentation: SegmentationModel): Promise<number> {
  const { model, inputSidePx } = segmentation;
  const network = await OnnxModel.open(exportOnnx(model), { threads: 1 });
  try {
    const errors: number[] = [];
    for (const count of [1, 3]) {
      const shape = [count, inputSidePx, inputSidePx, channelsOf(segmentation)];
      const data = Float32Array.from(discs(count, segmentation).images);
      const { probability } = await network.run({ image: { shape, data } });
      expect(probability?.shape)
        .toEqual([count, inputSidePx, inputSidePx, classesOf(segmentation)]);
      const expected = tf.tidy(() =>
        Float32Array.from((model.predict(tf.tensor(data, shape)) as tf.Tensor).dataSync())
      );
      expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(1e-3);
      errors.push(...expected.map((value, i) => Math.abs(value - (probability?.data[i] ?? NaN))));
    }
    return Math.max(...errors);
  } finally {
    await network.dispose();
  }
}

/** What two images are learnt to. */
export interface Overfitted {
  /** Before the first step. */
  firstLoss: number;
  /** Over all pixels of both; the mean over the classes, where there are several. */
  dice: number;
  steps: number;
}

/**
 * Trains on the same two images by compiled steps, until their Dice is above `dice`; the model keeps what
 * it learns.
 */
export async function overfit(
  engine: OnnxEngine,
  segmentation: SegmentationModel,
  options: { dice: number; mostSteps: number; learningRate: number },
): Promise<Overfitted> {
  const learning = trainableVariables(segmentation.model);
  const adam = new Adam(learning, options.learningRate);
  const loss = lossFor(segmentation);
  const step = makeTrainStep(segmentation, adam, learning, { loss, threshold: 0.5 });
  const { moving, frozen } = phaseVariables(segmentation.model);
  const compiled = await engine.compile(step, {
    name: `overfit ${segmentation.model.name}`,
    inputs: inputsOf(segmentation),
    variables: [...moving.values(), ...adam.state.values()],
    constants: [...frozen.values()],
  });
  const data = discs(batch, segmentation);
  const found = { firstLoss: NaN, dice: NaN, steps: 0 };
  while (!(found.dice > options.dice) && found.steps < options.mostSteps) {
    const metrics = metricsOf(segmentation, await compiled.run(data));
    if (found.steps++ === 0) found.firstLoss = metrics.loss;
    found.dice = metrics.dice;
  }
  await engine.pull([...moving.values()]);
  await compiled.dispose();
  adam.dispose();
  return found;
}

function metricsOf(
  segmentation: SegmentationModel,
  outputs: Record<string, OutputData>,
): Metrics {
  const classes = classesOf(segmentation);
  const names = Array.from({ length: classes }, (_, i) => `class${i}`);
  const tally = new Tally(classes === 1 ? [] : names);
  tally.add({ size: batch }, outputs);
  return tally.metrics;
}

/** A model's parameters, moving statistics included. */
export function parametersOf({ model }: Pick<SegmentationModel, "model">): number {
  return [...namedVariables(model).values()].reduce((sum, { size }) => sum + size, 0);
}
