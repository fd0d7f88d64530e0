import { expect } from "expect";
import fc from "fast-check";
import { type LabelImage, renumber } from "papilio/data/labels.ts";
import { jaccardAreas } from "papilio/metrics/aggregated_jaccard.ts";
import { averageOf, sumOf } from "papilio/metrics/averages.ts";
import { instanceMetrics } from "papilio/metrics/instance_metrics.ts";
import {
  instanceSums,
  matchThresholds,
  objectCounts,
  tallyInstances,
} from "papilio/metrics/instances.ts";
import { countObjects, matchObjects } from "papilio/metrics/object_matches.ts";
import { findOverlaps, iouMatrix } from "papilio/metrics/overlaps.ts";

/** One row of pixels, an object for each digit. */
function rowOf(digits: string): LabelImage {
  return renumber(Int32Array.from(digits, Number), { widthPx: digits.length, heightPx: 1 });
}

function metricsOf(prediction: string, truth: string): Record<string, number> {
  const tally = tallyInstances(rowOf(prediction), rowOf(truth));
  return Object.fromEntries(
    Object.entries(instanceMetrics).map(([name, { of }]) => [name, of(tally)]),
  );
}

/** Two label images of one row, of up to four objects each. */
const anyPair = fc.integer({ min: 1, max: 40 }).chain((widthPx) => {
  const row = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: widthPx, maxLength: widthPx })
    .map((labels) => renumber(Int32Array.from(labels), { widthPx, heightPx: 1 }));
  return fc.tuple(row, row);
});

Deno.test("overlaps: areas, shared pixels and the matrix", () => {
  const overlaps = findOverlaps(rowOf("1112220003"), rowOf("0111122000"));
  expect([...overlaps.predictedAreasPx]).toEqual([3, 3, 1]);
  expect([...overlaps.trueAreasPx]).toEqual([4, 2]);
  expect(overlaps.pairs).toEqual([
    { predictedLabel: 1, trueLabel: 1, sharedPx: 2, iou: 2 / 5 },
    { predictedLabel: 2, trueLabel: 1, sharedPx: 2, iou: 2 / 5 },
    { predictedLabel: 2, trueLabel: 2, sharedPx: 1, iou: 1 / 4 },
  ]);
  expect([...iouMatrix(overlaps)]).toEqual([2 / 5, 2 / 5, 0, 0, 1 / 4, 0]);
});

Deno.test("overlaps come in the order of the objects' numbers, whichever is met first", () => {
  const { pairs } = findOverlaps(rowOf("3312"), rowOf("2211"));
  expect(pairs.map((pair) => [pair.trueLabel, pair.predictedLabel])).toEqual([
    [1, 1],
    [1, 2],
    [2, 3],
  ]);
  expect(() => findOverlaps(rowOf("11"), rowOf("111"))).toThrow("expected 3×1 pixels");
});

Deno.test("a match is greater than the threshold: an IoU of 0.5 or 0.75 itself is none", () => {
  expect(matchThresholds).toEqual([0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]);
  const half = findOverlaps(rowOf("1100"), rowOf("1111"));
  expect(countObjects(half, 0.5)).toEqual({
    truePositives: 0,
    falsePositives: 1,
    falseNegatives: 1,
  });
  const tally = tallyInstances(rowOf("1110"), rowOf("1111")); // IoU 3/4.
  expect(tally.matches).toEqual([1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
  expect(instanceMetrics.dsbScore.of(tally)).toBe(0.5);
  // 11/20, 12/20, …: each is the threshold itself, and no match at it.
  for (const [k, threshold] of matchThresholds.entries()) {
    const shared = 10 + k;
    const prediction = rowOf("1".repeat(shared) + "0".repeat(20 - shared));
    const { matches } = tallyInstances(prediction, rowOf("1".repeat(20)));
    expect({ threshold, isMatch: matches[k] }).toEqual({ threshold, isMatch: 0 });
    expect(k === 0 || matches[k - 1] === 1).toBe(true);
  }
});

Deno.test("below 0.5 an object might match two: refused", () => {
  const overlaps = findOverlaps(rowOf("12"), rowOf("11"));
  expect(() => matchObjects(overlaps, 0.4)).toThrow(
    "Cannot match objects: expected a threshold of at least 0.5, from which on matches are unique, " +
      "got 0.4. Use 0.5.",
  );
});

Deno.test("one object well found, one missed, one invented", () => {
  // IoU 4/5; areas 4 and 5, missed 3, invented 2.
  const metrics = metricsOf("1111000000220", "1111100333000");
  expect(metrics.dsbScore).toBeCloseTo(6 / 10 / 3, 15); // Found at 0.5 … 0.75.
  expect(metrics.precision50).toBe(1 / 3);
  expect(metrics.precision75).toBe(1 / 3);
  expect(metrics.recognitionQuality).toBe(1 / 2);
  expect(metrics.segmentationQuality).toBe(0.8);
  expect(metrics.panopticQuality).toBe(0.4);
  expect(metrics.aggregatedJaccard).toBe(4 / (5 + 3 + 2));
});

Deno.test("aggregated Jaccard: one prediction over two objects is chosen twice, as published", () => {
  const areas = jaccardAreas(findOverlaps(rowOf("1111111"), rowOf("1112222")));
  expect(areas).toEqual({ intersectionPx: 3 + 4, unionPx: 7 + 7 });
  // Of two with the same quotient, 1/4 and 2/8, the first is chosen, the other one is left over.
  expect(jaccardAreas(findOverlaps(rowOf("12202222"), rowOf("11110000")))).toEqual({
    intersectionPx: 1,
    unionPx: 4 + 6,
  });
});

Deno.test("no objects at all: undefined; none found or all invented: 0", () => {
  for (const [name, value] of Object.entries(metricsOf("0000", "0000"))) {
    expect({ name, value }).toEqual({ name, value: NaN });
  }
  for (const [prediction, truth] of [["0000", "1122"], ["1122", "0000"]] as const) {
    const { segmentationQuality, ...others } = metricsOf(prediction, truth);
    expect(segmentationQuality).toBeNaN();
    expect(Object.values(others)).toEqual([0, 0, 0, 0, 0, 0]);
  }
});

Deno.test("micro sums objects, macro means images and leaves out those without any", () => {
  const images = [
    tallyInstances(rowOf("11110000"), rowOf("11111222")), // 1 found, 1 missed.
    tallyInstances(rowOf("12340000"), rowOf("12340000")), // 4 found.
    tallyInstances(rowOf("00"), rowOf("00")),
  ];
  const average = (averaging: "micro" | "macro", { of }: { of: (tally: never) => number }) =>
    averageOf(images, of as typeof instanceMetrics.dsbScore.of, { averaging, sums: instanceSums });
  expect(average("micro", instanceMetrics.precision50)).toBe(5 / 6);
  expect(average("macro", instanceMetrics.precision50)).toBe((1 / 2 + 1) / 2);
  expect(average("micro", instanceMetrics.panopticQuality)).toBeCloseTo(4.8 / 5.5, 15);
  expect(average("micro", instanceMetrics.aggregatedJaccard)).toBe(8 / 12);
  expect(objectCounts(sumOf(images, instanceSums))[9]).toEqual({
    threshold: 0.95,
    truePositives: 4,
    falsePositives: 1,
    falseNegatives: 2,
  });
});

Deno.test("objects found as they are give 1; the order of their numbers does not matter", () => {
  fc.assert(fc.property(anyPair, ([a, b]) => {
    fc.pre(a.count > 0 && b.count > 0);
    const reversed = { ...a, data: a.data.map((label) => label === 0 ? 0 : a.count + 1 - label) };
    const [tally, other] = [tallyInstances(a, b), tallyInstances(reversed, b)];
    expect(other.matches).toEqual(tally.matches);
    expect(other.iouSum).toBeCloseTo(tally.iouSum, 14);
    for (const { of } of Object.values(instanceMetrics)) expect(of(tallyInstances(a, a))).toBe(1);
  }));
});

Deno.test("all but the aggregated index are symmetric, and each object matches once", () => {
  fc.assert(fc.property(anyPair, ([a, b]) => {
    const [one, other] = [tallyInstances(a, b), tallyInstances(b, a)];
    expect(other.matches).toEqual(one.matches);
    expect(other.iouSum).toBeCloseTo(one.iouSum, 14);
    const pairs = matchObjects(findOverlaps(a, b), 0.5);
    expect(new Set(pairs.map(({ predictedLabel }) => predictedLabel)).size).toBe(pairs.length);
    expect(new Set(pairs.map(({ trueLabel }) => trueLabel)).size).toBe(pairs.length);
  }));
});

Deno.test("a number without pixels is no object", () => {
  const gap = { ...rowOf("1100"), count: 5 };
  expect(tallyInstances(gap, rowOf("1100"))).toMatchObject({
    predictedObjects: 1,
    trueObjects: 1,
    iouSum: 1,
  });
});
