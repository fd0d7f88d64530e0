import type * as tf from "@tensorflow/tfjs";

/**
 * A loss of logits against masks, as one number.
 *
 * Shapes: `logits` `[batch, height, width, channels]` float32. `masks`: of the same shape, {0, 1}; for
 * the sparse cross-entropy `[batch, height, width, 1]`, the number of each pixel's class.
 */
export type Loss = (logits: tf.Tensor4D, masks: tf.Tensor4D) => tf.Scalar;
