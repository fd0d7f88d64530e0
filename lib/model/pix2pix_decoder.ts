import * as tf from "@tensorflow/tfjs";
import { concatenate, normalize, relu } from "papilio/model/_blocks.ts";
import { checkStages } from "papilio/model/_check_stages.ts";
import type { Decoder, DecoderSettings } from "papilio/model/decoder.ts";
import type { Encoded } from "papilio/model/encoder.ts";
import { glorotUniform, type Initializer, normal } from "papilio/model/initializers.ts";

/**
 * The decoder of TensorFlow's segmentation tutorial: pix2pix' upsampling blocks, with a tap after each.
 *
 * A stage is a transposed 3×3 convolution with stride 2 without bias (`decN_up`), a normalisation and a
 * ReLU; the last transposed convolution, to the image's size, gives the logits. Filters are 512, 256,
 * 128, 64 if not given. On MobileNetV2 (alpha 1) the network has 6,501,345 parameters for one class, and
 * the tutorial's 6,504,227 for three.
 *
 * Source: Isola et al. 2017 (arXiv 1611.07004); tensorflow.org/tutorials/images/segmentation.
 */
export function pix2pixDecoder(
  { filters = [512, 256, 128, 64], classes = 1, seed }: DecoderSettings,
): Decoder {
  const title = "a U-Net of pix2pix blocks";
  return {
    name: "pix2pix",
    title,
    build(encoded, encoder) {
      checkStages({ filters, encoder, title, stages: Math.log2(encoder.stride) - 1 });
      return transpose(decode(encoded, filters, seed), "mask", {
        filters: classes,
        useBias: true,
        kernelInitializer: glorotUniform(seed, "mask"),
      });
    },
  };
}

function decode(
  { taps, bottleneck }: Encoded,
  filtersOfStages: readonly number[],
  seed: number,
): tf.SymbolicTensor {
  let features = bottleneck.tensor;
  for (const [index, filters] of filtersOfStages.entries()) {
    const prefix = `dec${index + 1}`;
    const stride = bottleneck.stride / 2 ** (index + 1);
    const skip = taps.find((tap) => tap.stride === stride)?.tensor;
    const upsampled = transpose(features, `${prefix}_up`, {
      filters,
      useBias: false,
      kernelInitializer: normal(seed, `${prefix}_up`, 0.02),
    });
    const activated = relu(normalize(upsampled, `${prefix}_bn`), `${prefix}_relu`);
    features = skip === undefined ? activated : concatenate([activated, skip], `${prefix}_concat`);
  }
  return features;
}

function transpose(
  input: tf.SymbolicTensor,
  name: string,
  options: { filters: number; useBias: boolean; kernelInitializer: Initializer },
): tf.SymbolicTensor {
  const window = { kernelSize: 3, strides: 2, padding: "same" } as const;
  return tf.layers.conv2dTranspose({ name, ...window, ...options })
    .apply(input) as tf.SymbolicTensor;
}
