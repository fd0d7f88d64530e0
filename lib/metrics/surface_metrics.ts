import type { BorderDistances } from "papilio/metrics/border_distances.ts";
import type { NamedMetric } from "papilio/metrics/named_metric.ts";
import { quantile } from "papilio/metrics/quantile.ts";

/**
 * Hausdorff distance: the longest of the distances of both directions; NaN if one of the masks is empty.
 *
 * Units: pixels.
 *
 * Source: Huttenlocher et al., Comparing Images Using the Hausdorff Distance (1993), section 1.
 *
 * @example
 * ```ts
 * import { hausdorff } from "papilio/metrics/surface_metrics.ts";
 * const distances = { toTruth: Float64Array.of(0, 1), toPrediction: Float64Array.of(0, 3) };
 * console.assert(hausdorff(distances) === 3);
 * ```
 */
export function hausdorff(distances: BorderDistances): number {
  if (!isDefined(distances)) return NaN;
  return bothWays(distances).reduce((longest, distance) => Math.max(longest, distance), 0);
}

/**
 * The 95th percentile of the distances of both directions **together**, as in MedPy; NaN if one of the
 * masks is empty.
 *
 * Other programs take the larger of the two directions' percentiles, which is mostly more: say which when
 * comparing.
 *
 * Units: pixels.
 *
 * Source: MedPy, `medpy.metric.binary.hd95`.
 */
export function hausdorff95(distances: BorderDistances): number {
  return isDefined(distances) ? quantile(bothWays(distances), 0.95) : NaN;
}

/**
 * Average symmetric surface distance, the mean of the distances of both directions **together**; NaN if
 * one of the masks is empty.
 *
 * Each border pixel weighs the same. MedPy's `assd` means the two directions' means, which differs where
 * one border is longer.
 *
 * Units: pixels.
 *
 * Source: Heimann et al., Comparison and Evaluation of Methods for Liver Segmentation (2009), section
 * II-C.
 */
export function meanSurfaceDistance(distances: BorderDistances): number {
  if (!isDefined(distances)) return NaN;
  const all = bothWays(distances);
  return all.reduce((sum, distance) => sum + distance, 0) / all.length;
}

/** Every metric of border distances, in the order of reports; only their mean over images is of use. */
export const surfaceMetrics = {
  hausdorff95: {
    label: "Hausdorff 95 % (px)",
    formula: "95th percentile of both directions' border distances together",
    better: "lower",
    of: hausdorff95,
  },
  hausdorff: {
    label: "Hausdorff (px)",
    formula: "longest border distance of both directions",
    better: "lower",
    of: hausdorff,
  },
  meanSurfaceDistance: {
    label: "Mean surface distance (px)",
    formula: "mean of both directions' border distances together",
    better: "lower",
    of: meanSurfaceDistance,
  },
} satisfies Record<string, NamedMetric<BorderDistances>>;

export type SurfaceMetricName = keyof typeof surfaceMetrics;

function bothWays({ toTruth, toPrediction }: BorderDistances): Float64Array {
  const all = new Float64Array(toTruth.length + toPrediction.length);
  all.set(toTruth);
  all.set(toPrediction, toTruth.length);
  return all;
}

function isDefined({ toTruth, toPrediction }: BorderDistances): boolean {
  return toTruth.length > 0 && toPrediction.length > 0;
}
