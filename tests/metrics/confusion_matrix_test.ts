import { expect } from "expect";
import { IGNORED } from "papilio/core/classes.ts";
import { sumOf } from "papilio/metrics/averages.ts";
import { borderPixels } from "papilio/metrics/border.ts";
import {
  confusionMatrix,
  confusionSums,
  countsOfClass,
  shareOfRows,
} from "papilio/metrics/confusion_matrix.ts";
import { countPixels, iou } from "papilio/metrics/counts.ts";
import { isBorderKnown } from "papilio/metrics/ignored.ts";
import { tallyClasses, tallyMask, truthOfMask } from "papilio/metrics/mask_tally.ts";
import { countProbabilities, total } from "papilio/metrics/probability_histogram.ts";

const mask = (...rows: string[]) => ({
  data: Uint8Array.from(rows.join(""), (mark) => mark === "-" ? IGNORED : Number(mark)),
  widthPx: rows[0]?.length ?? 0,
  heightPx: rows.length,
});

const truth = mask("0011", "0011", "0222", "-222");
const found = mask("0011", "0111", "0022", "2220");

Deno.test("confusion matrix: rows are true classes, and what is ignored is in no cell", () => {
  const matrix = confusionMatrix(found.data, truth.data, 3);
  expect(matrix).toEqual([[4, 1, 0], [0, 4, 0], [2, 0, 4]]);
  expect(countsOfClass(matrix, 1)).toEqual({
    ...{ truePositives: 4, falsePositives: 1, falseNegatives: 0, trueNegatives: 10 },
  });
  expect(shareOfRows(matrix)).toEqual([[0.8, 0.2, 0], [0, 1, 0], [1 / 3, 0, 2 / 3]]);
  expect(shareOfRows([[0, 0], [1, 1]])).toEqual([[NaN, NaN], [0.5, 0.5]]);
});

Deno.test("confusion matrix: each class's counts are those of its masks against the rest", () => {
  const matrix = confusionMatrix(found.data, truth.data, 3);
  for (const number of [0, 1, 2]) {
    const judged = [...truth.data.keys()].filter((i) => truth.data[i] !== IGNORED);
    const of = (data: Uint8Array) => Uint8Array.from(judged, (i) => data[i] === number ? 1 : 0);
    expect(countsOfClass(matrix, number)).toEqual(countPixels(of(found.data), of(truth.data)));
  }
  const doubled = sumOf([matrix, matrix], confusionSums(3));
  expect(doubled[2]).toEqual([4, 0, 8]);
});

Deno.test("classes of an image: counts, borders and distances, by hand", () => {
  const { classes, confusion } = tallyClasses({ mask: found }, truth, {
    ...{ names: ["0", "1", "2"], boundaryTolerance: 0 },
  });
  expect(classes.map(({ counts }) => iou(counts))).toEqual([4 / 7, 4 / 5, 4 / 6]);
  expect(confusion[0]).toEqual([4, 1, 0]);
  // Class 1 is two columns in the corner; one more pixel of it was found, one pixel to the left.
  expect(classes[1]?.boundary).toEqual({
    ...{ predictedPx: 5, predictedNearPx: 4, truePx: 4, trueNearPx: 4 },
  });
  expect(classes[1]?.surface).toMatchObject({ hausdorff: 1, meanSurfaceDistance: 1 / 9 });
});

Deno.test("a border beside what is ignored is none, and its pixels are in none", () => {
  const wide = mask("00000", "01110", "011-0", "01110", "00000");
  const border = [...borderPixels(wide, 4)];
  expect(border).toEqual([6, 7, 8, 11, 16, 17, 18]);
  // In a world of its own: all around is ignored.
  expect([...borderPixels(mask("---", "-1-", "---"), 8)]).toEqual([]);
  expect([...borderPixels(mask("222", "212", "222"), 8, { number: 2 })].length).toBe(8);
  const nothingToSee = tallyClasses(
    { mask: mask("000", "010", "000") },
    mask("---", "-1-", "---"),
    { names: ["0", "1"] },
  );
  expect(nothingToSee.confusion).toEqual([[0, 0], [0, 1]]);
  expect(nothingToSee.classes[1]?.surface.hausdorff).toBeNaN();
});

Deno.test("one class: what is ignored is no pixel, no border, no object and no probability", () => {
  const there = truthOfMask(mask("1-00", "1-01"));
  expect(there.labels.count).toBe(2);
  const { counts, instances } = tallyMask({ mask: mask("1110", "1110") }, there);
  expect(counts).toEqual({
    ...{ truePositives: 2, falsePositives: 2, falseNegatives: 1, trueNegatives: 1 },
  });
  // The found object is cut by what is ignored.
  expect([instances.trueObjects, instances.predictedObjects]).toEqual([2, 2]);
  const labels = { data: Int32Array.of(1, 2, 0, 0, 1, 2, 0, 0), widthPx: 4, heightPx: 2, count: 2 };
  const split = tallyMask({ mask: mask("1100", "1100"), labels }, there);
  expect(split.instances.predictedObjects).toBe(1);
  const histogram = countProbabilities(new Float32Array(8).fill(0.5), there.mask.data);
  expect([total(histogram.foreground), total(histogram.background)]).toEqual([3, 3]);
});

Deno.test("a border that is for the most part beside what is ignored is not judged", () => {
  // Of the four pixels of class 1, two lie beside what is ignored, and all four at a known border.
  const half = mask("00000", "011-0", "011-0", "00000");
  expect([isBorderKnown(half, 1), isBorderKnown(half, 0)]).toEqual([true, true]);
  const hidden = mask("-----", "-111-", "-111-", "-----", "00000");
  expect(isBorderKnown(hidden, 1)).toBe(false);
  const found = { ...hidden, data: hidden.data.map((value) => value === 1 ? 1 : 0) };
  const [zero, one] = tallyClasses({ mask: found }, hidden, { names: ["0", "1"] }).classes;
  expect(one?.boundary.truePx).toBe(0);
  expect([one?.surface.hausdorff, one && iou(one.counts)]).toEqual([NaN, 1]);
  // The other class lies along the picture's edge, where its border is known.
  expect([zero?.boundary.truePx, zero?.surface.hausdorff]).toEqual([5, 0]);
});
