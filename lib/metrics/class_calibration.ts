import { IGNORED } from "papilio/core/classes.ts";
import type { Sums } from "papilio/metrics/averages.ts";
import {
  countProbabilities,
  type ProbabilityHistogram,
  STEPS,
  sumHistograms,
  total,
} from "papilio/metrics/probability_histogram.ts";

/** How sure a network of several classes was of its pixels; those of images can be summed. */
export interface ClassConfidences {
  /** By the probability of the likeliest class: `foreground` are the pixels that are of it in truth. */
  likeliest: ProbabilityHistogram;
  /** Over all judged pixels and classes, `Σ (p − truth)²` with the truth 1 for the true class, else 0. */
  squaredErrors: number;
}

/**
 * Counts the judged pixels by the probability of their likeliest class (of equals the first), and whether
 * it is the true one.
 *
 * `reliabilityCurve` of `likeliest` compares confidence and accuracy, and `expectedCalibrationError` of its
 * rows is the confidence calibration error of Guo, in ranges of equal width.
 *
 * Shapes: `probabilities` `[pixels, classes]`, 0…1, rows sum to 1; `truth` `[pixels]` of class numbers, or
 * `IGNORED`, which is not counted.
 *
 * Source: Guo et al., On Calibration of Modern Neural Networks (2017), section 2, arXiv 1706.04599.
 *
 * @example
 * ```ts
 * import { classBrierScore, countConfidences } from "papilio/metrics/class_calibration.ts";
 * const probabilities = Float32Array.of(0.75, 0.25, 0, 0.5, 0.25, 0.25);
 * const counted = countConfidences(probabilities, Uint8Array.of(0, 2), { classes: 3 });
 * console.assert(counted.likeliest.foreground[192] === 1 && counted.likeliest.background[128] === 1);
 * console.assert(classBrierScore(counted) === (2 * 0.25 ** 2 + 0.5 ** 2 + 0.25 ** 2 + 0.75 ** 2) / 2);
 * ```
 */
export function countConfidences(
  probabilities: Float32Array,
  truth: Uint8Array,
  { classes }: { classes: number },
): ClassConfidences {
  const confidence = new Float32Array(truth.length);
  const isRight = new Uint8Array(truth.length);
  let squaredErrors = 0;
  for (let pixel = 0, i = 0; pixel < truth.length; pixel++, i += classes) {
    const there = truth[pixel] as number;
    isRight[pixel] = IGNORED;
    if (there === IGNORED) continue;
    let best = 0;
    for (let c = 0; c < classes; c++) {
      const p = probabilities[i + c] as number;
      squaredErrors += (c === there ? 1 - p : p) ** 2;
      if (p > (probabilities[i + best] as number)) best = c;
    }
    confidence[pixel] = Math.min(1, probabilities[i + best] as number);
    isRight[pixel] = best === there ? 1 : 0;
  }
  return { likeliest: countProbabilities(confidence, isRight), squaredErrors };
}

/** How the counts of images add up. */
export const confidenceSums: Sums<ClassConfidences> = {
  none: {
    likeliest: {
      foreground: new Float64Array(STEPS + 1),
      background: new Float64Array(STEPS + 1),
    },
    squaredErrors: 0,
  },
  add: (a, b) => ({
    likeliest: sumHistograms([a.likeliest, b.likeliest]),
    squaredErrors: a.squaredErrors + b.squaredErrors,
  }),
};

/**
 * The Brier score of several classes, the mean over the judged pixels of `Σ (p − truth)²` over the classes;
 * NaN of no pixels.
 *
 * Units: 0 (sure and right) … 2 (sure and wrong). With two classes it is twice `brierScore`.
 *
 * Source: Brier, Verification of forecasts expressed in terms of probability (1950).
 */
export function classBrierScore({ likeliest, squaredErrors }: ClassConfidences): number {
  return squaredErrors / (total(likeliest.foreground) + total(likeliest.background));
}
