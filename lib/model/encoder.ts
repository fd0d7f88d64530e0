import type * as tf from "@tensorflow/tfjs";

/** A feature map that the decoder takes up. */
export interface Tap {
  /** The layer that it comes out of. */
  name: string;
  /** `[null, side / stride, side / stride, channels]` */
  tensor: tf.SymbolicTensor;
  /** How many pixels of the image stand behind a step of one. */
  stride: number;
  channels: number;
}

/** Where published weights of an encoder are. */
export interface WeightsSource {
  url: string;
  fileName: string;
}

/**
 * The downward half of a network: all that a decoder has to know of it.
 *
 * A decoder is derived from what `build` returns, never from an encoder's constants.
 */
export interface Encoder {
  /** For file names and messages: `"mobilenet-v2-1.0"`. */
  name: string;
  /** The weights were made for `pixel · scale + offset`, with pixels 0…255. */
  preprocessing: { scale: number; offset: number };
  /** ImageNet weights in Keras' `.h5` format. */
  weights: WeightsSource;
  /** Of the bottleneck: sides of images are multiples of it. */
  stride: number;
  /** Adds the encoder's layers to `input`, which is preprocessed. */
  build(input: tf.SymbolicTensor): {
    /** For skip connections, from fine to coarse. */
    taps: readonly Tap[];
    /** The coarsest features. */
    bottleneck: Tap;
  };
}

/** A tap on a layer's output. */
export function tapOf(tensor: tf.SymbolicTensor, stride: number): Tap {
  return {
    name: tensor.sourceLayer.name,
    tensor,
    stride,
    channels: tensor.shape.at(-1) as number,
  };
}
