import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { type Encoder, type Tap, tapOf } from "papilio/model/encoder.ts";
import { glorotUniform } from "papilio/model/initializers.ts";
import { FrozenAwareBatchNormalization, ReLU6 } from "papilio/model/layers.ts";

/** The widths that Keras publishes weights for. */
export const mobileNetV2Alphas = [0.35, 0.5, 0.75, 1, 1.3, 1.4] as const;

export type MobileNetV2Alpha = (typeof mobileNetV2Alphas)[number];

/** What the layers start with and keep. */
interface LayerSettings {
  /** Of the weights that the encoder starts with. */
  seed: number;
  /**
   * Share of its moving statistics that a normalisation keeps in each step; Keras' 0.999 if not given.
   *
   * Statistics that come with pretrained weights may move that slowly. From scratch they start at 0
   * and 1 and would need thousands of steps to arrive.
   */
  batchNormMomentum?: number;
}

export interface MobileNetV2Options extends LayerSettings {
  /** Width multiplier. */
  alpha: MobileNetV2Alpha;
}

/** Filters (at alpha = 1), stride of the depthwise convolution, and expansion of each block. */
const blocks: readonly { filters: number; stride: 1 | 2; expansion: number }[] = [
  { filters: 16, stride: 1, expansion: 1 },
  ...stage(24, 2, 2),
  ...stage(32, 2, 3),
  ...stage(64, 2, 4),
  ...stage(96, 1, 3),
  ...stage(160, 2, 3),
  ...stage(320, 1, 1),
];

/** Blocks of which only the first has the stride. */
function stage(filters: number, stride: 1 | 2, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    filters,
    stride: index === 0 ? stride : 1 as const,
    expansion: 6,
  }));
}

/**
 * MobileNetV2 up to `block_16_project`, with Keras' layers under Keras' names.
 *
 * The taps are the expansions before each halving (strides 2, 4, 8, 16); the bottleneck is the output
 * of the convolution `block_16_project` (stride 32), before its normalisation, so that
 * `block_16_project_BN` is no part of it.
 *
 * Source: Sandler et al. 2018 (arXiv 1801.04381); keras/src/applications/mobilenet_v2.py.
 */
export function mobileNetV2({ alpha, ...settings }: MobileNetV2Options): Encoder {
  const width = alphaText(alpha);
  const fileName = `mobilenet_v2_weights_tf_dim_ordering_tf_kernels_${width}_224_no_top.h5`;
  return {
    name: `mobilenet-v2-${width}`,
    preprocessing: { scale: 1 / 127.5, offset: -1 },
    weights: {
      url: `https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/${fileName}`,
      fileName,
    },
    stride: 32,
    decoderFilters: [256, 128, 64, 32, 16],
    build: (input) => buildMobileNetV2(input, alpha, settings),
  };
}

function buildMobileNetV2(input: tf.SymbolicTensor, alpha: number, settings: LayerSettings) {
  const stem = convolve(input, "Conv1", {
    filters: divisible(32 * alpha),
    side: 3,
    stride: 2,
    settings,
  });
  let features = activate(normalize(stem, "bn_Conv1", settings), "Conv1_relu");
  let stride = 2;
  const taps: Tap[] = [];
  for (const [index, block] of blocks.entries()) {
    const built = buildBlock(features, {
      prefix: index === 0 ? "expanded_conv" : `block_${index}`,
      filters: divisible(Math.trunc(block.filters * alpha)),
      stride: block.stride,
      expansion: block.expansion,
      settings,
    });
    if (block.stride === 2) {
      taps.push(tapOf(built.expanded, stride));
      stride *= 2;
    }
    if (index === blocks.length - 1) return { taps, bottleneck: tapOf(built.projected, stride) };
    features = built.output();
  }
  throw new Error("Internal mistake: MobileNetV2 has no blocks");
}

interface BlockOptions {
  prefix: string;
  filters: number;
  stride: 1 | 2;
  expansion: number;
  settings: LayerSettings;
}

/** An inverted residual: widen by 1×1, filter each channel by 3×3, narrow by 1×1 without activation. */
function buildBlock(input: tf.SymbolicTensor, options: BlockOptions) {
  const { prefix, filters, stride, expansion, settings } = options;
  const expanded = expansion === 1 ? input : expand(input, prefix, expansion, settings);
  const filtered = activate(
    normalize(
      filterDepthwise(expanded, prefix, stride, settings),
      `${prefix}_depthwise_BN`,
      settings,
    ),
    `${prefix}_depthwise_relu`,
  );
  const projected = convolve(filtered, `${prefix}_project`, {
    filters,
    side: 1,
    stride: 1,
    settings,
  });
  const output = () => {
    const normalized = normalize(projected, `${prefix}_project_BN`, settings);
    if (stride === 2 || channelsOf(input) !== filters) return normalized;
    return tf.layers.add({ name: `${prefix}_add` }).apply([input, normalized]) as tf.SymbolicTensor;
  };
  return { expanded, projected, output };
}

function expand(
  input: tf.SymbolicTensor,
  prefix: string,
  expansion: number,
  settings: LayerSettings,
) {
  const filters = expansion * channelsOf(input);
  const wide = convolve(input, `${prefix}_expand`, { filters, side: 1, stride: 1, settings });
  return activate(normalize(wide, `${prefix}_expand_BN`, settings), `${prefix}_expand_relu`);
}

/** Keras pads by a layer of its own before a stride of 2, by `correct_pad`. */
function filterDepthwise(
  input: tf.SymbolicTensor,
  prefix: string,
  stride: 1 | 2,
  settings: LayerSettings,
): tf.SymbolicTensor {
  const name = `${prefix}_depthwise`;
  const layer = tf.layers.depthwiseConv2d({
    name,
    kernelSize: 3,
    strides: stride,
    padding: stride === 1 ? "same" : "valid",
    useBias: false,
    depthwiseInitializer: glorotUniform(settings.seed, name),
  });
  return layer.apply(stride === 1 ? input : pad(input, `${prefix}_pad`)) as tf.SymbolicTensor;
}

/** Zeros around for a 3×3 convolution with stride 2: (0, 1) along an even side, (1, 1) along an odd. */
function pad(input: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  const [, heightPx, widthPx] = input.shape;
  const along = (sidePx: number | null | undefined): [number, number] => [(sidePx ?? 0) % 2, 1];
  return tf.layers.zeroPadding2d({ name, padding: [along(heightPx), along(widthPx)] })
    .apply(input) as tf.SymbolicTensor;
}

interface ConvolutionOptions {
  filters: number;
  side: number;
  stride: number;
  settings: LayerSettings;
}

function convolve(input: tf.SymbolicTensor, name: string, options: ConvolutionOptions) {
  return tf.layers.conv2d({
    name,
    filters: options.filters,
    kernelSize: options.side,
    strides: options.stride,
    padding: "same",
    useBias: false,
    kernelInitializer: glorotUniform(options.settings.seed, name),
  }).apply(input) as tf.SymbolicTensor;
}

function normalize(
  input: tf.SymbolicTensor,
  name: string,
  { batchNormMomentum: momentum = 0.999 }: LayerSettings,
): tf.SymbolicTensor {
  return new FrozenAwareBatchNormalization({ name, epsilon: 1e-3, momentum })
    .apply(input) as tf.SymbolicTensor;
}

function activate(input: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return new ReLU6({ name }).apply(input) as tf.SymbolicTensor;
}

const channelsOf = (tensor: tf.SymbolicTensor) => tensor.shape.at(-1) as number;

/** The nearest multiple of 8, one step up where that would lose more than a tenth. */
function divisible(filters: number): number {
  const nearest = Math.max(8, Math.floor((filters + 4) / 8) * 8);
  return nearest < 0.9 * filters ? nearest + 8 : nearest;
}

/** As in the names of files: `"1.0"`, `"0.35"`. */
function alphaText(alpha: MobileNetV2Alpha): string {
  return Number.isInteger(alpha) ? alpha.toFixed(1) : String(alpha);
}

/**
 * The alpha of a network whose last block has so many filters, as text; nothing if there is none.
 *
 * @example
 * ```ts
 * import { alphaOfFilters } from "papilio/model/mobilenet_v2.ts";
 * console.assert(alphaOfFilters(320) === "1.0" && alphaOfFilters(321) === undefined);
 * ```
 */
export function alphaOfFilters(filters: number): string | undefined {
  const last = present(blocks.at(-1)).filters;
  const alpha = mobileNetV2Alphas.find((one) => divisible(Math.trunc(last * one)) === filters);
  return alpha === undefined ? undefined : alphaText(alpha);
}
