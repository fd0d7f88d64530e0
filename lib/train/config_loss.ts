import type { Config } from "papilio/core/config.ts";
import { type Loss, makeLoss } from "papilio/train/losses/mod.ts";

/**
 * The loss that a configuration describes, with its settings.
 *
 * @throws {PapilioError} for a loss that is not known.
 */
export function lossOf({ loss }: Pick<Config, "loss">): Loss {
  return makeLoss(loss);
}
