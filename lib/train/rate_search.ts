import { present } from "papilio/core/assert.ts";
import { requireWithin } from "papilio/train/_settings.ts";

/** One step of a search. */
export interface RateTrial {
  rate: number;
  /** Of the batch, before the step. */
  loss: number;
  /** Of this batch and those before it. */
  smoothedLoss: number;
}

export interface RateSearchOptions {
  /** The first learning rate; 1e-7 if not given. */
  lowest?: number;
  /** The last one; 10 if not given. */
  highest?: number;
  /** How many rates are tried; 100 if not given. */
  steps?: number;
  /** How much of the average is kept in each step; 0.9 if not given. */
  smoothing?: number;
  /** The search ends when the smoothed loss is above so many times its lowest; 4 if not given. */
  divergence?: number;
}

/** The usual one. */
export const DIVERGENCE = 4;

/** Learning rates that follow from a search. */
export interface RateSuggestion {
  /** Where the smoothed loss falls fastest. */
  steepest: number;
  /** A tenth of the rate with the lowest smoothed loss. */
  minimumTenth: number;
}

/** The smaller of the two: a rate that is too low costs epochs, one that is too high costs the run. */
export function chosenRate({ steepest, minimumTenth }: RateSuggestion): number {
  return Math.min(steepest, minimumTenth);
}

/**
 * Tries rising learning rates, one step each, until the loss diverges.
 *
 * `rate(t) = lowest · (highest / lowest)^(t / (steps - 1))`; the smoothed loss is `a(t) / (1 - β^(t+1))`
 * with `a(t) = β·a(t-1) + (1-β)·loss(t)`, `a(-1) = 0`. A loss that is no finite number ends the search,
 * and is not recorded.
 *
 * Source: Smith 2017 (Cyclical Learning Rates), section 3.3; the end as in fastai's `lr_find`, the average
 * shorter than its 0.98, which would lag behind by half of the rates.
 *
 * @param step takes a step at a rate, and gives the loss before it.
 * @throws {PapilioError} for options out of range.
 *
 * @example
 * ```ts
 * import { searchRates } from "papilio/train/rate_search.ts";
 * let weight = 1; // w², by gradient descent
 * const trials = await searchRates((rate) => {
 *   const loss = weight ** 2;
 *   weight -= rate * 2 * weight;
 *   return Promise.resolve(loss);
 * }, { lowest: 0.01, highest: 100, steps: 5, smoothing: 0 });
 * console.assert(trials.map(({ rate }) => rate.toPrecision(1)).join() === "0.01,0.1,1,1e+1");
 * console.assert(Math.abs((trials[1]?.loss ?? 0) - 0.98 ** 2) < 1e-12);
 * ```
 */
export async function searchRates(
  step: (rate: number) => Promise<number>,
  options: RateSearchOptions = {},
): Promise<RateTrial[]> {
  const { lowest, highest, steps, smoothing, divergence } = checked(options);
  const trials: RateTrial[] = [];
  let [average, best] = [0, Infinity];
  for (let t = 0; t < steps; t++) {
    const rate = lowest * (highest / lowest) ** (t / (steps - 1));
    const loss = await step(rate);
    if (!Number.isFinite(loss)) break;
    average = smoothing * average + (1 - smoothing) * loss;
    const smoothedLoss = average / (1 - smoothing ** (t + 1));
    trials.push({ rate, loss, smoothedLoss });
    best = Math.min(best, smoothedLoss);
    if (smoothedLoss > divergence * best) break;
  }
  return trials;
}

/** Slopes are taken over a tenth of the steps, since one step more or less is noise. */
const slopeShare = 0.1;

/**
 * Learning rates to train with; nothing if the loss fell nowhere.
 *
 * The slope at a rate is the smoothed loss a twentieth of the steps later less that as much earlier. It
 * is looked for from the second tenth of the steps, in which the average begins, to the lowest smoothed
 * loss: what falls after that had diverged.
 *
 * Source: fastai's `steep` and `minimum`.
 */
export function suggestRates(trials: readonly RateTrial[]): RateSuggestion | undefined {
  const kept = trials.slice(Math.floor(trials.length * slopeShare));
  const losses = kept.map(({ smoothedLoss }) => smoothedLoss);
  const lowest = losses.indexOf(Math.min(...losses));
  const reach = Math.max(1, Math.round(trials.length * slopeShare / 2));
  let steepest = { slope: 0, at: -1 };
  for (let at = reach; at <= lowest - reach; at++) {
    const slope = present(losses[at + reach]) - present(losses[at - reach]);
    if (slope < steepest.slope) steepest = { slope, at };
  }
  if (steepest.at < 0) return undefined;
  return {
    steepest: present(kept[steepest.at]).rate,
    minimumTenth: present(kept[lowest]).rate / 10,
  };
}

function checked({
  lowest = 1e-7,
  highest = 10,
  steps = 100,
  smoothing = 0.9,
  divergence = DIVERGENCE,
}: RateSearchOptions): Required<RateSearchOptions> {
  requireWithin("the search's lowest rate", lowest, [Number.MIN_VALUE, Infinity]);
  requireWithin("the search's highest rate", highest, [lowest, Infinity]);
  requireWithin("the search's steps", steps, [2, Infinity]);
  requireWithin("the search's smoothing", smoothing, [0, 0.99999]);
  requireWithin("the search's divergence", divergence, [1, Infinity]);
  return { lowest, highest, steps, smoothing, divergence };
}
