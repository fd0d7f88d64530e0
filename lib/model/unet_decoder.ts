import type * as tf from "@tensorflow/tfjs";
import { PapilioError } from "papilio/core/errors.ts";
import { classify, concatenate, refine } from "papilio/model/_blocks.ts";
import type { Decoder, DecoderSettings } from "papilio/model/decoder.ts";
import type { Encoded, Encoder } from "papilio/model/encoder.ts";
import { upsample, type Upsampling } from "papilio/model/upsampling.ts";

export interface UnetDecoderOptions extends DecoderSettings {
  /** How a stage doubles the side; by a transposed convolution if not given. */
  upsampling?: Upsampling;
  /** Normalises after each convolution; not if not given. */
  batchNorm?: boolean;
}

/**
 * U-Net's decoder: doubles the side stage by stage, with a tap beside it where there is one of the stride.
 *
 * A stage is `decN_up`, `decN_concat` and two 3×3 convolutions with ReLU, `decN_conv1` and `decN_conv2`.
 *
 * Source: Ronneberger et al. 2015 (arXiv 1505.04597), with padded convolutions.
 */
export function unetDecoder(options: UnetDecoderOptions): Decoder {
  const title = "a U-Net";
  return {
    name: "unet",
    title,
    build(encoded, encoder) {
      const filters = options.filters ?? encoder.decoderFilters;
      checkStages(filters, encoder, title);
      return classify(decode(encoded, filters, options), options.seed);
    },
  };
}

function decode(
  { taps, bottleneck }: Encoded,
  filtersOfStages: readonly number[],
  options: UnetDecoderOptions,
): tf.SymbolicTensor {
  let features = bottleneck.tensor;
  let { stride } = bottleneck;
  for (const [index, filters] of filtersOfStages.entries()) {
    stride /= 2;
    const skip = taps.find((tap) => tap.stride === stride)?.tensor;
    features = decodeStage(features, skip, { ...options, prefix: `dec${index + 1}`, filters });
  }
  return features;
}

interface StageOptions extends Omit<UnetDecoderOptions, "filters"> {
  prefix: string;
  filters: number;
}

/** Upsampling, the skip beside it, and two 3×3 convolutions with ReLU. */
function decodeStage(
  input: tf.SymbolicTensor,
  skip: tf.SymbolicTensor | undefined,
  options: StageOptions,
): tf.SymbolicTensor {
  const { prefix, filters, seed, upsampling = "transpose" } = options;
  const upsampled = upsample(input, { prefix, filters, seed, upsampling });
  const merged = skip === undefined
    ? upsampled
    : concatenate([upsampled, skip], `${prefix}_concat`);
  const first = refine(merged, { ...options, index: 1 });
  return refine(first, { ...options, index: 2 });
}

/** @throws {PapilioError} if there is not one number of filters for each doubling of the side. */
export function checkStages(
  filters: readonly number[],
  { name, stride }: Encoder,
  title: string,
): void {
  const stages = Math.log2(stride);
  if (filters.length === stages) return;
  throw new PapilioError({
    cannot: `build ${title}`,
    expected: `${stages} numbers of decoder filters, one for each doubling of the side (${name})`,
    got: `${filters.length} (${filters.join(", ")})`,
    remedy: `Give ${stages} numbers, from coarse to fine.`,
  });
}
