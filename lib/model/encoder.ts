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
  /** In hexadecimal, if it is published. */
  md5?: string;
}

/**
 * What is done to pixels 0…255 before the encoder.
 *
 * Either `pixel · scale + offset`, or of RGB the channels in the order blue, green, red, each less its
 * mean. Where means or statistics differ between the channels, a grey image goes in as three equal ones:
 * no weights of one channel could give the same at the zeros around it.
 */
export type Preprocessing =
  | { scale: number; offset: number; greyAsRgb?: boolean }
  | { meansOfBgr: readonly [blue: number, green: number, red: number] };

/** A 2×2 max-pooling with stride 2, which a decoder can undo. */
export interface Pooling {
  /** What is pooled. */
  before: tf.SymbolicTensor;
  /** What comes out. */
  after: Tap;
  /** Convolutions of its stage, in front of it. */
  convolutions: number;
}

/** What an encoder gives to a decoder. */
export interface Encoded {
  /** For skip connections, from fine to coarse. */
  taps: readonly Tap[];
  /** The coarsest features. */
  bottleneck: Tap;
  /** From fine to coarse; only where every halving is such a pooling. */
  poolings?: readonly Pooling[];
}

/**
 * The downward half of a network: all that a decoder has to know of it.
 *
 * A decoder is derived from what `build` returns, never from an encoder's constants.
 */
export interface Encoder {
  /** For file names and messages: `"mobilenet-v2-1.0"`. */
  name: string;
  /** What its weights were made for. */
  preprocessing: Preprocessing;
  /** ImageNet weights in Keras' `.h5` format; null if there are none for such an encoder. */
  weights: WeightsSource | null;
  /** Of the bottleneck: the sides of what it is given are multiples of it. */
  stride: number;
  /** Filters of a U-Net's decoder that go with it, from coarse to fine. */
  decoderFilters: readonly number[];
  /** Adds the encoder's layers to `input`, which is preprocessed. */
  build(input: tf.SymbolicTensor): Encoded;
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
