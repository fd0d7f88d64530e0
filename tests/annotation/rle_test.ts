import { expect } from "expect";
import fc from "fast-check";
import {
  columnRuns,
  fillRuns,
  fromCounts,
  fromStartLengths,
  packCounts,
  toCounts,
  toStartLengths,
  unpackCounts,
} from "papilio/annotation/rle.ts";
import { describeObjects } from "papilio/data/objects.ts";
import { golden, goldenLabels } from "./_golden.ts";
import { anyLabels, labelsOf } from "./_random_labels.ts";

const allRuns = (labels: typeof goldenLabels) =>
  describeObjects(labels).map(({ areaPx, box }, index) =>
    areaPx === 0 ? [] : columnRuns(labels, index + 1, box)
  );

Deno.test("runs go down the columns, and on into the next", () => {
  const labels = labelsOf(".11", "11.");
  expect(allRuns(labels)).toEqual([[1, 4]]);
  expect(toCounts([1, 4], labels)).toEqual([1, 4, 1]);
});

Deno.test("counts begin with background even where there is none, and end with the last run", () => {
  expect(toCounts([0, 2], { widthPx: 1, heightPx: 2 })).toEqual([0, 2]);
  expect(toCounts([], { widthPx: 1, heightPx: 2 })).toEqual([2]);
});

Deno.test("counts, strings and pairs are those that the definitions give", () => {
  const runs = allRuns(goldenLabels);
  expect(runs.map((each) => toCounts(each, goldenLabels))).toEqual(golden.counts);
  expect(golden.counts.map(packCounts)).toEqual(golden.packed);
  expect(golden.packed.map(unpackCounts)).toEqual(golden.counts);
  expect(runs.map(toStartLengths)).toEqual(golden.startLengths);
  expect(golden.startLengths.map(fromStartLengths)).toEqual(runs);
});

Deno.test("there and back, every object has its pixels", () => {
  fc.assert(fc.property(anyLabels, (labels) => {
    for (const [index, runs] of allRuns(labels).entries()) {
      const counts = unpackCounts(packCounts(toCounts(runs, labels)));
      expect(fromCounts(counts)).toEqual(runs);
      expect([...fillRuns(runs, labels).data])
        .toEqual(Array.from(labels.data, (label) => label === index + 1 ? 1 : 0));
    }
  }));
});

Deno.test("numbers of any size survive the string", () => {
  const counts = fc.array(fc.integer({ min: 0, max: 2 ** 40 }));
  fc.assert(fc.property(counts, (counts) => {
    expect(unpackCounts(packCounts(counts))).toEqual(counts);
  }));
});

Deno.test("what is no run length is refused", () => {
  expect(() => fillRuns([3, 2], { widthPx: 2, heightPx: 2 }))
    .toThrow("expected runs within 2×2 pixels, got 3 2");
  expect(() => fromStartLengths("1 2 3")).toThrow(
    'expected pairs of start and length, got "1 2 3"',
  );
  expect(() => unpackCounts("0é")).toThrow("expected a string of COCO's counts");
});
