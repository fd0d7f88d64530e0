import { PapilioError } from "papilio/core/errors.ts";
import {
  bootstrap,
  type BootstrapOptions,
  type Interval,
  type Statistic,
} from "papilio/metrics/bootstrap.ts";
import { type Pair, type SwapTest, swapTest } from "papilio/metrics/permutation.ts";

export interface Comparison {
  images: number;
  /** The second run's statistic less the first's, with its bootstrap interval over the images. */
  difference: Interval;
  /** Whether such a difference is likely if it does not matter which run an image came from. */
  test: SwapTest;
}

export interface ComparisonOptions extends BootstrapOptions {
  /** Random swaps where there are too many images to try all. */
  swaps?: number;
}

/**
 * Compares two runs over the same images, by a statistic of either's images.
 *
 * The pairs stay together, so that an image that is hard for both does not blur the difference.
 *
 * @throws {PapilioError} if there are no images.
 *
 * @example
 * ```ts
 * import { compareRuns } from "papilio/metrics/paired_comparison.ts";
 * const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
 * const pairs = [{ first: 1, second: 3 }, { first: 5, second: 6 }, { first: 2, second: 5 }];
 * const { difference, test } = compareRuns(pairs, mean, { seed: 1 });
 * console.assert(difference.value === 2 && test.pValue === 2 / 8 && test.isExact);
 * ```
 */
export function compareRuns<Tally>(
  pairs: readonly Pair<Tally>[],
  statistic: Statistic<Tally>,
  options: ComparisonOptions,
): Comparison {
  const { swaps, ...bootstrapOptions } = options;
  const differenceOf = (drawn: readonly Pair<Tally>[]) =>
    statistic(drawn.map(({ second }) => second)) - statistic(drawn.map(({ first }) => first));
  return {
    images: pairs.length,
    difference: bootstrap(pairs, differenceOf, bootstrapOptions),
    test: swapTest(pairs, statistic, {
      seed: options.seed,
      ...(swaps === undefined ? {} : { swaps }),
    }),
  };
}

/**
 * Compares a metric of two runs image by image: the mean difference, and the test by flipped signs.
 *
 * Images for which either value is NaN are left out of both.
 *
 * @throws {PapilioError} if the runs have different numbers of images, or no image is left.
 */
export function compareValues(
  first: readonly number[],
  second: readonly number[],
  options: ComparisonOptions,
): Comparison {
  if (first.length !== second.length) throw unequal(first.length, second.length);
  const pairs = first.map((value, image) => ({ first: value, second: second[image] as number }))
    .filter((pair) => !Number.isNaN(pair.first) && !Number.isNaN(pair.second));
  return compareRuns(pairs, mean, options);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function unequal(first: number, second: number): PapilioError {
  return new PapilioError({
    cannot: "compare two runs",
    expected: "the same images in both",
    got: `${first} and ${second}`,
    remedy: "Evaluate both on the same split of the same data.",
  });
}
