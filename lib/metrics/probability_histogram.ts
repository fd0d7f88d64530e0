import { IGNORED } from "papilio/core/classes.ts";

/** A power of two: `256·p` is exact, so that a probability never lands in the bin beside its own. */
export const STEPS = 256;

/**
 * How many pixels have which probability, foreground and background apart.
 *
 * Shapes: both `[257]`; index `k` counts the pixels with `k/256 ≤ p < (k + 1)/256`, the last one those with
 * `p = 1`.
 */
export interface ProbabilityHistogram {
  foreground: Float64Array;
  background: Float64Array;
}

/**
 * Counts probabilities by the true class of their pixels: all that is needed to try every threshold.
 *
 * Shapes: both hold the same pixels in the same order; probabilities 0…1, truth 0 or 1,
 * or `IGNORED`, which is not counted.
 *
 * @example
 * ```ts
 * import { countProbabilities } from "papilio/metrics/probability_histogram.ts";
 * const histogram = countProbabilities(Float32Array.of(0.5, 1), Uint8Array.of(0, 1));
 * console.assert(histogram.background[128] === 1 && histogram.foreground[256] === 1);
 * ```
 */
export function countProbabilities(
  probabilities: Float32Array,
  truth: Uint8Array,
): ProbabilityHistogram {
  const histogram = noProbabilities();
  for (let i = 0; i < probabilities.length; i++) {
    if (truth[i] === IGNORED) continue;
    const bin = Math.floor((probabilities[i] as number) * STEPS);
    const side = truth[i] === 1 ? histogram.foreground : histogram.background;
    (side[bin] as number)++;
  }
  return histogram;
}

/** The sum: the histogram of a data set as one large image. */
export function sumHistograms(histograms: Iterable<ProbabilityHistogram>): ProbabilityHistogram {
  const sum = noProbabilities();
  for (const { foreground, background } of histograms) {
    for (let bin = 0; bin <= STEPS; bin++) {
      (sum.foreground[bin] as number) += foreground[bin] as number;
      (sum.background[bin] as number) += background[bin] as number;
    }
  }
  return sum;
}

/**
 * The share of the pixels with `from ≤ p < to`; both are taken to the nearest 256th.
 *
 * @example
 * ```ts
 * import { countProbabilities, shareBetween } from "papilio/metrics/probability_histogram.ts";
 * const histogram = countProbabilities(Float32Array.of(0.1, 0.5, 0.9, 1), Uint8Array.of(0, 0, 1, 1));
 * console.assert(shareBetween(histogram, 0.25, 0.75) === 0.25);
 * ```
 */
export function shareBetween(
  { foreground, background }: ProbabilityHistogram,
  from: number,
  to: number,
): number {
  const [first, end] = [Math.round(from * STEPS), Math.round(to * STEPS)];
  const within = total(foreground.subarray(first, end)) + total(background.subarray(first, end));
  return within / (total(foreground) + total(background));
}

/** Percent of all pixels at each probability, for a drawing: `x` is where a bin begins. */
export function percentagesOf({ foreground, background }: ProbabilityHistogram): {
  x: number[];
  foreground: number[];
  background: number[];
} {
  const all = total(foreground) + total(background);
  const percent = (counts: Float64Array) => Array.from(counts, (count) => 100 * count / all);
  const x = Array.from(foreground, (_, bin) => bin / STEPS);
  return { x, foreground: percent(foreground), background: percent(background) };
}

function noProbabilities(): ProbabilityHistogram {
  return { foreground: new Float64Array(STEPS + 1), background: new Float64Array(STEPS + 1) };
}

/** The sum of counts. */
export function total(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
