import * as tf from "@tensorflow/tfjs";
import { glorotUniform, heNormal } from "papilio/model/initializers.ts";
import { FrozenAwareBatchNormalization } from "papilio/model/layers.ts";

// Layers that several architectures are made of, each with a seeded start.

/**
 * Share of its moving statistics that a normalisation keeps in each step, where no published weights
 * come with it: they start at 0 and 1, and at Keras' 0.99 would need hundreds of steps to arrive.
 */
export const momentumFromScratch = 0.9;

export interface RefineOptions {
  /** Of the layers' names: `"dec1"`. */
  prefix: string;
  /** The how manieth convolution of its stage, from 1. */
  index: number;
  filters: number;
  seed: number;
  /** Puts a normalisation between convolution and ReLU, in place of the bias. */
  batchNorm?: boolean;
  momentum?: number;
}

/** A 3×3 convolution with ReLU, `dec1_conv1`; with `dec1_bn1` and `dec1_relu1` as layers if normalised. */
export function refine(input: tf.SymbolicTensor, options: RefineOptions): tf.SymbolicTensor {
  const { prefix, index, filters, seed, batchNorm = false, momentum } = options;
  const name = `${prefix}_conv${index}`;
  const convolved = tf.layers.conv2d({
    name,
    filters,
    kernelSize: 3,
    padding: "same",
    kernelInitializer: heNormal(seed, name),
    ...(batchNorm ? { useBias: false } : { activation: "relu" }),
  }).apply(input) as tf.SymbolicTensor;
  if (!batchNorm) return convolved;
  return relu(normalize(convolved, `${prefix}_bn${index}`, momentum), `${prefix}_relu${index}`);
}

/** Keras' epsilon of 1e-3. */
export function normalize(
  input: tf.SymbolicTensor,
  name: string,
  momentum: number = momentumFromScratch,
): tf.SymbolicTensor {
  return new FrozenAwareBatchNormalization({ name, epsilon: 1e-3, momentum })
    .apply(input) as tf.SymbolicTensor;
}

export function relu(input: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
  return tf.layers.activation({ name, activation: "relu" }).apply(input) as tf.SymbolicTensor;
}

/** A 1×1 convolution without activation. */
export function project(
  input: tf.SymbolicTensor,
  name: string,
  { filters, seed, useBias = true }: { filters: number; seed: number; useBias?: boolean },
): tf.SymbolicTensor {
  const kernelInitializer = glorotUniform(seed, name);
  return tf.layers.conv2d({ name, filters, kernelSize: 1, useBias, kernelInitializer })
    .apply(input) as tf.SymbolicTensor;
}

/** The logits of each pixel from its features: the last layer of U-Nets. */
export function classify(
  features: tf.SymbolicTensor,
  { classes = 1, seed }: { classes?: number; seed: number },
): tf.SymbolicTensor {
  return project(features, "mask", { filters: classes, seed });
}

export function concatenate(inputs: tf.SymbolicTensor[], name: string): tf.SymbolicTensor {
  return tf.layers.concatenate({ name }).apply(inputs) as tf.SymbolicTensor;
}

export const channelsOf = (tensor: tf.SymbolicTensor) => tensor.shape.at(-1) as number;
