import { expect } from "expect";
import { sumOf } from "papilio/metrics/averages.ts";
import { bootstrap } from "papilio/metrics/bootstrap.ts";
import { dice, noCounts } from "papilio/metrics/counts.ts";
import { compareRuns, compareValues } from "papilio/metrics/paired_comparison.ts";
import { swapTest } from "papilio/metrics/permutation.ts";
import { pixelSums } from "papilio/metrics/pixel_metrics.ts";
import { quantile } from "papilio/metrics/quantile.ts";
import golden from "../golden/metrics/comparison.json" with { type: "json" };

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

Deno.test("quantiles as NumPy's", () => {
  expect([0, 0.25, 0.9, 1].map((share) => quantile([4, 1, 3, 2], share))).toEqual([
    1,
    1.75,
    3.7,
    4,
  ]);
  expect(quantile([], 0.5)).toBeNaN();
});

Deno.test("the interval of a mean is SciPy's, as near as chance allows", () => {
  const { values, value, low, high } = golden.mean;
  const interval = bootstrap(values, mean, { seed: 1, resamples: 20000 });
  expect(interval.value).toBeCloseTo(value, 14);
  expect(Math.abs(interval.low - low)).toBeLessThan(0.002); // A tenth of the standard error.
  expect(Math.abs(interval.high - high)).toBeLessThan(0.002);
});

Deno.test("the bootstrap of two images: both, one or the other", () => {
  const draws = new Map<string, number>();
  const note = (images: readonly string[]) => {
    const name = images.join("");
    draws.set(name, (draws.get(name) ?? 0) + 1);
    return 0;
  };
  bootstrap(["a", "b"], note, { seed: 3, resamples: 4000 });
  expect([...draws.keys()].sort()).toEqual(["aa", "ab", "ba", "bb"]);
  for (const count of draws.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
});

Deno.test("the seed decides; more confidence is a wider interval", () => {
  const { values } = golden.mean;
  const at = (options: { seed: number; confidence?: number }) => bootstrap(values, mean, options);
  expect(at({ seed: 1 })).toEqual(at({ seed: 1 }));
  expect(at({ seed: 1 }).low).not.toBe(at({ seed: 2 }).low);
  expect(at({ seed: 1, confidence: 0.5 }).low).toBeGreaterThan(at({ seed: 1 }).low);
  expect(at({ seed: 1, confidence: 0.5 }).high).toBeLessThan(at({ seed: 1 }).high);
});

Deno.test("draws of more images: the interval of a mean shrinks with their root", () => {
  const { values } = golden.mean;
  const width = (drawnImages: number) => {
    const { value, low, high } = bootstrap(values, mean, {
      seed: 1,
      resamples: 20000,
      drawnImages,
    });
    expect(value).toBe(mean(values));
    return high - low;
  };
  expect(width(values.length)).toBe(width(values.length));
  expect(width(4 * values.length) / width(values.length)).toBeCloseTo(0.5, 1);
  const sizes = new Set<number>();
  const note = (images: readonly number[]) => sizes.add(images.length).size;
  bootstrap([1, 2, 3], note, { seed: 1, drawnImages: 5 });
  expect([...sizes]).toEqual([5, 3]); // The last are the images themselves.
});

Deno.test("micro: the counts of the drawn images are summed before the metric", () => {
  const found = { ...noCounts, truePositives: 90, falsePositives: 10 };
  const missed = { ...noCounts, falseNegatives: 10 };
  const empty = { ...noCounts, trueNegatives: 5 };
  const micro = (images: readonly (typeof noCounts)[]) => dice(sumOf(images, pixelSums));
  const { value, low, high, resamples } = bootstrap([found, missed], micro, { seed: 1 });
  expect([value, low, high, resamples]).toEqual([0.9, 0, 180 / 190, 2000]);
  // A draw of the empty image alone says nothing.
  const partly = bootstrap([found, empty], micro, { seed: 1 });
  expect(partly.resamples).toBeLessThan(1700);
  expect([partly.low, partly.high]).toEqual([180 / 190, 180 / 190]);
});

Deno.test("no images: refused", () => {
  expect(() => bootstrap([], mean, { seed: 1 })).toThrow(
    "Cannot compute a confidence interval: expected at least one image, got none. Evaluate on a split " +
      "that has images with masks.",
  );
});

Deno.test("p-values of up to 12 images are SciPy's, all swaps tried", () => {
  for (const { first, second, difference, pValue, low, high } of golden.pairs) {
    const comparison = compareValues(first, second, { seed: 1, resamples: 20000 });
    expect(comparison.images).toBe(first.length);
    expect(comparison.difference.value).toBeCloseTo(difference, 14);
    expect(comparison.test).toEqual({ pValue, isExact: true });
    expect(Math.abs(comparison.difference.low - low)).toBeLessThan(0.001);
    expect(Math.abs(comparison.difference.high - high)).toBeLessThan(0.001);
  }
});

Deno.test("random swaps come near the exact p-value", () => {
  // The same differences as in 12 images, and one of 0, which changes nothing but the number.
  const { first, second, pValue } = golden.pairs[3] as (typeof golden.pairs)[0];
  const { test } = compareValues([...first, 0.5], [...second, 0.5], { seed: 1, swaps: 20000 });
  expect(test.isExact).toBe(false);
  expect(Math.abs(test.pValue - pValue)).toBeLessThan(0.01);
});

Deno.test("a p-value by random swaps is never 0", () => {
  const first = Array.from({ length: 40 }, (_, k) => k);
  const second = first.map((value) => value + 1);
  expect(compareValues(first, second, { seed: 1, swaps: 99 }).test.pValue).toBe(1 / 100);
  expect(compareValues(first, first, { seed: 1 }).test.pValue).toBe(1);
  expect(compareValues([0, 0], [0, 0], { seed: 1 }).test.pValue).toBe(1);
});

Deno.test("images that one of the runs leaves undefined are left out of both", () => {
  const comparison = compareValues([1, NaN, 2, 3], [2, 5, NaN, 4], { seed: 1 });
  expect(comparison.images).toBe(2);
  expect(comparison.difference).toMatchObject({ value: 1, low: 1, high: 1 });
  expect(comparison.test.pValue).toBe(2 / 4);
});

Deno.test("micro: images change sides as wholes", () => {
  const right = { ...noCounts, truePositives: 9, trueNegatives: 1 };
  const wrong = { ...noCounts, truePositives: 1, falseNegatives: 8, trueNegatives: 1 };
  const pairs = [{ first: wrong, second: right }, { first: right, second: right }];
  const micro = (images: readonly (typeof noCounts)[]) => dice(sumOf(images, pixelSums));
  const { difference, test } = compareRuns(pairs, micro, { seed: 1 });
  expect(difference.value).toBeCloseTo(1 - 20 / 28, 15);
  expect(test).toEqual({ pValue: 1, isExact: true });
  expect(swapTest([{ first: noCounts, second: noCounts }], micro, { seed: 1 }).pValue).toBeNaN();
});

Deno.test("runs of different lengths are refused", () => {
  expect(() => compareValues([1], [1, 2], { seed: 1 })).toThrow(
    "Cannot compare two runs: expected the same images in both, got 1 and 2. Evaluate both on the same " +
      "split of the same data.",
  );
});
