import type { BinaryMask } from "papilio/data/case.ts";
import { type LabelImage, labelParts, maskOfLabels } from "papilio/data/labels.ts";
import { borderDistances } from "papilio/metrics/border_distances.ts";
import { type BoundaryCounts, countBoundary, diagonalPx } from "papilio/metrics/boundary.ts";
import { countPixels, type Counts } from "papilio/metrics/counts.ts";
import { type InstanceTally, tallyInstances } from "papilio/metrics/instances.ts";
import { type SurfaceMetricName, surfaceMetrics } from "papilio/metrics/surface_metrics.ts";

/** All that the metrics of one image's mask are computed from. */
export interface MaskTally {
  counts: Counts;
  boundary: BoundaryCounts;
  /** NaN where one of the masks is empty. */
  surface: Record<SurfaceMetricName, number>;
  instances: InstanceTally;
}

/** A true mask, with what is the same for all predictions. */
export interface Truth {
  labels: LabelImage;
  mask: BinaryMask;
}

export function truthOf(labels: LabelImage): Truth {
  return { labels, mask: maskOfLabels(labels) };
}

/**
 * Compares a mask, and its objects, with the true ones.
 *
 * Objects are the labels that are given, else the connected parts. `boundaryTolerance` is a share of the
 * diagonal, see `diagonalPx`.
 *
 * Shapes: all masks and labels `[heightPx, widthPx]` of one size.
 *
 * @example
 * ```ts
 * import { tallyMask, truthOf } from "papilio/metrics/mask_tally.ts";
 * const truth = truthOf({ data: Int32Array.of(1, 1, 0), widthPx: 3, heightPx: 1, count: 1 });
 * const mask = { data: Uint8Array.of(1, 0, 0), widthPx: 3, heightPx: 1 };
 * console.assert(tallyMask({ mask }, truth).counts.falseNegatives === 1);
 * ```
 */
export function tallyMask(
  { mask, labels }: { mask: BinaryMask; labels?: LabelImage },
  truth: Truth,
  { boundaryTolerance }: { boundaryTolerance?: number | undefined } = {},
): MaskTally {
  const tolerancePx = diagonalPx(mask, boundaryTolerance);
  const distances = borderDistances(mask, truth.mask);
  return {
    counts: countPixels(mask.data, truth.mask.data),
    boundary: countBoundary(mask, truth.mask, { tolerancePx }),
    surface: {
      hausdorff95: surfaceMetrics.hausdorff95.of(distances),
      hausdorff: surfaceMetrics.hausdorff.of(distances),
      meanSurfaceDistance: surfaceMetrics.meanSurfaceDistance.of(distances),
    },
    instances: tallyInstances(labels ?? labelParts(mask), truth.labels),
  };
}
