import type { Config } from "papilio/core/config.ts";
import { withNetwork } from "papilio/comparison/_network.ts";
import { checkEncoderWeights } from "papilio/model/encoder_weights.ts";
import { checkRecipe } from "papilio/train/check_recipe.ts";

/**
 * Checks what would stop a training before its first step, data apart: the recipe, the network, and where
 * the encoder's weights come from.
 *
 * @throws {PapilioError} for what does not go together; it names the options.
 */
export function checkTrainable(config: Config): void {
  checkRecipe(config);
  withNetwork(config, ({ encoder }) => checkEncoderWeights(encoder, config.encoderWeights));
}
