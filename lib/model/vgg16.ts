import * as tf from "@tensorflow/tfjs";
import { momentumFromScratch, refine } from "papilio/model/_blocks.ts";
import { type Encoder, type Pooling, type Tap, tapOf } from "papilio/model/encoder.ts";

export interface Vgg16Options {
  /** Of the weights that the encoder starts with. */
  seed: number;
  /** Filters of the first block; of the width of the published weights, 64, if not given. */
  baseFilters?: number;
  /** Normalises after each convolution, for which there are no published weights; not if not given. */
  batchNorm?: boolean;
  /** Share of its moving statistics that a normalisation keeps in each step; 0.9 if not given. */
  batchNormMomentum?: number;
}

/** Convolutions of each block, and their filters over those of the first. */
const blocks = [
  { convolutions: 2, width: 1 },
  { convolutions: 2, width: 2 },
  { convolutions: 3, width: 4 },
  { convolutions: 3, width: 8 },
  { convolutions: 3, width: 8 },
] as const;

/**
 * VGG16 without its dense layers, with Keras' layers under Keras' names: 14,714,688 parameters.
 *
 * Taps are the blocks' ends before the pooling, `block1_conv2` … `block5_conv3` (strides 1 … 16); the
 * bottleneck is `block5_pool` (stride 32). With normalisation there are `block1_bn1`, `block1_relu1`, …
 *
 * Source: Simonyan and Zisserman 2015 (arXiv 1409.1556), column D; keras/src/applications/vgg16.py.
 */
export function vgg16(options: Vgg16Options): Encoder {
  const { baseFilters = 64, batchNorm = false } = options;
  const fileName = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5";
  const folder = "https://storage.googleapis.com/tensorflow/keras-applications/vgg16";
  const isPublished = baseFilters === 64 && !batchNorm;
  return {
    name: `vgg16${batchNorm ? "-bn" : ""}${baseFilters === 64 ? "" : `-${baseFilters}`}`,
    preprocessing: { meansOfBgr: [103.939, 116.779, 123.68] },
    weights: isPublished
      ? { url: `${folder}/${fileName}`, fileName, md5: "6d6bbae143d832006294945121d1f1fc" }
      : null,
    stride: 32,
    decoderFilters: [256, 128, 64, 32, 16],
    build: (input) => buildVgg16(input, { ...options, baseFilters }),
  };
}

function buildVgg16(
  input: tf.SymbolicTensor,
  options: Vgg16Options & { baseFilters: number },
) {
  const taps: Tap[] = [];
  const poolings: Pooling[] = [];
  let features = input;
  for (const [block, { convolutions, width }] of blocks.entries()) {
    const prefix = `block${block + 1}`;
    const filters = options.baseFilters * width;
    for (let index = 1; index <= convolutions; index++) {
      const { batchNormMomentum: momentum = momentumFromScratch } = options;
      features = refine(features, { ...options, prefix, index, filters, momentum });
    }
    const pooled = tf.layers.maxPooling2d({ name: `${prefix}_pool`, poolSize: 2, strides: 2 })
      .apply(features) as tf.SymbolicTensor;
    const after = tapOf(pooled, 2 ** (block + 1));
    taps.push(tapOf(features, 2 ** block));
    poolings.push({ before: features, after, convolutions });
    features = pooled;
  }
  return { taps, poolings, bottleneck: tapOf(features, 32) };
}
