import type { Config } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { checkLoss, type Loss, lossSettingsOf, makeLoss } from "papilio/train/losses/mod.ts";

/**
 * The loss that a configuration describes, with its settings.
 *
 * @throws {PapilioError} for a loss that is not known, or does not go with the number of classes, or
 * for weights that are not one a class.
 */
export function lossOf(
  { loss, lossSettings, classes }: Pick<Config, "loss" | "lossSettings" | "classes">,
): Loss {
  checkLoss(loss, classes.length);
  checkWeights(lossSettings.classWeights, classes.length);
  return makeLoss(loss, lossSettingsOf(lossSettings));
}

function checkWeights(weights: readonly number[], classCount: number): void {
  const { length } = weights;
  if (length > 0 && !weights.some((weight) => weight > 0)) throw allNothing();
  if (length === 0 || length === classCount) return;
  throw new PapilioError({
    cannot: "weigh the classes",
    expected: classCount === 0 ? "no weights without classes" : `${classCount}, one a class`,
    got: `${length}`,
    remedy: "Give --loss-settings.class-weights one number for each class, in their order.",
  });
}

function allNothing(): PapilioError {
  return new PapilioError({
    cannot: "weigh the classes",
    expected: "a weight above 0 for at least one of them",
    got: "0 for each",
    remedy: "Give --loss-settings.class-weights what a pixel of each class is to count.",
  });
}
