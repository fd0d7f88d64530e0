import * as tf from "@tensorflow/tfjs";
import { channelsOf } from "papilio/model/_blocks.ts";
import type { Preprocessing } from "papilio/model/encoder.ts";

/** The layer `rescaling`: what an encoder's weights want to see, from pixels 0…255. */
export function preprocess(
  image: tf.SymbolicTensor,
  preprocessing: Preprocessing,
): tf.SymbolicTensor {
  const name = "rescaling";
  const channels = channelsOf(image);
  if ("meansOfBgr" in preprocessing) {
    return mixChannels(image, name, lessMeans(channels, preprocessing.meansOfBgr));
  }
  const { scale, offset, greyAsRgb = false } = preprocessing;
  if (channels === 1 && greyAsRgb) {
    return mixChannels(image, name, {
      weights: [[scale, scale, scale]],
      offsets: [offset, offset, offset],
    });
  }
  return tf.layers.rescaling({ name, scale, offset }).apply(image) as tf.SymbolicTensor;
}

interface Mixing {
  /** Of each input channel in each output channel. */
  weights: number[][];
  offsets: number[];
}

/** RGB becomes BGR and grey three channels; more channels take the means of RGB by turns. */
function lessMeans(channels: number, meansOfBgr: readonly [number, number, number]): Mixing {
  const meansOfRgb = meansOfBgr.toReversed();
  switch (channels) {
    case 1:
      return { weights: [[1, 1, 1]], offsets: meansOfBgr.map((mean) => -mean) };
    case 3:
      return {
        weights: [[0, 0, 1], [0, 1, 0], [1, 0, 0]],
        offsets: meansOfBgr.map((mean) => -mean),
      };
    default: {
      const numbers = Array.from({ length: channels }, (_, i) => i);
      return {
        weights: numbers.map((i) => numbers.map((j) => Number(i === j))),
        offsets: numbers.map((i) => -(meansOfRgb[i % 3] as number)),
      };
    }
  }
}

/** A frozen 1×1 convolution, since plain tfjs and Keras can load it. */
function mixChannels(image: tf.SymbolicTensor, name: string, { weights, offsets }: Mixing) {
  const filters = offsets.length;
  const layer = tf.layers.conv2d({ name, filters, kernelSize: 1, trainable: false });
  const output = layer.apply(image) as tf.SymbolicTensor;
  tf.tidy(() => layer.setWeights([tf.tensor4d([[weights]]), tf.tensor1d(offsets)]));
  return output;
}
