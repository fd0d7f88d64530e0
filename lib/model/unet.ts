import type { MobileNetV2Alpha } from "papilio/model/mobilenet_v2.ts";
import { buildSegmentation, type SegmentationModel } from "papilio/model/segmentation.ts";

export { type SegmentationModel, setEncoderTrainable } from "papilio/model/segmentation.ts";

export interface UnetOptions {
  /** Side of the square input; a multiple of the encoder's coarsest stride (32). */
  inputSidePx: number;
  /** Width multiplier of MobileNetV2. */
  alpha: MobileNetV2Alpha;
  /** Filters of the decoder's stages, from coarse to fine: one for each doubling of the side. */
  decoderFilters?: readonly number[];
  /** Of all weights that the model starts with. */
  seed: number;
  /** See `MobileNetV2Options`; Keras' 0.999 if not given. */
  batchNormMomentum?: number;
}

/**
 * A U-Net on a MobileNetV2 encoder, with its preprocessing inside.
 *
 * At alpha = 1 it has 5,575,457 parameters: 1,841,984 in the encoder, which ends at
 * `block_16_project`, and 3,733,473 in the decoder. 30,912 of them are moving statistics.
 *
 * Source: Ronneberger et al. 2015 (arXiv 1505.04597) for the decoder, with transposed convolutions.
 * @throws {PapilioError} for a side that does not fit, with the next sizes that do, and for a number
 * of decoder stages that is not the encoder's.
 *
 * @example
 * ```ts
 * import { buildUnet } from "papilio/model/unet.ts";
 * const filters = [32, 24, 16, 8, 8];
 * const unet = buildUnet({ inputSidePx: 64, alpha: 0.35, decoderFilters: filters, seed: 1 });
 * console.assert(unet.model.outputs[0]?.shape.join() === ",64,64,1");
 * ```
 */
export function buildUnet(options: UnetOptions): SegmentationModel {
  const { inputSidePx, alpha, seed, decoderFilters, batchNormMomentum } = options;
  return buildSegmentation({
    ...{ encoder: "mobilenet-v2", decoder: "unet", upsampling: "transpose" },
    ...{ inputSidePx, alpha, seed },
    ...(decoderFilters === undefined ? {} : { decoderFilters }),
    ...(batchNormMomentum === undefined ? {} : { batchNormMomentum }),
  });
}
