import { expect } from "expect";
import fc from "fast-check";
import { countPixels, dice, iou, noCounts, precision } from "papilio/metrics/counts.ts";
import { countProbabilities } from "papilio/metrics/probability_histogram.ts";
import {
  bestThreshold,
  flatRange,
  rowAt,
  sweepThresholds,
  type ThresholdRow,
} from "papilio/metrics/threshold_sweep.ts";

/** Four pixels, of which the second and the last are foreground. */
const four = countProbabilities(Float32Array.of(0.25, 0.5, 0.75, 1), Uint8Array.of(0, 1, 0, 1));

Deno.test("four pixels: the counts between their probabilities, each of which belongs to the threshold above", () => {
  const rows = sweepThresholds(four);
  const at = (threshold: number) => Object.values(rowAt(rows, threshold).counts);
  expect(rows.map(({ threshold }) => threshold)).toEqual(
    Array.from({ length: 257 }, (_, k) => k / 256),
  );
  // True positives, false positives, false negatives, true negatives.
  expect(at(0)).toEqual([2, 2, 0, 0]);
  expect(at(0.25)).toEqual([2, 2, 0, 0]);
  expect(at(0.25 + 1 / 256)).toEqual([2, 1, 0, 1]);
  expect(at(0.5)).toEqual([2, 1, 0, 1]);
  expect(at(0.6)).toEqual([1, 1, 1, 1]);
  expect(at(0.8)).toEqual([1, 0, 1, 2]);
  expect(at(1)).toEqual([1, 0, 1, 2]);
});

Deno.test("every threshold counts as counting anew does", () => {
  const pixel = fc.tuple(
    fc.oneof(
      fc.float({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 256 }).map((k) => k / 256),
    ),
    fc.boolean(),
  );
  const property = fc.property(fc.array(pixel, { minLength: 1, maxLength: 40 }), (pixels) => {
    const probabilities = Float32Array.from(pixels, ([p]) => p);
    const truth = Uint8Array.from(pixels, ([, isForeground]) => Number(isForeground));
    for (const { threshold, counts } of sweepThresholds(countProbabilities(probabilities, truth))) {
      const mask = Uint8Array.from(probabilities, (p) => p >= threshold ? 1 : 0);
      expect(counts).toEqual(countPixels(mask, truth));
    }
  });
  fc.assert(property, { numRuns: 50, seed: 1 });
});

Deno.test("the best threshold has the highest metric, and lies nearest to 0.5 among equals", () => {
  const rows = sweepThresholds(four);
  // Dice: 4/6 up to 0.25, 4/5 up to 0.5, 2/4 up to 0.75, then 2/3.
  expect(bestThreshold(rows).threshold).toBe(0.5);
  expect(dice(bestThreshold(rows).counts)).toBe(0.8);
  // Precision is 1 from above 0.75 on.
  expect(bestThreshold(rows, precision).threshold).toBe(193 / 256);
  expect(
    bestThreshold(sweepThresholds(
      countProbabilities(Float32Array.of(0.125, 0.875), Uint8Array.of(0, 1)),
    )).threshold,
  ).toBe(0.5);
});

Deno.test("thresholds at which a metric is not defined are never the best", () => {
  const rows = sweepThresholds(
    countProbabilities(Float32Array.of(0.25, 0.5), Uint8Array.of(0, 0)),
  );
  expect(precision(rowAt(rows, 1).counts)).toBeNaN();
  expect(bestThreshold(rows, precision).threshold).toBe(0.5);
});

Deno.test("the flat range ends where the metric first is lower by more than is allowed", () => {
  const metricOf = (truePositives: number): ThresholdRow["counts"] => ({
    ...noCounts,
    truePositives,
    falseNegatives: 100 - truePositives,
  });
  const values = [90, 50, 88, 89, 90, 88, 87, 90];
  const rows = values.map((value, k) => ({ threshold: k / 7, counts: metricOf(value) }));
  expect(flatRange(rows, { loss: 0.021, metric: iou })).toEqual([2 / 7, 5 / 7]);
  expect(flatRange(rows, { loss: 0, metric: iou })).toEqual([4 / 7, 4 / 7]);
  expect(flatRange(rows, { loss: 1, metric: iou })).toEqual([0, 1]);
});
