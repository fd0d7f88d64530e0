import type { Config } from "papilio/core/config.ts";
import { optionName } from "papilio/core/text.ts";
import { isDefault } from "papilio/train/_default_settings.ts";

type Encoder = Config["encoder"];

const uNets = ({ decoder }: Config) => decoder === "unet" || decoder === "attention-unet";
const isOf = (...encoders: Encoder[]) => ({ encoder }: Config) => encoders.includes(encoder);
const augments = ({ augment }: Config) => augment.enabled;

/** What a setting is of, in words, and whether a configuration has that. */
const owners: readonly [readonly string[], string, (config: Config) => boolean][] = [
  [["upsampling"], "a U-Net's decoder", uNets],
  [["decoderBatchNorm"], "a U-Net's decoder", uNets],
  [["encoderDepth"], "double-conv", isOf("double-conv")],
  [["encoderFilters"], "double-conv, resnet34 and vgg16", isOf("double-conv", "resnet34", "vgg16")],
  [["encoderBatchNorm"], "double-conv and vgg16", isOf("double-conv", "vgg16")],
  [["optimizer", "encoderRateFactor"], "phase 2", ({ phase2 }) => phase2.epochs > 0],
  ...["flipHorizontal", "flipVertical", "rotationDegrees", "scale", "shift", "brightness"]
    .concat("contrast", "saturation", "hueDegrees")
    .map((key): [string[], string, typeof augments] => [
      ["augment", key],
      "--augment.enabled",
      augments,
    ]),
];

/**
 * What to say of settings that differ from their defaults and that the network or the training does not
 * have; nothing where all are of use. They may be a preset's, so that they are no error.
 *
 * @example
 * ```ts
 * import { resolveConfig } from "papilio/core/config.ts";
 * import { unusedNote } from "papilio/train/unused_note.ts";
 * const config = resolveConfig("butterfly", { decoder: "pix2pix", upsampling: "nearest" });
 * console.assert(unusedNote(config) === "Without effect here: --upsampling (of a U-Net's decoder).");
 * ```
 */
export function unusedNote(config: Config): string | undefined {
  const unused = owners.filter(([path, , isThere]) => !isThere(config) && !isDefault(config, path))
    .map(([path, owner]) => `${optionName(path)} (of ${owner})`);
  return unused.length > 0 ? `Without effect here: ${unused.join(", ")}.` : undefined;
}
