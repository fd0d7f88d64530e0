import type * as tf from "@tensorflow/tfjs";
import type { Encoded, Encoder } from "papilio/model/encoder.ts";

/**
 * The upward half of a network: from an encoder's features to logits at the image's size.
 *
 * Its stages' layers are named `dec1_…`, `dec2_…`, from coarse to fine; the last layer is `mask`.
 */
export interface Decoder {
  /** Of the network that it makes, for files and summaries: `"unet"`. */
  name: string;
  /** The same in prose, with its article: `"a U-Net"`. */
  title: string;
  /**
   * Adds the decoder's layers to what the encoder gave; returns the logits `[N, S, S, C]`.
   *
   * @throws {PapilioError} if the encoder does not give what the decoder needs.
   */
  build(encoded: Encoded, encoder: Encoder): tf.SymbolicTensor;
}

/** What decoders are made with. */
export interface DecoderSettings {
  /** Of the weights that the decoder starts with. */
  seed: number;
  /** Logits of a pixel: one for each class; 1, that of foreground, if not given. */
  classes?: number;
  /** Filters of its stages, from coarse to fine; its own if there are none. */
  filters?: readonly number[];
}
