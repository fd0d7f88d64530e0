import { precision, recall } from "papilio/metrics/counts.ts";
import type { ThresholdRow } from "papilio/metrics/threshold_sweep.ts";

/**
 * Area under the curve of precision and recall over all thresholds, by steps:
 * `Σ (recall − recall of the next higher threshold) · precision`; NaN without foreground.
 *
 * Known as average precision; without interpolation, as in scikit-learn's `average_precision_score`.
 * Probabilities of the same 256th count as equal. Chance has the share of the foreground, not 0.5.
 *
 * Units: 0…1. `rows` are those of `sweepThresholds`.
 *
 * @example
 * ```ts
 * import { countProbabilities } from "papilio/metrics/probability_histogram.ts";
 * import { precisionRecallArea } from "papilio/metrics/ranking.ts";
 * import { sweepThresholds } from "papilio/metrics/threshold_sweep.ts";
 * const probabilities = Float32Array.of(0.1, 0.4, 0.35, 0.8);
 * const rows = sweepThresholds(countProbabilities(probabilities, Uint8Array.of(0, 0, 1, 1)));
 * console.assert(precisionRecallArea(rows) === 1 / 2 + 1 / 3);
 * ```
 */
export function precisionRecallArea(rows: readonly ThresholdRow[]): number {
  let [area, before] = [0, 0];
  for (const { counts } of rows.toReversed()) {
    const step = recall(counts) - before;
    before = recall(counts);
    if (step !== 0) area += step * precision(counts);
  }
  return area;
}

/**
 * Area under the receiver operating characteristic: the chance that a foreground pixel has a higher
 * probability than a background one, equal ones counting half; NaN if one of the classes is absent.
 *
 * Probabilities of the same 256th count as equal. Where most pixels are background, a high value is
 * easy: see `precisionRecallArea`.
 *
 * Units: 0…1; 0.5 by chance. `rows` are those of `sweepThresholds`.
 *
 * Source: Hanley & McNeil, The meaning and use of the area under a ROC curve (1982).
 */
export function rocArea(rows: readonly ThresholdRow[]): number {
  let [area, recallBefore, fallOutBefore] = [0, 0, 0];
  for (const { counts } of rows.toReversed()) {
    const fallOut = counts.falsePositives / (counts.falsePositives + counts.trueNegatives);
    area += (fallOut - fallOutBefore) * (recall(counts) + recallBefore) / 2;
    [recallBefore, fallOutBefore] = [recall(counts), fallOut];
  }
  return area;
}
