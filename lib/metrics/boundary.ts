import type { BinaryMask, ClassMask } from "papilio/data/case.ts";
import type { Size } from "papilio/data/masks.ts";
import type { Sums } from "papilio/metrics/averages.ts";
import { borderDistances } from "papilio/metrics/border_distances.ts";
import type { NamedMetric } from "papilio/metrics/named_metric.ts";

/** How many border pixels lie within the tolerance of the other border. */
export interface BoundaryCounts {
  predictedPx: number;
  /** Of the predicted ones, those near the true border. */
  predictedNearPx: number;
  truePx: number;
  /** Of the true ones, those near the predicted border. */
  trueNearPx: number;
}

/**
 * Counts the border pixels of both masks, and those of them within a tolerance of the other's border.
 *
 * Border pixels are those of Boundary IoU at width 1: foreground with a background pixel among its 8
 * neighbours, or on the image's edge (`borderPixels`, Cheng 2021). "Within" is `distance ≤ tolerance`
 * between pixel centres, so that 0 asks for the same pixels; Csurka's paper has `<`.
 *
 * Units: pixels.
 *
 * Source: Csurka et al., What is a good evaluation measure for semantic segmentation? (2013), section 2.
 * @throws {PapilioError} if the sizes differ.
 *
 * @example
 * ```ts
 * import { boundaryF1, countBoundary } from "papilio/metrics/boundary.ts";
 * const row = (...data: number[]) => ({ data: Uint8Array.from(data), widthPx: 5, heightPx: 1 });
 * const counts = countBoundary(row(1, 0, 0, 0, 0), row(0, 1, 1, 0, 0), { tolerancePx: 1 });
 * console.assert(counts.predictedNearPx === 1 && counts.trueNearPx === 1);
 * console.assert(boundaryF1(counts) === 2 / 3); // Precision 1, recall 1/2.
 * ```
 */
export function countBoundary(
  prediction: BinaryMask | ClassMask,
  truth: BinaryMask | ClassMask,
  { tolerancePx, number }: { tolerancePx: number; number?: number | undefined },
): BoundaryCounts {
  const { toTruth, toPrediction } = borderDistances(prediction, truth, { neighbours: 8, number });
  const near = (distances: Float64Array) =>
    distances.reduce((count, distance) => distance <= tolerancePx ? count + 1 : count, 0);
  return {
    predictedPx: toTruth.length,
    predictedNearPx: near(toTruth),
    truePx: toPrediction.length,
    trueNearPx: near(toPrediction),
  };
}

/**
 * A share of the image's diagonal in pixels, for a tolerance that grows with the photo.
 *
 * The default, 0.75 %, is Csurka's.
 *
 * @example
 * ```ts
 * import { diagonalPx } from "papilio/metrics/boundary.ts";
 * console.assert(diagonalPx({ widthPx: 400, heightPx: 300 }) === 3.75);
 * ```
 */
export function diagonalPx({ widthPx, heightPx }: Size, fraction = 0.0075): number {
  return fraction * Math.hypot(widthPx, heightPx);
}

/** How the counts of images add up. */
export const boundarySums: Sums<BoundaryCounts> = {
  none: { predictedPx: 0, predictedNearPx: 0, truePx: 0, trueNearPx: 0 },
  add: (a, b) => ({
    predictedPx: a.predictedPx + b.predictedPx,
    predictedNearPx: a.predictedNearPx + b.predictedNearPx,
    truePx: a.truePx + b.truePx,
    trueNearPx: a.trueNearPx + b.trueNearPx,
  }),
};

/** The share of the predicted border that lies near the true one; NaN if nothing was found. */
export function boundaryPrecision({ predictedPx, predictedNearPx }: BoundaryCounts): number {
  return predictedNearPx / predictedPx;
}

/** The share of the true border that lies near the predicted one; NaN if there is no foreground. */
export function boundaryRecall({ truePx, trueNearPx }: BoundaryCounts): number {
  return trueNearPx / truePx;
}

/**
 * `2·precision·recall / (precision + recall)` of border pixels: 0 if one of the masks alone is empty, as
 * Dice is, and NaN if both are.
 */
export function boundaryF1(counts: BoundaryCounts): number {
  const { predictedPx, predictedNearPx, truePx, trueNearPx } = counts;
  if (predictedPx + truePx === 0) return NaN;
  if (predictedNearPx + trueNearPx === 0) return 0;
  const [precision, recall] = [boundaryPrecision(counts), boundaryRecall(counts)];
  return 2 * precision * recall / (precision + recall);
}

/** Every metric of boundary counts, in the order of reports; Csurka means them over the images. */
export const boundaryMetrics = {
  boundaryF1: {
    label: "Boundary F1",
    formula: "2·precision·recall / (precision + recall) of border pixels",
    better: "higher",
    of: boundaryF1,
  },
  boundaryPrecision: {
    label: "Boundary precision",
    formula: "predicted border pixels near the true border / all of them",
    better: "higher",
    of: boundaryPrecision,
  },
  boundaryRecall: {
    label: "Boundary recall",
    formula: "true border pixels near the predicted border / all of them",
    better: "higher",
    of: boundaryRecall,
  },
} satisfies Record<string, NamedMetric<BoundaryCounts>>;

export type BoundaryMetricName = keyof typeof boundaryMetrics;
