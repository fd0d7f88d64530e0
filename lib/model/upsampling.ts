import * as tf from "@tensorflow/tfjs";
import { glorotUniform } from "papilio/model/initializers.ts";

/** The ways in which a decoder can double the side. */
export const upsamplings = ["transpose"] as const;

export type Upsampling = (typeof upsamplings)[number];

export interface UpsampleOptions {
  /** Of the layers' names; the last of them is `<prefix>_up`. */
  prefix: string;
  /** Of the learnt ways; the others keep the channels. */
  filters: number;
  seed: number;
  upsampling: Upsampling;
}

/** Doubles the side of a feature map. */
export function upsample(input: tf.SymbolicTensor, options: UpsampleOptions): tf.SymbolicTensor {
  const { prefix, filters, seed } = options;
  const name = `${prefix}_up`;
  return tf.layers.conv2dTranspose({
    name,
    filters,
    kernelSize: 2,
    strides: 2,
    padding: "same",
    kernelInitializer: glorotUniform(seed, name),
  }).apply(input) as tf.SymbolicTensor;
}
