import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { requireWithin } from "papilio/train/_settings.ts";
import { classLoss } from "papilio/train/losses/_class_loss.ts";
import type { Loss } from "papilio/train/losses/loss.ts";

/** Keeps the mean defined, as 0, where no pixel counts. */
const leastWeight = 1e-12;

export interface CrossEntropySettings {
  /** What a pixel of each class counts; 1 if not given. */
  classWeights?: readonly number[];
}

/**
 * The mean cross-entropy over the pixels of the batch that have a class, from logits.
 *
 * `Σ w_c·y_c·(log Σ exp(z) - z_c) / Σ w_c·y_c` with `y_c` = 1 where the pixel is of class c, the logarithm
 * taken after the largest logit of the pixel is subtracted. The gradient is
 * `(softmax(z)·Σ w_c·y_c - w_c·y_c) / Σ w_c·y_c`, the first sum over the pixel's classes. It is PyTorch's
 * `cross_entropy(weight, ignore_index=255)`, but 0 where that has NaN: if every pixel is ignored.
 *
 * Shapes: `logits` `[batch, height, width, classes]`, `masks` of class numbers, 255 where ignored,
 * `[batch, height, width, 1]` float32; returns a scalar.
 *
 * @throws {PapilioError} for weights that are negative or not one a class, or masks of another shape.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { crossEntropy } from "papilio/train/losses/mod.ts";
 * await tf.setBackend("cpu");
 * const value = crossEntropy()(tf.zeros([1, 1, 2, 4]), tf.tensor4d([3, 255], [1, 1, 2, 1]));
 * console.assert(Math.abs(Number(value.dataSync()) - Math.log(4)) < 1e-6);
 * ```
 */
export function crossEntropy({ classWeights }: CrossEntropySettings = {}): Loss {
  classWeights?.forEach(requireWeight);
  return classLoss((z, truth) => {
    requireOneEach(classWeights, present(z.shape[3]));
    return weightedCrossEntropy(z, classWeights ? tf.mul(truth, [...classWeights]) : truth);
  });
}

/** The loss for masks that hold their classes' weights. */
function weightedCrossEntropy(z: tf.Tensor, y: tf.Tensor) {
  const shifted = tf.sub(z, tf.max(z, 3, true));
  const exponentials = tf.exp(shifted);
  const sums = tf.sum(exponentials, 3, true);
  const weight = tf.maximum(tf.sum(y), leastWeight);
  const entropies = tf.mul(y, tf.sub(tf.log(sums), shifted));
  return {
    value: tf.div(tf.sum(entropies), weight) as tf.Scalar,
    saved: [tf.div(exponentials, sums), y, weight],
    gradient: crossEntropyGradient,
  };
}

function crossEntropyGradient([softmax, y, weight]: tf.Tensor[]): tf.Tensor {
  const pixelWeights = tf.sum(present(y), 3, true);
  return tf.div(tf.sub(tf.mul(present(softmax), pixelWeights), present(y)), present(weight));
}

function requireWeight(weight: number, index: number): void {
  requireWithin(`the weight of class ${index}`, weight, [0, Infinity]);
}

function requireOneEach(classWeights: readonly number[] | undefined, classes: number): void {
  if (!classWeights || classWeights.length === classes) return;
  throw new PapilioError({
    cannot: "weigh the classes",
    expected: `${classes} weights, one a class`,
    got: `${classWeights.length}`,
    remedy: "Give one for each channel of the logits, in their order.",
  });
}
