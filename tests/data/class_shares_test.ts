import { expect } from "expect";
import fc from "fast-check";
import { IGNORED, parseClasses } from "papilio/core/classes.ts";
import {
  classWeights,
  countClasses,
  describeShares,
  summarizeShares,
} from "papilio/data/class_shares.ts";

const TABLE = parseClasses("background=0,pet=1,border=2,bird=3");

/** Three cases of 100, 50 and 10 pixels; the last could not be read. */
const ROWS = [
  { classPixels: [60, 20, 0, 0], widthPx: 10, heightPx: 10 },
  { classPixels: [20, 20, 10, 0], widthPx: 10, heightPx: 5 },
  { classPixels: null, widthPx: 10, heightPx: 1 },
];

const near = (value: number) => expect.closeTo(value, 12);

Deno.test("pixels of each class; those of none are not counted", () => {
  const mask = { data: Uint8Array.of(0, 0, 2, IGNORED, 2, 2), widthPx: 3, heightPx: 2 };
  expect(countClasses(mask, 4)).toEqual([2, 0, 3, 0]);
});

Deno.test("shares by hand: of judged pixels, and in the cases that have the class", () => {
  expect(summarizeShares(ROWS, TABLE)).toEqual({
    classes: [
      { name: "background", share: near(80 / 130), shareWherePresent: near(80 / 130), cases: 2 },
      { name: "pet", share: near(40 / 130), shareWherePresent: near(40 / 130), cases: 2 },
      { name: "border", share: near(10 / 130), shareWherePresent: near(10 / 50), cases: 1 },
      { name: "bird", share: 0, shareWherePresent: 0, cases: 0 },
    ],
    ignoredShare: near(20 / 150),
    cases: 2,
  });
});

Deno.test("weights by hand: the median share over each; 1 for a class that is nowhere", () => {
  const { classes } = summarizeShares(ROWS, TABLE);
  // Shares 8/13, 4/13, 1/5: the median is 4/13.
  expect(classWeights(classes)).toEqual([near(0.5), near(1), near(20 / 13), 1]);
  expect(classWeights([{ shareWherePresent: 0 }, { shareWherePresent: 0 }])).toEqual([1, 1]);
});

Deno.test("weighted, every class that is there counts the same", () => {
  const share = fc.double({ min: 0.001, max: 1, noNaN: true });
  fc.assert(fc.property(fc.array(share, { minLength: 1 }), (shares) => {
    const weights = classWeights(shares.map((shareWherePresent) => ({ shareWherePresent })));
    const products = weights.map((weight, i) => weight * (shares[i] ?? 0));
    for (const product of products) expect(product).toBeCloseTo(products[0] ?? 0, 9);
    if (shares.length % 2 === 1) expect(Math.min(...weights.map((w) => Math.abs(w - 1)))).toBe(0);
  }));
});

Deno.test("the table, and weights to copy", () => {
  expect(describeShares(summarizeShares(ROWS, TABLE))).toEqual([
    "class                   pixels  cases (of 2)",
    "background              61.5 %  2",
    "pet                     30.8 %  2",
    "border                   7.7 %  1",
    "bird                     0.0 %  0",
    "of no class             13.3 %  of all pixels, ignored",
    "To weight classes by their rarity: --loss-settings.class-weights 0.5,1,1.538,1",
  ]);
  expect(describeShares(summarizeShares([], TABLE))).toEqual([]);
});

Deno.test("no weight is proposed for a class of next to no pixels", () => {
  const rows = [{ classPixels: [50_000, 49_990, 10, 0], widthPx: 1000, heightPx: 100 }];
  expect(describeShares(summarizeShares(rows, TABLE)).slice(-2)).toEqual([
    "To weight classes by their rarity: --loss-settings.class-weights 0.9999,1,1,1",
    "Of too few pixels to be weighted: border",
  ]);
});
