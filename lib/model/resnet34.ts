import * as tf from "@tensorflow/tfjs";
import { channelsOf, relu } from "papilio/model/_blocks.ts";
import { type Encoder, type Tap, tapOf } from "papilio/model/encoder.ts";
import { heNormal } from "papilio/model/initializers.ts";
import { FrozenAwareBatchNormalization } from "papilio/model/layers.ts";

export interface ResNet34Options {
  /** Of the weights that the encoder starts with. */
  seed: number;
  /** Filters of the first stage; of the width of the published weights, 64, if not given. */
  baseFilters?: number;
  /** Share of its moving statistics that a normalisation keeps in each step; 0.99 if not given. */
  batchNormMomentum?: number;
}

/** Residual units of each stage. */
const unitsOfStages = [3, 4, 6, 3] as const;

/**
 * ResNet34 with pre-activation units, with the layers and names of `classification_models`.
 *
 * It has 21,302,473 parameters, 17,025 of them moving statistics (`bn_data` has no scale). Taps are
 * `relu0`, and the first activations of stages 2, 3 and 4 (strides 2, 4, 8, 16); the bottleneck is
 * `relu1` (stride 32). Pixels go in as they are: `bn_data` normalises them.
 *
 * Source: He et al. 2016 (arXiv 1603.05027); github.com/qubvel/classification_models,
 * classification_models/models/resnet.py. Weights are drawn by he_normal in place of he_uniform.
 */
export function resNet34(options: ResNet34Options): Encoder {
  const { baseFilters = 64 } = options;
  const fileName = "resnet34_imagenet_1000_no_top.h5";
  const releases = "https://github.com/qubvel/classification_models/releases/download";
  return {
    name: baseFilters === 64 ? "resnet34" : `resnet34-${baseFilters}`,
    preprocessing: { scale: 1, offset: 0, greyAsRgb: true },
    weights: baseFilters === 64
      ? {
        url: `${releases}/0.0.1/${fileName}`,
        fileName,
        md5: "8caaa0ad39d927cb8ba5385bf945d582",
      }
      : null,
    stride: 32,
    decoderFilters: [256, 128, 64, 32, 16],
    build: (input) => buildResNet34(input, { ...options, baseFilters }),
  };
}

type Settings = ResNet34Options & { baseFilters: number };

function buildResNet34(input: tf.SymbolicTensor, settings: Settings) {
  const data = normalize(input, "bn_data", settings, false);
  const stem = convolve(pad(data, 3, "conv0_pad"), "conv0", {
    ...settings,
    filters: settings.baseFilters,
    kernelSize: 7,
    stride: 2,
  });
  const first = relu(normalize(stem, "bn0", settings), "relu0");
  let features = tf.layers.maxPooling2d({ name: "pooling0", poolSize: 3, strides: 2 })
    .apply(pad(first, 1, "pooling0_pad")) as tf.SymbolicTensor;
  const taps: Tap[] = [tapOf(first, 2)];
  for (const [stage, units] of unitsOfStages.entries()) {
    for (let unit = 0; unit < units; unit++) {
      const built = buildUnit(features, { ...settings, stage, unit });
      if (unit === 0 && stage > 0) taps.push(tapOf(built.activated, 2 ** (stage + 1)));
      features = built.output;
    }
  }
  return { taps, bottleneck: tapOf(relu(normalize(features, "bn1", settings), "relu1"), 32) };
}

/** Normalisation, ReLU and 3×3 convolution, twice; the sum with the input, or its 1×1 convolution. */
function buildUnit(
  input: tf.SymbolicTensor,
  settings: Settings & { stage: number; unit: number },
) {
  const { stage, unit } = settings;
  const prefix = `stage${stage + 1}_unit${unit + 1}`;
  const stride = unit === 0 && stage > 0 ? 2 : 1;
  const filters = settings.baseFilters * 2 ** stage;
  const activated = relu(normalize(input, `${prefix}_bn1`, settings), `${prefix}_relu1`);
  const shortcut = unit > 0
    ? input
    : convolve(activated, `${prefix}_sc`, { ...settings, filters, kernelSize: 1, stride });
  const first = convolve(pad(activated, 1, `${prefix}_conv1_pad`), `${prefix}_conv1`, {
    ...settings,
    filters,
    stride,
  });
  const middle = relu(normalize(first, `${prefix}_bn2`, settings), `${prefix}_relu2`);
  const second = convolve(pad(middle, 1, `${prefix}_conv2_pad`), `${prefix}_conv2`, {
    ...settings,
    filters: channelsOf(first),
  });
  const output = tf.layers.add({ name: `${prefix}_add` })
    .apply([second, shortcut]) as tf.SymbolicTensor;
  return { activated, output };
}

interface ConvolutionOptions {
  filters: number;
  seed: number;
  kernelSize?: number;
  stride?: number;
}

function convolve(
  input: tf.SymbolicTensor,
  name: string,
  { filters, seed, kernelSize = 3, stride = 1 }: ConvolutionOptions,
): tf.SymbolicTensor {
  const kernelInitializer = heNormal(seed, name);
  return tf.layers.conv2d({
    ...{ name, filters, kernelSize, strides: stride, useBias: false, kernelInitializer },
  }).apply(input) as tf.SymbolicTensor;
}

function pad(input: tf.SymbolicTensor, paddingPx: number, name: string): tf.SymbolicTensor {
  return tf.layers.zeroPadding2d({ name, padding: paddingPx }).apply(input) as tf.SymbolicTensor;
}

function normalize(
  input: tf.SymbolicTensor,
  name: string,
  { batchNormMomentum: momentum = 0.99 }: Settings,
  scale = true,
): tf.SymbolicTensor {
  return new FrozenAwareBatchNormalization({ name, epsilon: 2e-5, momentum, scale })
    .apply(input) as tf.SymbolicTensor;
}
