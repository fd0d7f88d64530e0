import * as tf from "@tensorflow/tfjs";
import { PapilioError } from "papilio/core/errors.ts";
import { channelsOf, project } from "papilio/model/_blocks.ts";
import type { Decoder, DecoderSettings } from "papilio/model/decoder.ts";
import type { Encoded } from "papilio/model/encoder.ts";
import { heNormal } from "papilio/model/initializers.ts";
import { triangle } from "papilio/model/resizing.ts";

/**
 * FCN-8s' decoder: scores at strides 32, 16 and 8, added up on the way to the image's size.
 *
 * The coarsest features pass a 7×7 and a 1×1 convolution with ReLU (VGG16's dense layers; 4096 filters
 * each if not given). Scores are doubled, doubled and made eight times as large by transposed
 * convolutions that start as bilinear interpolation and learn. With VGG16 the scores at strides 16 and 8
 * are those of its fourth and third pooling, elsewhere of the taps.
 *
 * Source: Long et al. 2015 (arXiv 1411.4038), section 4.2; wkentaro/pytorch-fcn. "same" padding stands
 * in place of their 100 pixels around the image, and there is no dropout.
 */
export function fcn8sDecoder(
  { filters = [4096, 4096], classes = 1, seed }: DecoderSettings,
): Decoder {
  const title = "an FCN-8s";
  return {
    name: "fcn-8s",
    title,
    build(encoded) {
      const [first, second] = checkFilters(filters, title);
      const [atStride16, atStride8] = [16, 8].map((stride) =>
        featuresAt(encoded, stride, title)
      ) as [
        tf.SymbolicTensor,
        tf.SymbolicTensor,
      ];
      const wide = convolve(encoded.bottleneck.tensor, "dec1_fc6", {
        filters: first,
        side: 7,
        seed,
      });
      const deep = convolve(wide, "dec1_fc7", { filters: second, side: 1, seed });
      const coarse = project(deep, "dec1_score", { filters: classes, seed });
      const middle = addScores(coarse, atStride16, { prefix: "dec2", seed });
      const fine = addScores(middle, atStride8, { prefix: "dec3", seed });
      return enlarge(fine, "mask", 8);
    },
  };
}

/** The scores at twice the side, plus those of features of that side. */
function addScores(
  scores: tf.SymbolicTensor,
  features: tf.SymbolicTensor,
  { prefix, seed }: { prefix: string; seed: number },
): tf.SymbolicTensor {
  const score = project(features, `${prefix}_score`, { filters: channelsOf(scores), seed });
  return tf.layers.add({ name: `${prefix}_add` })
    .apply([enlarge(scores, `${prefix}_up`, 2), score]) as tf.SymbolicTensor;
}

/** A transposed convolution that starts as bilinear interpolation, each class on its own. */
function enlarge(input: tf.SymbolicTensor, name: string, factor: 2 | 8): tf.SymbolicTensor {
  const classes = channelsOf(input);
  const layer = tf.layers.conv2dTranspose({
    ...{ name, filters: classes, kernelSize: 2 * factor, strides: factor },
    ...{ padding: "same", useBias: false },
  });
  const output = layer.apply(input) as tf.SymbolicTensor;
  tf.tidy(() => layer.setWeights([tf.mul(triangle(factor), tf.eye(classes))]));
  return output;
}

function convolve(
  input: tf.SymbolicTensor,
  name: string,
  { filters, side, seed }: { filters: number; side: number; seed: number },
): tf.SymbolicTensor {
  const kernelInitializer = heNormal(seed, name);
  const window = { kernelSize: side, padding: "same" } as const;
  return tf.layers.conv2d({ name, filters, ...window, activation: "relu", kernelInitializer })
    .apply(input) as tf.SymbolicTensor;
}

function featuresAt(
  { taps, poolings = [], bottleneck }: Encoded,
  stride: number,
  title: string,
): tf.SymbolicTensor {
  const candidates = [...poolings.map(({ after }) => after), ...taps];
  const found = candidates.find((tap) => tap.stride === stride);
  if (found && bottleneck.stride === 32) return found.tensor;
  throw new PapilioError({
    cannot: `build ${title}`,
    expected: "an encoder with features at strides 8, 16 and 32, the last of them the coarsest",
    got: `strides ${[...new Set([...candidates, bottleneck].map((tap) => tap.stride))].join(", ")}`,
    remedy: "Take the encoder vgg16, resnet34 or mobilenet-v2, or six levels of double-conv.",
  });
}

function checkFilters(filters: readonly number[], title: string): [number, number] {
  const [first, second] = filters;
  if (first !== undefined && second !== undefined && filters.length === 2) return [first, second];
  throw new PapilioError({
    cannot: `build ${title}`,
    expected: "2 numbers of decoder filters: of the 7×7 and of the 1×1 convolution",
    got: `${filters.length} (${filters.join(", ")})`,
    remedy: 'Give 2 numbers with --decoder-filters, or "" for the 4096 and 4096 of the paper.',
  });
}
