import { expect } from "expect";
import {
  accuracy,
  addCounts,
  type Counts,
  dice,
  iou,
  matthews,
  meanPerImage,
  noCounts,
  precision,
  recall,
  specificity,
} from "papilio/metrics/counts.ts";

const counts: Counts = {
  truePositives: 6,
  falsePositives: 2,
  falseNegatives: 4,
  trueNegatives: 88,
};

Deno.test("metrics of 6 right, 2 too many, 4 missed and 88 background pixels", () => {
  expect(iou(counts)).toBe(0.5);
  expect(dice(counts)).toBe(12 / 18);
  expect(precision(counts)).toBe(0.75);
  expect(recall(counts)).toBe(0.6);
  expect(accuracy(counts)).toBe(0.94);
});

Deno.test("an absent class is NaN where nothing can be said, and 0 where it was invented", () => {
  const empty = { ...noCounts, trueNegatives: 9 };
  const invented = { ...empty, falsePositives: 1 };
  for (const metric of [iou, dice, precision, recall]) expect(metric(empty)).toBeNaN();
  expect(accuracy(empty)).toBe(1);
  expect([iou, dice, precision].map((metric) => metric(invented))).toEqual([0, 0, 0]);
  expect(recall(invented)).toBeNaN();
  expect(accuracy(noCounts)).toBeNaN();
});

Deno.test("the data set's IoU weighs pixels, the mean per image weighs images", () => {
  const small = { ...noCounts, truePositives: 1, falseNegatives: 1 }; // 1/2
  const large = { ...noCounts, truePositives: 90, falsePositives: 8 }; // 90/98
  const empty = { ...noCounts, trueNegatives: 5 };
  expect(iou([small, large, empty].reduce(addCounts))).toBe(91 / 100);
  expect(meanPerImage([small, large, empty], iou)).toBe((1 / 2 + 90 / 98) / 2);
  expect(meanPerImage([empty], iou)).toBeNaN();
  expect(meanPerImage([], iou)).toBeNaN();
});

Deno.test("specificity and Matthews' coefficient by hand", () => {
  expect(specificity(counts)).toBe(88 / 90);
  // (6·88 − 2·4) / √(8 · 10 · 90 · 92)
  expect(matthews(counts)).toBeCloseTo(520 / Math.sqrt(662400), 15);
  expect(specificity({ ...noCounts, truePositives: 4 })).toBeNaN();
});

Deno.test("Matthews' coefficient: 1, −1 and 0, undefined for a constant, safe for large counts", () => {
  expect(matthews({ ...noCounts, truePositives: 7, trueNegatives: 11 })).toBe(1);
  expect(matthews({ ...noCounts, falsePositives: 7, falseNegatives: 11 })).toBeCloseTo(-1, 14);
  const large = 2 ** 50;
  const chance = {
    truePositives: large,
    falsePositives: large,
    falseNegatives: large,
    trueNegatives: large,
  };
  expect(matthews(chance)).toBe(0);
  expect(matthews({ ...chance, falsePositives: 0, falseNegatives: 0 })).toBe(1);
  for (const absent of ["truePositives", "trueNegatives"] as const) {
    expect(matthews({ ...counts, falsePositives: 0, falseNegatives: 0, [absent]: 0 })).toBeNaN();
  }
  expect(matthews({ ...noCounts, falsePositives: 3, trueNegatives: 5 })).toBeNaN();
});
