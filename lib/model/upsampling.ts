import * as tf from "@tensorflow/tfjs";
import type { Config } from "papilio/core/config.ts";
import { channelsOf } from "papilio/model/_blocks.ts";
import { glorotUniform, heNormal } from "papilio/model/initializers.ts";
import {
  BilinearUpSampling2D,
  NearestUpSampling2D,
  PixelShuffle,
} from "papilio/model/upsampling_layers.ts";

/**
 * The ways in which a decoder can double the side.
 *
 * - `transpose`: a learnt transposed convolution, 2×2 with stride 2, to the stage's filters;
 * - `nearest`, `bilinear` (half-pixel centres): nothing to learn, the channels stay;
 * - `pixel-shuffle`: a learnt 1×1 convolution to four times the filters, which become pixels.
 */
export type Upsampling = Config["upsampling"];

export interface UpsampleOptions {
  /** Of the layers' names; the last of them is `<prefix>_up`. */
  prefix: string;
  /** Of the learnt ways; the others keep the channels. */
  filters: number;
  seed: number;
  upsampling: Upsampling;
}

/** Doubles the side of a feature map. */
export function upsample(input: tf.SymbolicTensor, options: UpsampleOptions): tf.SymbolicTensor {
  const name = `${options.prefix}_up`;
  switch (options.upsampling) {
    case "transpose":
      return transposed(input, name, options);
    case "nearest":
      return new NearestUpSampling2D({ name, factor: 2 }).apply(input) as tf.SymbolicTensor;
    case "bilinear":
      return new BilinearUpSampling2D({ name, factor: 2 }).apply(input) as tf.SymbolicTensor;
    case "pixel-shuffle":
      return shuffled(input, name, options);
  }
}

function transposed(input: tf.SymbolicTensor, name: string, { filters, seed }: UpsampleOptions) {
  return tf.layers.conv2dTranspose({
    name,
    filters,
    kernelSize: 2,
    strides: 2,
    padding: "same",
    kernelInitializer: glorotUniform(seed, name),
  }).apply(input) as tf.SymbolicTensor;
}

/**
 * A convolution to four filters for each channel, and their pixels side by side.
 *
 * The four start alike (ICNR), so that at first it enlarges by nearest neighbour, without a pattern.
 *
 * Source: Aitken et al. 2017 (arXiv 1707.02937), section 3; fastai's PixelShuffle_ICNR without blur.
 */
function shuffled(input: tf.SymbolicTensor, name: string, { filters, seed }: UpsampleOptions) {
  const layer = tf.layers.conv2d({ name: `${name}_conv`, filters: 4 * filters, kernelSize: 1 });
  const spread = layer.apply(input) as tf.SymbolicTensor;
  tf.tidy(() => {
    const shape = [1, 1, channelsOf(input), filters];
    const kernel = heNormal(seed, layer.name).apply(shape) as tf.Tensor;
    layer.setWeights([tf.tile(kernel, [1, 1, 1, 4]), tf.zeros([4 * filters])]);
  });
  return new PixelShuffle({ name, factor: 2 }).apply(spread) as tf.SymbolicTensor;
}
