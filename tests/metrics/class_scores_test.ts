import { expect } from "expect";
import {
  addClassCounts,
  classAccuracy,
  classScores,
  meanOverClasses,
} from "papilio/metrics/class_scores.ts";
import { accuracy, countPixels, iou, noCounts } from "papilio/metrics/counts.ts";

/** Truth 0 0 1 1 2, found 0 1 1 1 0: of class 0 one of two and one too many, of 1 all and one too many. */
const truth = [0, 0, 1, 1, 2];
const found = [0, 1, 1, 1, 0];
const ofClass = (c: number) =>
  countPixels(
    Uint8Array.from(found, (value) => value === c ? 1 : 0),
    Uint8Array.from(truth, (value) => value === c ? 1 : 0),
  );
const counts = [0, 1, 2].map(ofClass);

Deno.test("class scores: one against the rest, by hand", () => {
  expect(classScores(counts, ["background", "wings", "body"])).toEqual([
    { name: "background", dice: 2 / 4, iou: 1 / 3 },
    { name: "wings", dice: 4 / 5, iou: 2 / 3 },
    { name: "body", dice: 0, iou: 0 },
  ]);
  expect(classAccuracy(counts)).toBe(3 / 5);
});

Deno.test("class scores: the mean leaves the background out, and a class that is nowhere", () => {
  expect(meanOverClasses(counts, ["background", "wings", "body"], iou)).toBe(1 / 3);
  expect(meanOverClasses(counts, ["a", "b", "c"], iou)).toBeCloseTo(1 / 3, 12);
  expect(meanOverClasses([...counts, noCounts], ["background", "wings", "body", "spot"], iou))
    .toBe(1 / 3);
  expect(meanOverClasses([noCounts, noCounts], ["background", "wings"], iou)).toBeNaN();
});

Deno.test("class scores: a binary mask's are its own", () => {
  const binary = [{ truePositives: 3, falsePositives: 1, falseNegatives: 2, trueNegatives: 4 }];
  expect(meanOverClasses(binary, [], iou)).toBe(0.5);
  expect(classAccuracy(binary)).toBe(accuracy(binary[0] ?? noCounts));
  expect(addClassCounts(binary, binary)[0]?.trueNegatives).toBe(8);
});
