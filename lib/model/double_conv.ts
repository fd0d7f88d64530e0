import * as tf from "@tensorflow/tfjs";
import { momentumFromScratch, refine } from "papilio/model/_blocks.ts";
import { type Encoder, type Pooling, type Tap, tapOf } from "papilio/model/encoder.ts";

export interface DoubleConvOptions {
  /** Of the weights that the encoder starts with. */
  seed: number;
  /** Levels, the bottleneck among them: each but the last is halved; 5 if not given. */
  depth?: number;
  /** Filters of the first level, doubled at each further one; 64 if not given. */
  baseFilters?: number;
  /** Normalises after each convolution; not if not given. */
  batchNorm?: boolean;
  /** Share of its moving statistics that a normalisation keeps in each step; 0.9 if not given. */
  batchNormMomentum?: number;
}

/**
 * U-Net's own encoder: two 3×3 convolutions with ReLU on each level, and a 2×2 max-pooling between them.
 *
 * Layers are `encN_conv1`, `encN_conv2`, with `encN_bn1`, `encN_relu1`, … where it normalises, and
 * `encN_pool`. Taps are the levels' ends, before the pooling: strides 1, 2, 4, …
 *
 * Source: Ronneberger et al. 2015 (arXiv 1505.04597), figure 1, with padded convolutions.
 */
export function doubleConv(options: DoubleConvOptions): Encoder {
  const { depth = 5, baseFilters = 64 } = options;
  const filters = Array.from({ length: depth }, (_, level) => baseFilters * 2 ** level);
  return {
    name: `double-conv-${filters.join("-")}`,
    preprocessing: { scale: 1 / 127.5, offset: -1 },
    weights: null,
    stride: 2 ** (depth - 1),
    decoderFilters: filters.slice(0, -1).reverse(),
    build: (input) => buildLevels(input, filters, options),
  };
}

function buildLevels(
  input: tf.SymbolicTensor,
  filtersOfLevels: readonly number[],
  options: DoubleConvOptions,
) {
  const taps: Tap[] = [];
  const poolings: Pooling[] = [];
  let features = input;
  for (const [level, filters] of filtersOfLevels.entries()) {
    const stride = 2 ** level;
    const prefix = `enc${level + 1}`;
    features = convolveTwice(features, { ...options, prefix, filters });
    if (level === filtersOfLevels.length - 1) break;
    const pooled = tf.layers.maxPooling2d({ name: `${prefix}_pool`, poolSize: 2, strides: 2 })
      .apply(features) as tf.SymbolicTensor;
    taps.push(tapOf(features, stride));
    poolings.push({ before: features, after: tapOf(pooled, 2 * stride), convolutions: 2 });
    features = pooled;
  }
  return { taps, poolings, bottleneck: tapOf(features, 2 ** taps.length) };
}

interface LevelOptions extends DoubleConvOptions {
  prefix: string;
  filters: number;
}

function convolveTwice(input: tf.SymbolicTensor, options: LevelOptions): tf.SymbolicTensor {
  const { batchNormMomentum: momentum = momentumFromScratch } = options;
  const first = refine(input, { ...options, momentum, index: 1 });
  return refine(first, { ...options, momentum, index: 2 });
}
