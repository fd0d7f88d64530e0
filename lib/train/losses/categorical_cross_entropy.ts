import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { requireWithin } from "papilio/train/_settings.ts";
import { pairedLoss, requireShape, withGradient } from "papilio/train/losses/_with_gradient.ts";
import type { Loss } from "papilio/train/losses/loss.ts";

/** Keeps the mean defined, as 0, where no pixel counts. */
const leastWeight = 1e-12;

export interface CategoricalSettings {
  /** What a pixel of each class counts; 1 if not given. */
  classWeights?: readonly number[];
}

export interface SparseCategoricalSettings extends CategoricalSettings {
  /** Pixels with this number are left out: 255 in many data sets. */
  ignoreIndex?: number;
}

/**
 * The mean cross-entropy over all pixels of the batch, from logits and masks with a channel a class.
 *
 * `Σ w_c·y_c·(log Σ exp(z) - z_c) / Σ w_c·y_c`, the logarithm taken after the largest logit of the pixel
 * is subtracted. A pixel whose channels are all 0 is left out; if all are, the loss is 0. The gradient
 * is `(softmax(z)·Σ w_c·y_c - w_c·y_c) / Σ w_c·y_c`, the first sum over the pixel's classes.
 *
 * Shapes: `logits` and `masks` {0, 1} `[batch, height, width, classes]` float32; returns a scalar.
 *
 * @throws {PapilioError} for weights that are negative or not one a class, or shapes that differ.
 */
export function categoricalCrossEntropy({ classWeights }: CategoricalSettings = {}): Loss {
  classWeights?.forEach(requireWeight);
  return pairedLoss((z, y) => {
    requireOneEach(classWeights, present(z.shape[3]));
    return weightedCrossEntropy(z, classWeights ? tf.mul(y, [...classWeights]) : y);
  });
}

/**
 * The mean cross-entropy over all pixels of the batch, from logits and the number of each pixel's class.
 *
 * As `categoricalCrossEntropy`, with the channels made from the numbers. It is PyTorch's
 * `cross_entropy(weight, ignore_index)`, but 0 where that has NaN: if every pixel is ignored. A number
 * that is no class and not ignored makes the loss infinite, since a compiled step cannot throw.
 *
 * Shapes: `logits` `[batch, height, width, classes]`, `masks` `[batch, height, width, 1]` float32.
 *
 * @throws {PapilioError} for weights that are negative or not one a class, or masks of another shape.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { sparseCategoricalCrossEntropy } from "papilio/train/losses/mod.ts";
 * await tf.setBackend("cpu");
 * const loss = sparseCategoricalCrossEntropy({ ignoreIndex: 255 });
 * const value = loss(tf.zeros([1, 1, 2, 4]), tf.tensor4d([3, 255], [1, 1, 2, 1]));
 * console.assert(Math.abs(Number(value.dataSync()) - Math.log(4)) < 1e-6);
 * ```
 */
export function sparseCategoricalCrossEntropy(
  { classWeights, ignoreIndex }: SparseCategoricalSettings = {},
): Loss {
  classWeights?.forEach(requireWeight);
  return (logits, masks) => {
    const classes = logits.shape[3];
    requireShape(masks, [...logits.shape.slice(0, 3), 1]);
    requireOneEach(classWeights, classes);
    const weights = Array.from(
      { length: classes },
      (_, c) => c === ignoreIndex ? 0 : classWeights?.[c] ?? 1,
    );
    return withGradient(logits, masks, (z, y) => {
      const channels = tf.cast(tf.equal(y, weights.map((_, c) => c)), "float32");
      const { value, ...rest } = weightedCrossEntropy(z, tf.mul(channels, weights));
      return { value: tf.add(value, infiniteIfUnknown(y, channels, ignoreIndex)), ...rest };
    });
  };
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
    gradient: categoricalGradient,
  };
}

function categoricalGradient([softmax, y, weight]: tf.Tensor[]): tf.Tensor {
  const pixelWeights = tf.sum(present(y), 3, true);
  return tf.div(tf.sub(tf.mul(present(softmax), pixelWeights), present(y)), present(weight));
}

/** 0 if each pixel has a class or is ignored. */
function infiniteIfUnknown(y: tf.Tensor, channels: tf.Tensor, ignoreIndex?: number): tf.Scalar {
  const known = tf.max(channels, 3, true);
  const accepted = ignoreIndex === undefined
    ? known
    : tf.maximum(known, tf.cast(tf.equal(y, ignoreIndex), "float32"));
  return tf.neg(tf.log(tf.min(accepted))) as tf.Scalar;
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
