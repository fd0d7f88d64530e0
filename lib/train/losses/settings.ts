import type { Config } from "papilio/core/config.ts";
import type { BorderSettings } from "papilio/train/losses/border_cross_entropy.ts";
import type { CrossEntropySettings } from "papilio/train/losses/cross_entropy.ts";
import type { FocalSettings } from "papilio/train/losses/focal.ts";
import type { FocalTverskySettings, TverskySettings } from "papilio/train/losses/tversky.ts";

/** What the losses can be told; what is left out has its published value. */
export interface LossSettings {
  focal?: FocalSettings;
  tversky?: TverskySettings;
  focalTversky?: FocalTverskySettings;
  border?: BorderSettings;
  crossEntropy?: CrossEntropySettings;
}

/**
 * The settings of a configuration, each given to its losses.
 *
 * @example
 * ```ts
 * import { resolveConfig } from "papilio/core/config.ts";
 * import { lossSettingsOf, makeLoss } from "papilio/train/losses/mod.ts";
 * const { loss, lossSettings } = resolveConfig("butterfly", { loss: "focal" });
 * makeLoss(loss, lossSettingsOf(lossSettings));
 * console.assert(lossSettingsOf(lossSettings).focal?.gamma === 2);
 * ```
 */
export function lossSettingsOf(settings: Config["lossSettings"]): LossSettings {
  const { classWeights, falsePositiveWeight, falseNegativeWeight } = settings;
  const tversky = { falsePositiveWeight, falseNegativeWeight };
  return {
    focal: { gamma: settings.focalGamma, alpha: settings.focalAlpha },
    tversky,
    focalTversky: { ...tversky, gamma: settings.focalTverskyGamma },
    border: { borderWeight: settings.borderWeight, sigmaPx: settings.borderSigmaPx },
    crossEntropy: classWeights.length > 0 ? { classWeights } : {},
  };
}
