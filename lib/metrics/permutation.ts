import { Random } from "papilio/core/random.ts";
import type { Statistic } from "papilio/metrics/bootstrap.ts";

/** Up to here all `2ⁿ` swaps are tried. */
const EXACT_IMAGES = 12;

/** Differences that are equal but for rounding count as equal. */
const ROUNDING = 1e-12;

/** What two runs made of one image. */
export interface Pair<Tally> {
  first: Tally;
  second: Tally;
}

export interface SwapTest {
  /** The share of the swaps with a difference at least as large, in either direction. */
  pValue: number;
  /** Whether all swaps were tried. */
  isExact: boolean;
}

/**
 * The paired permutation test: if it does not matter which run an image came from, any set of images may
 * change sides. For a mean it is the test by flipped signs of the differences.
 *
 * `p = swaps with |difference| ≥ |observed| / all swaps`, over all `2ⁿ` up to 12 images; beyond, over random
 * ones, where the observed one counts as one of them: `(count + 1) / (swaps + 1)`. With n images it cannot be
 * below `2 / 2ⁿ`. NaN where the statistic is not defined.
 *
 * Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 15; Phipson & Smyth,
 * Permutation P-values Should Never Be Zero (2010).
 */
export function swapTest<Tally>(
  pairs: readonly Pair<Tally>[],
  statistic: Statistic<Tally>,
  { seed, swaps = 2000 }: { seed: number; swaps?: number },
): SwapTest {
  const isExact = pairs.length <= EXACT_IMAGES;
  const tried = isExact ? allSwaps(pairs.length) : randomSwaps(seed, swaps);
  const first = statistic(pairs.map((pair) => pair.first));
  const second = statistic(pairs.map((pair) => pair.second));
  const least = Math.abs(second - first) - ROUNDING * (Math.abs(first) + Math.abs(second));
  let [count, all] = isExact ? [0, 0] : [1, 1];
  for (const isSwapped of tried) {
    if (Math.abs(differenceOf(pairs, statistic, isSwapped)) >= least) count++;
    all++;
  }
  return { pValue: Number.isNaN(least) ? NaN : count / all, isExact };
}

/** Whether the image of an index changes sides. */
type Swap = (image: number) => boolean;

function differenceOf<Tally>(
  pairs: readonly Pair<Tally>[],
  statistic: Statistic<Tally>,
  isSwapped: Swap,
): number {
  const sides = pairs.map((_, image) => isSwapped(image));
  const first = pairs.map((pair, image) => sides[image] ? pair.second : pair.first);
  const second = pairs.map((pair, image) => sides[image] ? pair.first : pair.second);
  return statistic(second) - statistic(first);
}

function* allSwaps(images: number): Generator<Swap> {
  for (let bits = 0; bits < 2 ** images; bits++) yield (image) => (bits >> image & 1) === 1;
}

function* randomSwaps(seed: number, swaps: number): Generator<Swap> {
  const random = Random.from(seed, "swaps");
  for (let swap = 0; swap < swaps; swap++) yield () => random.chance(0.5);
}
