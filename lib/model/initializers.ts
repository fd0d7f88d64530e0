import * as tf from "@tensorflow/tfjs";
import { Random } from "papilio/core/random.ts";

/** tfjs has no exported name for what its initializers are. */
export type Initializer = ReturnType<typeof tf.initializers.glorotUniform>;

/** The standard deviation of a standard normal distribution cut off at ±2. */
const truncatedDeviation = 0.87962566103423978;

/**
 * Keras' `he_normal`: normal, cut off at two deviations, `√(2 / inputs of a unit)` as its deviation.
 *
 * tfjs' heNormal leaves out the correction for the cut and draws weights 12 % too small.
 *
 * Source: keras/src/initializers/random_initializers.py, VarianceScaling.
 */
export function heNormal(seed: number, layerName: string): Initializer {
  return tf.initializers.varianceScaling({
    scale: 2 / truncatedDeviation ** 2,
    mode: "fanIn",
    distribution: "normal",
    seed: layerSeed(seed, layerName),
  });
}

/** Keras' default, `glorot_uniform`: uniform in `±√(6 / (inputs + outputs of a unit))`. */
export function glorotUniform(seed: number, layerName: string): Initializer {
  return tf.initializers.glorotUniform({ seed: layerSeed(seed, layerName) });
}

/** A seed for each layer, so that a layer's weights do not depend on the layers before it. */
function layerSeed(seed: number, layerName: string): number {
  return Random.from(seed, "initial weights", layerName).integer(1, 2 ** 31 - 1);
}

/** A normal distribution of the given deviation around 0. */
export function normal(seed: number, layerName: string, deviation: number): Initializer {
  return tf.initializers.randomNormal({
    mean: 0,
    stddev: deviation,
    seed: layerSeed(seed, layerName),
  });
}
