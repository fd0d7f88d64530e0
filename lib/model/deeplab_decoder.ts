import * as tf from "@tensorflow/tfjs";
import { PapilioError } from "papilio/core/errors.ts";
import { channelsOf, concatenate, normalize, project, relu } from "papilio/model/_blocks.ts";
import type { Decoder, DecoderSettings } from "papilio/model/decoder.ts";
import { DilatedConv2D } from "papilio/model/dilated_convolution.ts";
import type { Encoded } from "papilio/model/encoder.ts";
import { heNormal } from "papilio/model/initializers.ts";
import { BilinearUpSampling2D, NearestUpSampling2D } from "papilio/model/upsampling_layers.ts";

/** Rates of the dilated convolutions at output stride 16. */
const rates = [6, 12, 18] as const;

/**
 * DeepLabV3+'s decoder, at output stride 16.
 *
 * Atrous spatial pyramid pooling (a 1×1 convolution, three dilated 3×3 ones, and the image's mean, side
 * by side, then a 1×1), four times as large beside a few channels of the tap at stride 4, a separable
 * 3×3 convolution, the logits, and these four times as large; both enlargements are bilinear. Filters
 * are 256 (pyramid), 48 (of the tap) and 256 (after both) if not given. The encoder ends with its tap at
 * stride 16, and what lies beyond is left out, as in Keras' example. The paper keeps the last stage, dilated;
 * on a few hundred photos, with MobileNetV2, that learnt more slowly and ended lower.
 *
 * Source: Chen et al. 2018 (arXiv 1802.02611), section 3; keras-io, examples/vision/deeplabv3_plus.py. There is no dropout, and the branch of the
 * mean has a bias in place of a normalisation, which would see one value for each image.
 */
export function deeplabDecoder(
  { filters = [256, 48, 256], classes = 1, seed }: DecoderSettings,
): Decoder {
  const title = "a DeepLabV3+";
  return {
    name: "deeplab-v3-plus",
    title,
    build(encoded) {
      const [pyramidFilters, lowFilters, headFilters] = checkFilters(filters, title);
      const [high, low] = [16, 4].map((stride) => featuresAt(encoded, stride, title)) as [
        tf.SymbolicTensor,
        tf.SymbolicTensor,
      ];
      const pyramid = pool(high, pyramidFilters, seed);
      const details = convolve(low, "dec2_low", { filters: lowFilters, seed });
      const merged = concatenate([enlarge(pyramid, "dec2_up"), details], "dec2_concat");
      const refined = separable(merged, "dec2_conv", { filters: headFilters, seed });
      return enlarge(project(refined, "logits", { filters: classes, seed }), "mask");
    },
  };
}

/** Atrous spatial pyramid pooling. */
function pool(input: tf.SymbolicTensor, filters: number, seed: number): tf.SymbolicTensor {
  const dilated = rates.map((rate) => {
    const name = `dec1_rate${rate}`;
    const kernelInitializer = heNormal(seed, name);
    const layer = new DilatedConv2D({ name, filters, kernelSize: 3, rate, kernelInitializer });
    return activate(layer.apply(input) as tf.SymbolicTensor, name);
  });
  const branches = [
    convolve(input, "dec1_rate1", { filters, seed }),
    ...dilated,
    meanBranch(input, { filters, seed }),
  ];
  return convolve(concatenate(branches, "dec1_concat"), "dec1_project", { filters, seed });
}

interface ConvolutionOptions {
  filters: number;
  seed: number;
}

/** The mean of each channel over the image, convolved, at every pixel. */
function meanBranch(input: tf.SymbolicTensor, options: ConvolutionOptions): tf.SymbolicTensor {
  const mean = tf.layers.globalAveragePooling2d({ name: "dec1_mean" })
    .apply(input) as tf.SymbolicTensor;
  const pixel = tf.layers
    .reshape({ name: "dec1_mean_pixel", targetShape: [1, 1, channelsOf(input)] })
    .apply(mean) as tf.SymbolicTensor;
  const convolved = relu(project(pixel, "dec1_mean_conv", options), "dec1_mean_relu");
  const factor = input.shape[1] as number;
  return new NearestUpSampling2D({ name: "dec1_mean_up", factor })
    .apply(convolved) as tf.SymbolicTensor;
}

/** A 1×1 convolution with normalisation and ReLU. */
function convolve(input: tf.SymbolicTensor, name: string, options: ConvolutionOptions) {
  return activate(project(input, name, { ...options, useBias: false }), name);
}

/** A depthwise 3×3 and a 1×1 convolution, with normalisation and ReLU. */
function separable(input: tf.SymbolicTensor, name: string, options: ConvolutionOptions) {
  const depthwiseName = `${name}_depthwise`;
  const depthwise = tf.layers.depthwiseConv2d({
    ...{ name: depthwiseName, kernelSize: 3, padding: "same", useBias: false },
    depthwiseInitializer: heNormal(options.seed, depthwiseName),
  }).apply(input) as tf.SymbolicTensor;
  return convolve(depthwise, name, options);
}

function activate(input: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return relu(normalize(input, `${name}_bn`), `${name}_relu`);
}

function enlarge(input: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return new BilinearUpSampling2D({ name, factor: 4 }).apply(input) as tf.SymbolicTensor;
}

function featuresAt({ taps, bottleneck }: Encoded, stride: number, title: string) {
  const found = [...taps, bottleneck].find((tap) => tap.stride === stride);
  if (found) return found.tensor;
  throw new PapilioError({
    cannot: `build ${title}`,
    expected: "an encoder with features at strides 4 and 16",
    got: `strides ${[...taps, bottleneck].map((tap) => tap.stride).join(", ")}`,
    remedy: "Take the encoder mobilenet-v2, resnet34 or vgg16, or five levels of double-conv.",
  });
}

function checkFilters(filters: readonly number[], title: string): [number, number, number] {
  if (filters.length === 3) return filters as readonly number[] as [number, number, number];
  throw new PapilioError({
    cannot: `build ${title}`,
    expected: "3 numbers of decoder filters: of the pyramid, of the tap, and after both",
    got: `${filters.length} (${filters.join(", ")})`,
    remedy: 'Give 3 numbers with --decoder-filters, or "" for the 256, 48 and 256 of the paper.',
  });
}
