import { IGNORED } from "papilio/core/classes.ts";

/** How many pixels were found right and wrong; foreground is "positive". */
export interface Counts {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
}

/**
 * The four counts of a mask against the true one.
 *
 * Shapes: both hold the same pixels in the same order, 0 or 1; what is `IGNORED` in the truth is not
 * counted.
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
  let judged = 0;
  for (let i = 0; i < truth.length; i++) {
    const [p, t] = [prediction[i] as number, truth[i] as number];
    if (t === IGNORED) continue;
    judged++;
    both += p & t;
    found += p;
    there += t;
  }
  return {
    truePositives: both,
    falsePositives: found - both,
    falseNegatives: there - both,
    trueNegatives: judged - found - there + both,
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

/** `TN / (TN + FP)`: how much of the background was left alone; NaN if there is no background. */
export function specificity({ trueNegatives, falsePositives }: Counts): number {
  return trueNegatives / (trueNegatives + falsePositives);
}

/**
 * Matthews correlation coefficient, the correlation of two masks as rows of zeros and ones,
 * `(TP·TN − FP·FN) / √((TP + FP)·(TP + FN)·(TN + FP)·(TN + FN))`.
 *
 * It counts background as much as foreground. NaN if one of the masks is all of one class: a constant
 * has no correlation.
 *
 * Units: −1 (each pixel wrong) … 0 (as by chance) … 1 (each pixel right).
 *
 * Source: Matthews, Comparison of the predicted and observed secondary structure of T4 phage lysozyme
 * (1975).
 *
 * @example
 * ```ts
 * import { matthews } from "papilio/metrics/counts.ts";
 * const counts = { truePositives: 3, falsePositives: 1, falseNegatives: 1, trueNegatives: 3 };
 * console.assert(matthews(counts) === 0.5);
 * ```
 */
export function matthews(counts: Counts): number {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = counts;
  const positives = (truePositives + falsePositives) * (truePositives + falseNegatives);
  const negatives = (trueNegatives + falsePositives) * (trueNegatives + falseNegatives);
  const covariance = truePositives * trueNegatives - falsePositives * falseNegatives;
  return covariance / (Math.sqrt(positives) * Math.sqrt(negatives)); // Roots of each: no overflow.
}

/** The share of all pixels that are right, `(TP + TN) / all`; NaN if there are no pixels. */
export function accuracy(counts: Counts): number {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = counts;
  const right = truePositives + trueNegatives;
  return right / (right + falsePositives + falseNegatives);
}

/**
 * The macro average: the mean of a metric over images, each with the same weight however large its
 * foreground.
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
export function meanPerImage<Image>(
  images: readonly Image[],
  metric: (image: Image) => number,
): number {
  const values = images.map(metric).filter((value) => !Number.isNaN(value));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
