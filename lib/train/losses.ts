import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";

/** A loss of logits against masks, both `[batch, height, width, 1]`, as one number. */
export type Loss = (logits: tf.Tensor4D, masks: tf.Tensor4D) => tf.Scalar;

/** Keeps Dice defined where neither the mask nor the prediction has foreground. */
const smooth = 1;

/**
 * The mean binary cross-entropy over all pixels of the batch, from logits.
 *
 * `mean(max(z, 0) - z·y + log(1 + exp(-|z|)))`, finite for every logit. Its gradient
 * `(sigmoid(z) - y) / n` is given in closed form: one full-size product in place of tfjs' six.
 *
 * Shapes: `logits` and `masks` {0, 1} `[batch, height, width, 1]` float32; returns a scalar.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { binaryCrossEntropyFromLogits } from "papilio/train/losses.ts";
 * await tf.setBackend("cpu");
 * const loss = binaryCrossEntropyFromLogits(tf.zeros([1, 2, 2, 1]), tf.ones([1, 2, 2, 1]));
 * console.assert(Math.abs(Number(loss.dataSync()) - Math.log(2)) < 1e-6);
 * ```
 */
export const binaryCrossEntropyFromLogits: Loss = (logits, masks) =>
  withGradient(logits, masks, (z, y) => {
    const softplus = tf.log(tf.add(tf.exp(tf.neg(tf.abs(z))), 1));
    const value = tf.mean(tf.add(tf.sub(tf.relu(z), tf.mul(z, y)), softplus)) as tf.Scalar;
    return { value, saved: [z, y], gradient: crossEntropyGradient };
  });

function crossEntropyGradient([z, y]: tf.Tensor[]): tf.Tensor {
  return tf.div(tf.sub(tf.sigmoid(present(z)), present(y)), present(z).size);
}

/**
 * One minus the Dice coefficient of the whole batch, from logits.
 *
 * `1 - (2·Σpy + 1) / (Σp + Σy + 1)` with `p = sigmoid(z)`. The gradient is
 * `p(1-p) · ((2·Σpy + 1) / s² - 2y / s)` with `s = Σp + Σy + 1`.
 *
 * Shapes: `logits` and `masks` {0, 1} `[batch, height, width, 1]` float32; returns a scalar.
 */
export const diceLoss: Loss = (logits, masks) =>
  withGradient(logits, masks, (z, y) => {
    const p = tf.sigmoid(z);
    const overlap = tf.add(tf.mul(tf.sum(tf.mul(p, y)), 2), smooth);
    const total = tf.add(tf.add(tf.sum(p), tf.sum(y)), smooth);
    const value = tf.sub(1, tf.div(overlap, total)) as tf.Scalar;
    return { value, saved: [p, y, overlap, total], gradient: diceGradient };
  });

function diceGradient([p, y, overlap, total]: tf.Tensor[]): tf.Tensor {
  const slope = tf.div(present(overlap), tf.square(present(total)));
  const ofProbability = tf.sub(slope, tf.mul(present(y), tf.div(2, present(total))));
  return tf.mul(tf.mul(present(p), tf.sub(1, present(p))), ofProbability);
}

/** Binary cross-entropy plus Dice loss: pixels one by one, and the overlap as a whole. */
export const bceDiceLoss: Loss = (logits, masks) =>
  tf.add(binaryCrossEntropyFromLogits(logits, masks), diceLoss(logits, masks));

/** The losses by the name that the configuration gives them. */
export const losses = { "bce+dice": bceDiceLoss } as const satisfies Record<string, Loss>;

interface LossWithGradient {
  value: tf.Scalar;
  saved: tf.Tensor[];
  /** The gradient by the logits, from what was saved. */
  gradient(saved: tf.Tensor[]): tf.Tensor;
}

/** A loss whose gradient by the logits is given; the masks have none. */
function withGradient(
  logits: tf.Tensor4D,
  masks: tf.Tensor4D,
  compute: (logits: tf.Tensor, masks: tf.Tensor) => LossWithGradient,
): tf.Scalar {
  const loss = tf.customGrad((logits, save) => {
    const { value, saved, gradient } = compute(logits as tf.Tensor, masks);
    (save as tf.GradSaveFunc)(saved);
    return { value, gradFunc: (dy, saved) => tf.mul(gradient(saved), dy) };
  });
  return loss(logits) as tf.Scalar;
}
