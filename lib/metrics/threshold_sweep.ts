import { present } from "papilio/core/assert.ts";
import { type Counts, dice } from "papilio/metrics/counts.ts";
import { type ProbabilityHistogram, STEPS, total } from "papilio/metrics/probability_histogram.ts";

/** What a threshold makes of the pixels. */
export interface ThresholdRow {
  threshold: number;
  counts: Counts;
}

/** A metric of counts, such as `dice`. */
export type Metric = (counts: Counts) => number;

/**
 * The counts at each of the thresholds 0, 1/256, … 1, ascending, from cumulative sums.
 *
 * A pixel is foreground from the threshold on: `p ≥ t`. The pixels were looked at once, not 257 times.
 *
 * @example
 * ```ts
 * import { countProbabilities } from "papilio/metrics/probability_histogram.ts";
 * import { sweepThresholds } from "papilio/metrics/threshold_sweep.ts";
 * const rows = sweepThresholds(countProbabilities(Float32Array.of(0.2, 0.7), Uint8Array.of(0, 1)));
 * console.assert(rows[0]?.counts.falsePositives === 1 && rows[128]?.counts.falsePositives === 0);
 * ```
 */
export function sweepThresholds({ foreground, background }: ProbabilityHistogram): ThresholdRow[] {
  const [positives, negatives] = [total(foreground), total(background)];
  const rows: ThresholdRow[] = [];
  let [falseNegatives, trueNegatives] = [0, 0];
  for (let bin = 0; bin <= STEPS; bin++) {
    const counts = {
      truePositives: positives - falseNegatives,
      falsePositives: negatives - trueNegatives,
      falseNegatives,
      trueNegatives,
    };
    rows.push({ threshold: bin / STEPS, counts });
    falseNegatives += foreground[bin] as number;
    trueNegatives += background[bin] as number;
  }
  return rows;
}

/** The row of the threshold nearest to the one given. */
export function rowAt(rows: readonly ThresholdRow[], threshold: number): ThresholdRow {
  return present(rows[Math.round(threshold * STEPS)]);
}

/**
 * The row with the highest metric; of several, the one nearest to 0.5.
 *
 * Choose on validation cases and report on others: the best of 257 values is flattered by chance.
 */
export function bestThreshold(rows: readonly ThresholdRow[], metric: Metric = dice): ThresholdRow {
  const fromHalf = ({ threshold }: ThresholdRow) => Math.abs(threshold - 0.5);
  const value = ({ counts }: ThresholdRow) => orLeast(metric(counts));
  return rows.reduce((best, row) => {
    const gain = value(row) - value(best);
    return gain > 0 || (gain === 0 && fromHalf(row) < fromHalf(best)) ? row : best;
  });
}

/** The lowest and the highest threshold around the best one at which the metric is at most `loss` lower. */
export function flatRange(
  rows: readonly ThresholdRow[],
  { loss, metric = dice }: { loss: number; metric?: Metric },
): [low: number, high: number] {
  const best = bestThreshold(rows, metric);
  const least = metric(best.counts) - loss;
  const isBelow = ({ counts }: ThresholdRow) => !(metric(counts) >= least);
  const middle = rows.indexOf(best);
  const below = rows.findLastIndex((row, index) => index < middle && isBelow(row));
  const above = rows.findIndex((row, index) => index > middle && isBelow(row));
  const last = above === -1 ? rows.length - 1 : above - 1;
  return [present(rows[below + 1]).threshold, present(rows[last]).threshold];
}

/** A metric that is not defined is no candidate. */
function orLeast(value: number): number {
  return Number.isNaN(value) ? -1 : value;
}
