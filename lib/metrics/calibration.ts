import { PapilioError } from "papilio/core/errors.ts";
import { type ProbabilityHistogram, STEPS, total } from "papilio/metrics/probability_histogram.ts";

/** The pixels whose probability of foreground lies within a range. */
export interface ReliabilityRow {
  /** `from ≤ p < to`; the last range holds `p = 1` too. */
  from: number;
  to: number;
  /** The mean of their probabilities. */
  confidence: number;
  /** The share of them that is foreground. */
  observed: number;
  /** Their share of all pixels. */
  weight: number;
}

/**
 * What became of the pixels by their probability of foreground: a calibrated network's `observed` is its
 * `confidence`. Ranges without pixels are left out.
 *
 * Bounds are those of equal ranges, taken to the nearest 256th: exact if `bins` divides 256. A step of the
 * histogram counts with its middle, so that `confidence` is within 1/512 of the mean itself.
 *
 * This is about the probability of foreground, 0…1; Guo et al. (2017) take that of the class chosen,
 * 0.5…1 with two classes.
 *
 * Source: Niculescu-Mizil & Caruana, Predicting Good Probabilities with Supervised Learning (2005),
 * section 4.
 * @throws {PapilioError} if `bins` is not an integer from 1 to 256.
 *
 * @example
 * ```ts
 * import { reliabilityCurve } from "papilio/metrics/calibration.ts";
 * import { countProbabilities } from "papilio/metrics/probability_histogram.ts";
 * const histogram = countProbabilities(Float32Array.of(0.75, 0.75), Uint8Array.of(0, 1));
 * const [row] = reliabilityCurve(histogram, { bins: 4 });
 * console.assert(row?.from === 0.75 && row.observed === 0.5 && row.confidence === 0.75 + 1 / 512);
 * ```
 */
export function reliabilityCurve(
  histogram: ProbabilityHistogram,
  { bins = 16 }: { bins?: number } = {},
): ReliabilityRow[] {
  requireBins(bins);
  const pixels = total(histogram.foreground) + total(histogram.background);
  const rows: ReliabilityRow[] = [];
  for (let bin = 0; bin < bins; bin++) {
    const [first, end] = [boundOf(bin, bins), boundOf(bin + 1, bins)];
    const inside = sumSteps(histogram, first, end === STEPS ? STEPS + 1 : end);
    if (inside.pixels === 0) continue;
    rows.push({
      from: first / STEPS,
      to: end / STEPS,
      confidence: inside.probabilities / inside.pixels,
      observed: inside.foreground / inside.pixels,
      weight: inside.pixels / pixels,
    });
  }
  return rows;
}

/**
 * Expected calibration error, `Σ weight · |confidence − observed|`; NaN of no rows.
 *
 * It depends on the number of bins: name them beside it. Units: 0 (calibrated) … 1.
 *
 * Source: Naeini et al., Obtaining Well Calibrated Probabilities Using Bayesian Binning (2015).
 */
export function expectedCalibrationError(rows: readonly ReliabilityRow[]): number {
  if (rows.length === 0) return NaN;
  return rows.reduce((sum, row) => sum + row.weight * gapOf(row), 0);
}

/**
 * The largest `|confidence − observed|` of all rows, however few their pixels; NaN of no rows.
 *
 * Source: as `expectedCalibrationError`.
 */
export function maximumCalibrationError(rows: readonly ReliabilityRow[]): number {
  return rows.length === 0 ? NaN : Math.max(...rows.map(gapOf));
}

/**
 * Brier score, the mean over the pixels of `(p − truth)²`; NaN of no pixels.
 *
 * A step of the histogram counts with its middle: within 1/256 of the score of the probabilities
 * themselves, and mostly much nearer. Units: 0 (sure and right) … 1.
 *
 * Source: Brier, Verification of forecasts expressed in terms of probability (1950), here with one of the
 * two classes, which halves the original.
 */
export function brierScore({ foreground, background }: ProbabilityHistogram): number {
  let sum = 0;
  for (let step = 0; step <= STEPS; step++) {
    const p = middleOf(step);
    sum += (foreground[step] as number) * (1 - p) ** 2 + (background[step] as number) * p ** 2;
  }
  return sum / (total(foreground) + total(background));
}

function gapOf({ confidence, observed }: ReliabilityRow): number {
  return Math.abs(confidence - observed);
}

/** Where a bin begins, in steps of the histogram. */
function boundOf(bin: number, bins: number): number {
  return Math.round(bin * STEPS / bins);
}

/** The probability that stands for a step of the histogram; the last one holds 1 alone. */
function middleOf(step: number): number {
  return Math.min(1, (step + 0.5) / STEPS);
}

/** Pixels, foreground among them, and the sum of probabilities in the steps from `first` to before `end`. */
function sumSteps(
  { foreground, background }: ProbabilityHistogram,
  first: number,
  end: number,
): { pixels: number; foreground: number; probabilities: number } {
  const sum = { pixels: 0, foreground: 0, probabilities: 0 };
  for (let step = first; step < end; step++) {
    const pixels = (foreground[step] as number) + (background[step] as number);
    sum.pixels += pixels;
    sum.foreground += foreground[step] as number;
    sum.probabilities += pixels * middleOf(step);
  }
  return sum;
}

function requireBins(bins: number): void {
  if (Number.isInteger(bins) && bins >= 1 && bins <= STEPS) return;
  throw new PapilioError({
    cannot: "draw a reliability curve",
    expected: `from 1 to ${STEPS} bins`,
    got: `${bins}`,
    remedy: "Use 16.",
  });
}
