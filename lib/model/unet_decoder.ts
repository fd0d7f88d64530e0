import type * as tf from "@tensorflow/tfjs";
import { attentionGate } from "papilio/model/_attention_gate.ts";
import { classify, concatenate, refine } from "papilio/model/_blocks.ts";
import { checkStages } from "papilio/model/_check_stages.ts";
import type { Decoder, DecoderSettings } from "papilio/model/decoder.ts";
import type { Encoded } from "papilio/model/encoder.ts";
import { upsample, type Upsampling } from "papilio/model/upsampling.ts";

export interface UnetDecoderOptions extends DecoderSettings {
  /** How a stage doubles the side; by a transposed convolution if not given. */
  upsampling?: Upsampling;
  /** Normalises after each convolution; not if not given. */
  batchNorm?: boolean;
  /** Weighs the pixels of each tap by an attention gate; not if not given. */
  attention?: boolean;
}

/**
 * U-Net's decoder: doubles the side stage by stage, with a tap beside it where there is one of the stride.
 *
 * A stage is `decN_up`, `decN_concat` and two 3×3 convolutions with ReLU, `decN_conv1` and `decN_conv2`.
 *
 * With attention, a gate (`decN_gate`) weighs the tap's pixels before.
 *
 * Source: Ronneberger et al. 2015 (arXiv 1505.04597), with padded convolutions; Oktay et al. 2018
 * (arXiv 1804.03999) for the gates.
 */
export function unetDecoder(options: UnetDecoderOptions): Decoder {
  const { attention = false } = options;
  const title = attention ? "an attention U-Net" : "a U-Net";
  return {
    name: attention ? "attention-unet" : "unet",
    title,
    build(encoded, encoder) {
      const filters = options.filters ?? encoder.decoderFilters;
      checkStages({ filters, encoder, title, stages: Math.log2(encoder.stride) });
      return classify(decode(encoded, filters, options), options);
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
    : concatenate([upsampled, gated(skip, upsampled, options)], `${prefix}_concat`);
  const first = refine(merged, { ...options, index: 1 });
  return refine(first, { ...options, index: 2 });
}

function gated(
  skip: tf.SymbolicTensor,
  gating: tf.SymbolicTensor,
  { attention = false, ...options }: StageOptions,
): tf.SymbolicTensor {
  return attention ? attentionGate(skip, gating, options) : skip;
}
