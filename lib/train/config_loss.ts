import type { Config } from "papilio/core/config.ts";
import { checkLoss, type Loss, lossSettingsOf, makeLoss } from "papilio/train/losses/mod.ts";

/**
 * The loss that a configuration describes, with its settings.
 *
 * @throws {PapilioError} for a loss that is not known, or does not go with the number of classes.
 */
export function lossOf(
  { loss, lossSettings, classes }: Pick<Config, "loss" | "lossSettings" | "classes">,
): Loss {
  checkLoss(loss, classes.length);
  return makeLoss(loss, lossSettingsOf(lossSettings));
}
