import { meanPerImage } from "papilio/metrics/counts.ts";
import type { ProbabilityHistogram } from "papilio/metrics/probability_histogram.ts";
import { type Metric, sweepThresholds } from "papilio/metrics/threshold_sweep.ts";

/** The mean of the images' metrics at a threshold. */
export interface MacroRow {
  threshold: number;
  value: number;
}

/**
 * The macro average of a metric at each of the thresholds 0, 1/256, … 1, from one histogram for each
 * image; where large objects should not decide the threshold for small ones.
 *
 * @example
 * ```ts
 * import { dice } from "papilio/metrics/counts.ts";
 * import { bestMacroThreshold, sweepMacro } from "papilio/metrics/macro_sweep.ts";
 * import { countProbabilities } from "papilio/metrics/probability_histogram.ts";
 * const image = countProbabilities(Float32Array.of(0.2, 0.7), Uint8Array.of(0, 1));
 * const best = bestMacroThreshold(sweepMacro([image], dice));
 * console.assert(best.threshold === 0.5 && best.value === 1);
 * ```
 */
export function sweepMacro(images: readonly ProbabilityHistogram[], metric: Metric): MacroRow[] {
  const sweeps = images.map(sweepThresholds);
  return (sweeps[0] ?? []).map(({ threshold }, index) => {
    const counts = sweeps.flatMap((rows) => rows[index]?.counts ?? []);
    return { threshold, value: meanPerImage(counts, metric) };
  });
}

/**
 * The row with the highest mean; of several, the one nearest to 0.5.
 *
 * Choose on validation cases and report on others, as with `bestThreshold`.
 * @throws {TypeError} if there are no rows.
 */
export function bestMacroThreshold(rows: readonly MacroRow[]): MacroRow {
  const fromHalf = ({ threshold }: MacroRow) => Math.abs(threshold - 0.5);
  return rows.reduce((best, row) => {
    if (Number.isNaN(row.value)) return best;
    const gain = row.value - best.value;
    const isBetter = gain > 0 || Number.isNaN(gain);
    return isBetter || (gain === 0 && fromHalf(row) < fromHalf(best)) ? row : best;
  });
}
