import * as tf from "@tensorflow/tfjs";
import type { Preprocessing } from "papilio/model/encoder.ts";

/** The layer `rescaling`: what an encoder's weights want to see, from RGB pixels 0…255. */
export function preprocess(
  image: tf.SymbolicTensor,
  preprocessing: Preprocessing,
): tf.SymbolicTensor {
  const name = "rescaling";
  if (!("meansOfBgr" in preprocessing)) {
    return tf.layers.rescaling({ name, ...preprocessing }).apply(image) as tf.SymbolicTensor;
  }
  // A frozen 1×1 convolution, since plain tfjs and Keras can load it.
  const layer = tf.layers.conv2d({ name, filters: 3, kernelSize: 1, trainable: false });
  const output = layer.apply(image) as tf.SymbolicTensor;
  tf.tidy(() => {
    const swapRedAndBlue = tf.tensor4d([0, 0, 1, 0, 1, 0, 1, 0, 0], [1, 1, 3, 3]);
    layer.setWeights([swapRedAndBlue, tf.neg(tf.tensor1d([...preprocessing.meansOfBgr]))]);
  });
  return output;
}
