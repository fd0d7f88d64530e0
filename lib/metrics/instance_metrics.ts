import { present } from "papilio/core/assert.ts";
import { type InstanceTally, matchThresholds, objectCounts } from "papilio/metrics/instances.ts";
import type { NamedMetric } from "papilio/metrics/named_metric.ts";
import { averagePrecision, objectF1 } from "papilio/metrics/object_matches.ts";

/**
 * The score of the Data Science Bowl 2018: the mean over the ten thresholds of `TP / (TP + FP + FN)`.
 *
 * The competition means it over the images (`macro`). NaN without any object on either side, which its
 * images never are.
 *
 * Source: Caicedo et al., Nucleus segmentation across imaging experiments (2019), online methods.
 */
export function dsbScore(tally: InstanceTally): number {
  return objectCounts(tally).reduce((sum, counts) => sum + averagePrecision(counts), 0) /
    matchThresholds.length;
}

/** The mean intersection over union of the pairs above 0.5; NaN if there is none. */
export function segmentationQuality({ iouSum, matches }: InstanceTally): number {
  return iouSum / present(matches[0]);
}

/** `TP / (TP + FP/2 + FN/2)` at 0.5, the F1 score of objects. */
export function recognitionQuality(tally: InstanceTally): number {
  return objectF1(present(objectCounts(tally)[0]));
}

/**
 * `Σ IoU of the pairs above 0.5 / (TP + FP/2 + FN/2)`, which is `SQ · RQ`; 0 if no object was found.
 *
 * The paper takes it from the sums of all images (`micro`).
 *
 * Source: Kirillov et al., Panoptic Segmentation (2019), section 4.2.
 */
export function panopticQuality({ iouSum, predictedObjects, trueObjects }: InstanceTally): number {
  return iouSum / ((predictedObjects + trueObjects) / 2); // TP + FP/2 + FN/2.
}

/** `intersection / union` of the areas that `jaccardAreas` sums; the paper means it over the images. */
export function aggregatedJaccard(tally: InstanceTally): number {
  return tally.jaccardIntersectionPx / tally.jaccardUnionPx;
}

/** The precision of objects at one of `matchThresholds`, as the competition defines it. */
function precisionAt(threshold: number): (tally: InstanceTally) => number {
  const index = matchThresholds.indexOf(threshold);
  return (tally) => averagePrecision(present(objectCounts(tally)[index]));
}

/** Every metric of objects, in the order of reports; NaN without any object on either side. */
export const instanceMetrics = {
  dsbScore: {
    label: "DSB 2018 score",
    formula: "mean over IoU > 0.5, 0.55, … 0.95 of TP / (TP + FP + FN)",
    better: "higher",
    of: dsbScore,
  },
  precision50: {
    label: "AP at IoU > 0.5",
    formula: "TP / (TP + FP + FN)",
    better: "higher",
    of: precisionAt(0.5),
  },
  precision75: {
    label: "AP at IoU > 0.75",
    formula: "TP / (TP + FP + FN)",
    better: "higher",
    of: precisionAt(0.75),
  },
  recognitionQuality: {
    label: "RQ (F1 at IoU > 0.5)",
    formula: "2·TP / (2·TP + FP + FN)",
    better: "higher",
    of: recognitionQuality,
  },
  segmentationQuality: {
    label: "SQ",
    formula: "mean IoU of the pairs above 0.5",
    better: "higher",
    of: segmentationQuality,
  },
  panopticQuality: { label: "PQ", formula: "SQ · RQ", better: "higher", of: panopticQuality },
  aggregatedJaccard: {
    label: "AJI",
    formula: "Σ intersection with the best prediction / (Σ union with it + unchosen predictions)",
    better: "higher",
    of: aggregatedJaccard,
  },
} satisfies Record<string, NamedMetric<InstanceTally>>;

export type InstanceMetricName = keyof typeof instanceMetrics;
