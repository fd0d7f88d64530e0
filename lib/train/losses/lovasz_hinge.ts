import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { jaccardWeights } from "papilio/train/losses/_jaccard_weights.ts";
import { pairedLoss } from "papilio/train/losses/_with_gradient.ts";
import type { Loss } from "papilio/train/losses/loss.ts";

/**
 * The Lovász hinge: a convex surrogate of one minus the Jaccard index, the mean over the images.
 *
 * `Σ max(e, 0)·g` with the hinge errors `e = 1 - z·(2y-1)` and `g` what each pixel, taken in falling order
 * of the errors, adds to the Jaccard loss. The gradient is `-(2y-1)·g` where e > 0.
 *
 * It trains logits by their sign and a margin of 1: probabilities made of them are not calibrated. A
 * step sorts the pixels of each image twice, which makes this the dearest of the losses.
 *
 * Shapes: `logits` and `masks` {0, 1} `[batch, height, width, 1]` float32; returns a scalar.
 *
 * Source: Berman 2018, with the gradient of its algorithm 1, image by image.
 *
 * @throws {PapilioError} if the shapes differ.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { lovaszHingeLoss } from "papilio/train/losses/mod.ts";
 * await tf.setBackend("cpu");
 * const logits = tf.tensor4d([3, 0.5, -3], [1, 1, 3, 1]); // errors -2, 1.5, -2
 * const loss = lovaszHingeLoss(logits, tf.tensor4d([1, 0, 0], [1, 1, 3, 1]));
 * console.assert(Math.abs(Number(loss.dataSync()) - 1.5 * 0.5) < 1e-6); // alone wrong: IoU 1/2
 * ```
 */
export const lovaszHingeLoss: Loss = pairedLoss((z, y) => {
  const images = present(z.shape[0]);
  const sign = tf.sub(tf.mul(y, 2), 1);
  const errors = tf.sub(1, tf.mul(z, sign));
  const labels = tf.unstack(tf.reshape(y, [images, -1]));
  const weights = tf.reshape(
    tf.stack(
      tf.unstack(tf.reshape(errors, [images, -1]))
        .map((errors, i) => jaccardWeights(errors, present(labels[i]))),
    ),
    z.shape,
  );
  return {
    value: tf.div(tf.sum(tf.mul(tf.relu(errors), weights)), images) as tf.Scalar,
    saved: [sign, errors, weights],
    gradient: ([sign, errors, weights]) => {
      const active = tf.cast(tf.greater(present(errors), 0), "float32");
      const size = tf.mul(tf.mul(present(sign), present(weights)), active);
      return tf.div(size, -images);
    },
  };
});
