import { expect } from "expect";
import fc from "fast-check";
import type { Case } from "papilio/data/case.ts";
import { foldsOf } from "papilio/comparison/folds.ts";

const casesOf = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: String(i).padStart(3, "0") }) as Case);
const idsOf = (cases: readonly Case[]) => cases.map(({ id }) => id);

Deno.test("foldsOf: each case is tested once, and is in one part of each fold", () => {
  fc.assert(fc.property(
    fc.integer({ min: 6, max: 60 }),
    fc.integer({ min: 2, max: 6 }),
    fc.double({ min: 0, max: 0.5, noNaN: true }),
    fc.integer(),
    (count, folds, validationFraction, seed) => {
      const cases = casesOf(count);
      const splits = foldsOf(cases, { folds, seed, validationFraction });
      expect(splits).toHaveLength(folds);
      expect(splits.flatMap(({ test }) => idsOf(test)).sort()).toEqual(idsOf(cases));
      const sizes = splits.map(({ test }) => test.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      for (const { train, validation, test } of splits) {
        expect([...train, ...validation, ...test].map(({ id }) => id).sort()).toEqual(idsOf(cases));
        expect(validation.length)
          .toBe(Math.max(1, Math.round((count - test.length) * validationFraction)));
        for (const part of [train, validation, test]) {
          expect(idsOf(part)).toEqual(idsOf(part).sort());
        }
      }
    },
  ));
});

Deno.test("foldsOf: the seed alone decides, not the order of the cases", () => {
  const options = { folds: 3, seed: 5, validationFraction: 0.2 };
  const cases = casesOf(20);
  expect(foldsOf(cases.toReversed(), options)).toEqual(foldsOf(cases, options));
  expect(foldsOf(cases, { ...options, seed: 6 })).not.toEqual(foldsOf(cases, options));
});

Deno.test("foldsOf: too few cases or folds are refused", () => {
  const options = { folds: 2, seed: 5, validationFraction: 0.2 };
  expect(() => foldsOf(casesOf(2), options)).toThrow("got 2 folds of 2 cases");
  expect(() => foldsOf(casesOf(9), { ...options, folds: 1 })).toThrow("got 1 fold of 9 cases");
  expect(() => foldsOf(casesOf(9), { ...options, folds: 10 })).toThrow("got 10 folds of 9 cases");
});
