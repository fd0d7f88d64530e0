import { PapilioError } from "papilio/core/errors.ts";
import { Random } from "papilio/core/random.ts";
import { counted } from "papilio/core/text.ts";
import type { Split } from "papilio/data/split.ts";

export interface FoldOptions {
  /** How many. */
  folds: number;
  seed: number;
  /** Of the cases that a fold does not test, the share that validates. */
  validationFraction: number;
}

/**
 * Splits for k-fold cross-validation: each case is tested by exactly one of them.
 *
 * The cases are shuffled by the seed and cut into k parts whose sizes differ by one at most. Of the others,
 * a part validates, at least one case: the best epoch must not be chosen on the cases that are tested.
 *
 * @throws {PapilioError} for fewer than two folds, or too few cases.
 *
 * @example
 * ```ts
 * import { foldsOf } from "papilio/comparison/folds.ts";
 * const cases = Array.from("abcdef", (id) => ({ id }) as Parameters<typeof foldsOf>[0][number]);
 * const splits = foldsOf(cases, { folds: 3, seed: 1, validationFraction: 0.25 });
 * console.assert(splits.flatMap(({ test }) => test).length === 6);
 * console.assert(splits.every(({ train, validation }) => train.length === 3 && validation.length === 1));
 * ```
 */
export function foldsOf(
  cases: Split["train"],
  { folds, seed, validationFraction }: FoldOptions,
): Split[] {
  if (!Number.isInteger(folds) || folds < 2 || cases.length < folds) {
    throw tooFew(folds, cases.length);
  }
  const sorted = cases.toSorted(byId);
  const shuffled = Random.from(seed, "folds").shuffle(sorted);
  const start = (fold: number) => Math.round(fold * shuffled.length / folds);
  const splits = Array.from({ length: folds }, (_, fold) => {
    const test = shuffled.slice(start(fold), start(fold + 1));
    const rest = [...shuffled.slice(0, start(fold)), ...shuffled.slice(start(fold + 1))];
    const count = Math.max(1, Math.round(rest.length * validationFraction));
    // Shuffled anew: else the same few cases would validate in most folds.
    const others = Random.from(seed, "fold validation", fold).shuffle(rest);
    return {
      train: others.slice(count).sort(byId),
      validation: others.slice(0, count).sort(byId),
      test: test.sort(byId),
    };
  });
  if (splits.some(({ train }) => train.length === 0)) throw tooFew(folds, cases.length);
  return splits;
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1;
}

function tooFew(folds: number, cases: number): PapilioError {
  return new PapilioError({
    cannot: "make folds",
    expected: "at least 2 folds, with a case for each to test, and others to train and validate",
    got: `${counted(folds, "fold")} of ${counted(cases, "case")}`,
    remedy: "Give --folds a number from 2 to that of the cases.",
  });
}
