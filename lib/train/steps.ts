import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import type {
  CompiledStep,
  Engine,
  OutputData,
  StepFunction,
  StepSignature,
} from "papilio/engine/engine.ts";
import { classCounts, confusionCounts } from "papilio/metrics/tensor_counts.ts";
import type { SegmentationModel } from "papilio/model/segmentation.ts";
import { namedVariables } from "papilio/model/variables.ts";
import type { LabelledBatch } from "papilio/train/labelled.ts";
import type { Loss } from "papilio/train/losses/mod.ts";
import {
  clipByGlobalNorm,
  type Optimizer,
  type WeightAverage,
} from "papilio/train/optimizers/mod.ts";

/** What a step needs of a network: images in, logits out, as one model of shared layers. */
export type TrainableModel = Pick<SegmentationModel, "logits" | "inputSidePx">;

export interface StepOptions {
  loss: Loss;
  /** Probability from which a pixel counts as foreground; of no meaning with classes. */
  threshold: number;
  /**
   * The number of the class that masks are of, in a table of it and the background: as in prediction, a
   * pixel is of it where its probability is at least 0.5.
   */
  foreground?: number | undefined;
}

export interface TrainStepOptions extends StepOptions {
  /** Gradients are shortened together to this norm if theirs is larger. */
  maxGradientNorm?: number | undefined;
  /** Follows the weights; its state is among the step's variables then. */
  average?: WeightAverage | undefined;
}

/**
 * One step of training: forward pass, loss, gradients of `variables`, and the optimizer's update.
 *
 * Shapes: takes `images` `[N, S, S, channels]` and `masks` `[N, S, S, 1]`; returns `loss` `[]` and the
 * four counts of each image `[N]`, with classes of each image and class `[N, C]`, all of the forward pass
 * before the update; with `maxGradientNorm` also `gradientNorm` `[]`, before the gradients are shortened.
 */
export function makeTrainStep(
  model: TrainableModel,
  optimizer: Optimizer,
  variables: ReadonlyMap<string, tf.Variable>,
  { loss, maxGradientNorm, average, ...options }: TrainStepOptions,
): StepFunction {
  return ({ images, masks }) =>
    tf.tidy(() => {
      const y = present(masks) as tf.Tensor4D;
      let logits: tf.Tensor4D | undefined;
      const { value, grads } = tf.variableGrads(() => {
        // Kept, since the tape's scope would dispose of it before the counts are made.
        logits = tf.keep(model.logits.apply(present(images), { training: true }) as tf.Tensor4D);
        return loss(logits, y);
      }, [...variables.values()]);
      const { gradients, ...norm } = limited(byName(variables, grads), maxGradientNorm);
      optimizer.apply(gradients);
      average?.update();
      const counts = judge(present(logits), y, options).counts();
      present(logits).dispose();
      return { loss: value, ...counts, ...norm };
    });
}

/** Probabilities, and counts of them against masks: of foreground for one channel, of classes for more. */
function judge(
  logits: tf.Tensor4D,
  masks: tf.Tensor4D,
  { threshold, foreground }: Omit<StepOptions, "loss">,
) {
  if (logits.shape[3] > 1) {
    return {
      probabilities: () => tf.softmax(logits),
      counts: () => classCounts(logits, masks, { foreground }),
    };
  }
  const probabilities = tf.sigmoid(logits);
  return {
    probabilities: () => probabilities,
    counts: () => confusionCounts(probabilities, masks, threshold),
  };
}

function limited(gradients: Map<string, tf.Tensor>, maxNorm: number | undefined) {
  if (maxNorm === undefined) return { gradients };
  const { gradients: shortened, norm } = clipByGlobalNorm(gradients, maxNorm);
  return { gradients: shortened, gradientNorm: norm };
}

function byName(variables: ReadonlyMap<string, tf.Variable>, gradients: tf.NamedTensorMap) {
  return new Map(
    [...variables].map(([name, variable]) => [
      name,
      present(gradients[variable.name], `gradient of ${name}`),
    ]),
  );
}

/**
 * One step of evaluation, the network in inference mode.
 *
 * Shapes: as `makeTrainStep`, and `probabilities` `[N, S, S, 1]`, with classes `[N, S, S, C]`.
 */
export function makeEvaluationStep(
  model: TrainableModel,
  { loss, ...options }: StepOptions,
): StepFunction {
  return ({ images, masks }) =>
    tf.tidy(() => {
      const y = present(masks) as tf.Tensor4D;
      const logits = model.logits.apply(present(images), { training: false }) as tf.Tensor4D;
      const { counts, probabilities } = judge(logits, y, options);
      return { loss: loss(logits, y), ...counts(), probabilities: probabilities() };
    });
}

/** A model's variables by whether the present phase can move them. */
export interface PhaseVariables {
  /** Weights and moving statistics of the layers that learn. */
  moving: Map<string, tf.Variable>;
  /** Everything of frozen layers. */
  frozen: Map<string, tf.Variable>;
}

/** Parts a model's variables by its layers' `trainable`; each variable is in one part. */
export function phaseVariables(model: tf.LayersModel): PhaseVariables {
  const frozenLayers = new Set(
    model.layers.filter((layer) => !layer.trainable).map((layer) => layer.name),
  );
  const parts: PhaseVariables = { moving: new Map(), frozen: new Map() };
  for (const [name, variable] of namedVariables(model)) {
    const layer = name.slice(0, name.lastIndexOf("/"));
    (frozenLayers.has(layer) ? parts.frozen : parts.moving).set(name, variable);
  }
  return parts;
}

/**
 * A step of labelled batches that is compiled for each batch size when that size first comes.
 *
 * So the last, smaller batch of an epoch is a step of its own, and no image is left out or padded.
 */
export class BatchedStep {
  readonly #compiled = new Map<number, CompiledStep>();
  readonly #engine: Engine;
  readonly #step: StepFunction;
  readonly #signature: Omit<StepSignature, "inputs"> & { sidePx: number };

  constructor(
    engine: Engine,
    step: StepFunction,
    signature: Omit<StepSignature, "inputs"> & { sidePx: number },
  ) {
    this.#engine = engine;
    this.#step = step;
    this.#signature = signature;
  }

  async run({ images, masks, size }: LabelledBatch): Promise<Record<string, OutputData>> {
    const compiled = this.#compiled.get(size) ??
      await this.#compile(size, images.length / masks.length);
    return await compiled.run({ images, masks });
  }

  async #compile(size: number, channels: number): Promise<CompiledStep> {
    const { sidePx, name, ...signature } = this.#signature;
    const compiled = await this.#engine.compile(this.#step, {
      ...signature,
      name: `${name} ${size}`,
      inputs: {
        images: { shape: [size, sidePx, sidePx, channels], dtype: "uint8" },
        masks: { shape: [size, sidePx, sidePx, 1], dtype: "uint8" },
      },
    });
    this.#compiled.set(size, compiled);
    return compiled;
  }

  async dispose(): Promise<void> {
    for (const compiled of this.#compiled.values()) await compiled.dispose();
    this.#compiled.clear();
  }
}
