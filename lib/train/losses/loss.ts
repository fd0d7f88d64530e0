import type * as tf from "@tensorflow/tfjs";

/**
 * A loss of logits against masks, as one number.
 *
 * Shapes: `logits` `[batch, height, width, channels]` float32; `masks` `[batch, height, width, 1]`: {0, 1}
 * for logits of one channel, else the number of each pixel's class, or 255 where it is ignored.
 */
export type Loss = (logits: tf.Tensor4D, masks: tf.Tensor4D) => tf.Scalar;
