import * as tf from "@tensorflow/tfjs";

/**
 * What each pixel adds to the Jaccard loss when the worst come first: the gradient of Lovász' extension.
 *
 * Shapes: `errors` and `labels` {0, 1} `[pixels]` float32; returns `[pixels]`.
 *
 * Source: Berman 2018, algorithm 1.
 */
export function jaccardWeights(errors: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  const order = tf.topk(errors, errors.size).indices;
  const places = tf.topk(tf.neg(order), errors.size).indices;
  return tf.gather(jaccardSteps(tf.gather(labels, order) as tf.Tensor1D), places as tf.Tensor1D);
}

/**
 * How much the Jaccard loss grows when one more pixel, in this order, becomes wrong.
 *
 * With the foreground left right `I` and the union `U`, both after it: `1 / U` for a foreground pixel,
 * `I / (U(U-1))` for another. The difference of neighbouring losses would lose digits in large images.
 */
function jaccardSteps(labels: tf.Tensor1D): tf.Tensor1D {
  const others = tf.sub(1, labels);
  const foreground = tf.sum(labels);
  const intersection = tf.sub(foreground, tf.cumsum(labels));
  const union = tf.add(foreground, tf.cumsum(others));
  // The first pixel of an image without foreground: the loss goes from 0 to 1.
  const isFirstOfNone = tf.cast(tf.equal(union, 1), "float32");
  const grown = tf.div(
    tf.add(intersection, isFirstOfNone),
    tf.mul(union, tf.maximum(tf.sub(union, 1), 1)),
  );
  return tf.add(tf.div(labels, union), tf.mul(others, grown));
}
