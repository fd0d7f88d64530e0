import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { classLoss, classParts, throughSoftmax } from "papilio/train/losses/_class_loss.ts";
import { jaccardWeights } from "papilio/train/losses/_jaccard_weights.ts";
import type { Loss } from "papilio/train/losses/loss.ts";

/**
 * The Lovász-softmax: a surrogate of one minus the Jaccard index of the whole batch, the mean over the
 * classes that are there.
 *
 * For each class `Σ e·g` with the errors `e = 1 - p` at its own pixels, `p` at the others, `p = softmax(z)`,
 * and `g` what each pixel, taken in falling order of the errors, adds to the Jaccard loss. By p the
 * gradient is `∓g`. Background is a class as any other. A step sorts all pixels of the batch twice for
 * each class.
 *
 * Shapes: `logits` `[batch, height, width, classes]`, `masks` of class numbers, 255 where ignored,
 * `[batch, height, width, 1]` float32; returns a scalar.
 *
 * Source: Berman 2018, with the authors' defaults: the batch as a whole, classes that are present.
 *
 * @throws {PapilioError} for masks of another shape.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { lovaszSoftmaxLoss } from "papilio/train/losses/mod.ts";
 * await tf.setBackend("cpu");
 * const masks = tf.tensor4d([0, 1], [1, 1, 2, 1]);
 * const loss = lovaszSoftmaxLoss(tf.zeros([1, 1, 2, 2]), masks); // all errors 1/2, all of IoU to lose
 * console.assert(Math.abs(Number(loss.dataSync()) - 0.5) < 1e-6);
 * ```
 */
export const lovaszSoftmaxLoss: Loss = classLoss((z, truth) => {
  const { p, others, wrong } = classParts(z, truth);
  // 0 at ignored pixels: they come last, where they change nothing.
  const errors = tf.add(tf.mul(truth, wrong), tf.mul(others, p));
  const weights = weightsOfClasses(errors, truth);
  const isThere = tf.cast(tf.greater(tf.sum(truth, [0, 1, 2]), 0), "float32");
  const shared = tf.mul(weights, tf.div(isThere, tf.maximum(tf.sum(isThere), 1)));
  return {
    value: tf.sum(tf.mul(errors, shared)) as tf.Scalar,
    saved: [p, tf.mul(tf.sub(others, truth), shared)],
    gradient: ([p, ofProbability]) => throughSoftmax(present(p), present(ofProbability)),
  };
});

function weightsOfClasses(errors: tf.Tensor, truth: tf.Tensor): tf.Tensor {
  const classes = present(errors.shape[3]);
  const [ofErrors, labels] = [errors, truth].map((x) =>
    tf.unstack(tf.reshape(x, [-1, classes]), 1)
  );
  const weights = present(ofErrors).map((errors, c) =>
    jaccardWeights(errors, present(labels?.[c]))
  );
  return tf.reshape(tf.stack(weights, 1), errors.shape);
}
