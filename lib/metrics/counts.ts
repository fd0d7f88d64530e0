import * as tf from "@tensorflow/tfjs";

/** How many pixels were found right and wrong; foreground is "positive". */
export interface Counts {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
}

/**
 * The four counts of each image, in tfjs, for use inside a step.
 *
 * A pixel is taken as foreground from `threshold` on: `probability ≥ threshold`. float32 holds each
 * count exactly up to 2²⁴ pixels an image (4096²).
 *
 * Shapes: `probabilities` `[N, H, W, 1]` float32; `masks` `[N, H, W, 1]` float32, 0 or 1; each of the
 * four returned is `[N]` float32.
 */
export function confusionCounts(
  probabilities: tf.Tensor,
  masks: tf.Tensor,
  threshold: number,
): Record<keyof Counts, tf.Tensor1D> {
  return tf.tidy(() => {
    const pixelAxes = [...masks.shape.keys()].slice(1);
    const pixels = masks.size / (masks.shape[0] ?? 1);
    const predictions = tf.cast(tf.greaterEqual(probabilities, threshold), "float32");
    const truePositives = tf.sum<tf.Tensor1D>(tf.mul(predictions, masks), pixelAxes);
    const predicted = tf.sum<tf.Tensor1D>(predictions, pixelAxes);
    const present = tf.sum<tf.Tensor1D>(masks, pixelAxes);
    const union = tf.sub<tf.Tensor1D>(tf.add(predicted, present), truePositives);
    return {
      truePositives,
      falsePositives: tf.sub<tf.Tensor1D>(predicted, truePositives),
      falseNegatives: tf.sub<tf.Tensor1D>(present, truePositives),
      trueNegatives: tf.sub<tf.Tensor1D>(pixels, union),
    };
  });
}

/**
 * The four counts of a mask against the true one.
 *
 * Shapes: both hold the same pixels in the same order, 0 or 1.
 *
 * @example
 * ```ts
 * import { countPixels } from "papilio/metrics/counts.ts";
 * const counts = countPixels(Uint8Array.of(1, 1, 0, 0), Uint8Array.of(1, 0, 1, 0));
 * console.assert(Object.values(counts).join() === "1,1,1,1");
 * ```
 */
export function countPixels(prediction: Uint8Array, truth: Uint8Array): Counts {
  let both = 0;
  let found = 0;
  let there = 0;
  for (let i = 0; i < truth.length; i++) {
    const [p, t] = [prediction[i] as number, truth[i] as number];
    both += p & t;
    found += p;
    there += t;
  }
  return {
    truePositives: both,
    falsePositives: found - both,
    falseNegatives: there - both,
    trueNegatives: truth.length - found - there + both,
  };
}

/** Nothing counted yet. */
export const noCounts: Counts = {
  truePositives: 0,
  falsePositives: 0,
  falseNegatives: 0,
  trueNegatives: 0,
};

/** The sums; a metric of summed counts is that of the data set as one large image. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    truePositives: a.truePositives + b.truePositives,
    falsePositives: a.falsePositives + b.falsePositives,
    falseNegatives: a.falseNegatives + b.falseNegatives,
    trueNegatives: a.trueNegatives + b.trueNegatives,
  };
}

/**
 * Intersection over union, `TP / (TP + FP + FN)`; NaN if there is no foreground and none was found.
 *
 * @example
 * ```ts
 * import { iou } from "papilio/metrics/counts.ts";
 * const counts = { truePositives: 3, falsePositives: 1, falseNegatives: 2, trueNegatives: 10 };
 * console.assert(iou(counts) === 0.5);
 * ```
 */
export function iou({ truePositives, falsePositives, falseNegatives }: Counts): number {
  return truePositives / (truePositives + falsePositives + falseNegatives);
}

/** `2·TP / (2·TP + FP + FN)`, the F1 score; NaN if there is no foreground and none was found. */
export function dice({ truePositives, falsePositives, falseNegatives }: Counts): number {
  return 2 * truePositives / (2 * truePositives + falsePositives + falseNegatives);
}

/** `TP / (TP + FP)`: how much of what was found is right; NaN if nothing was found. */
export function precision({ truePositives, falsePositives }: Counts): number {
  return truePositives / (truePositives + falsePositives);
}

/** `TP / (TP + FN)`: how much of what is there was found; NaN if there is no foreground. */
export function recall({ truePositives, falseNegatives }: Counts): number {
  return truePositives / (truePositives + falseNegatives);
}

/** A metric for people: `"0.9132"`; `"–"` where it is not defined. */
export function metricText(value: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(4);
}

/** The share of all pixels that are right, `(TP + TN) / all`; NaN if there are no pixels. */
export function accuracy(counts: Counts): number {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = counts;
  const right = truePositives + trueNegatives;
  return right / (right + falsePositives + falseNegatives);
}

/**
 * The mean of a metric over images, each with the same weight however large its foreground.
 *
 * Images for which the metric is NaN (class absent) are left out: they would be 0 or 1 by convention
 * only, and move the mean by that. NaN if none is left.
 *
 * @example
 * ```ts
 * import { iou, meanPerImage, noCounts } from "papilio/metrics/counts.ts";
 * const half = { ...noCounts, truePositives: 1, falsePositives: 1 };
 * const empty = { ...noCounts, trueNegatives: 2 };
 * console.assert(meanPerImage([half, empty], iou) === 0.5);
 * ```
 */
export function meanPerImage(
  images: readonly Counts[],
  metric: (counts: Counts) => number,
): number {
  const values = images.map(metric).filter((value) => !Number.isNaN(value));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
