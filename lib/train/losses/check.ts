import { PapilioError } from "papilio/core/errors.ts";
import { parseLossTerms } from "papilio/train/losses/sum.ts";
import {
  type LossName,
  lossTerms,
  ofClassesAlone,
  ofForegroundAlone,
} from "papilio/train/losses/table.ts";

/**
 * Checks that every term of a loss can be had for so many classes; below 2, masks are of foreground.
 *
 * @throws {PapilioError} as `parseLossTerms`, and for terms that do not fit, with those that do.
 *
 * @example
 * ```ts
 * import { checkLoss } from "papilio/train/losses/mod.ts";
 * checkLoss("bce+dice", 0);
 * checkLoss("cross-entropy+dice", 3);
 * ```
 */
export function checkLoss(text: string, classCount: number): void {
  const hasClasses = classCount >= 2;
  const unfit: ReadonlySet<LossName> = hasClasses ? ofForegroundAlone : ofClassesAlone;
  const wrong = parseLossTerms(text).map(({ name }) => name).filter((name) => unfit.has(name));
  if (wrong.length === 0) return;
  const fit = (Object.keys(lossTerms) as LossName[]).filter((name) => !unfit.has(name));
  throw new PapilioError({
    cannot: `use the loss "${text}" ${
      hasClasses ? `with ${classCount} classes` : "without classes"
    }`,
    expected: `terms out of ${fit.join(", ")}`,
    got: wrong.join(", "),
    remedy: hasClasses
      ? 'Use "cross-entropy+dice", say.'
      : 'Use "bce+dice", say, or name classes with --classes.',
  });
}
