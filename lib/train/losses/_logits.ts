import * as tf from "@tensorflow/tfjs";

/** `max(z, 0) - z·y + log(1 + exp(-|z|))`: the cross-entropy of each pixel, finite for every logit. */
export function pixelCrossEntropies(z: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const softplus = tf.log(tf.add(tf.exp(tf.neg(tf.abs(z))), 1));
  return tf.add(tf.sub(tf.relu(z), tf.mul(z, y)), softplus);
}

/** The gradient by logits from that by probabilities: times `p(1-p)`. */
export function throughSigmoid(p: tf.Tensor, ofProbability: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(p, tf.sub(1, p)), ofProbability);
}
