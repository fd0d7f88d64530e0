import * as tf from "@tensorflow/tfjs";
import type { Counts } from "papilio/metrics/counts.ts";

/**
 * The four counts of each image, in tfjs, for use inside a step.
 *
 * A pixel is taken as foreground from `threshold` on: `probability ≥ threshold`. float32 holds each
 * count exactly up to 2²⁴ pixels an image (4096²).
 *
 * Shapes: `probabilities` `[N, H, W, 1]` float32; `masks` `[N, H, W, 1]` float32, 0 or 1; each of the
 * four returned is `[N]` float32.
 */
export function confusionCounts(
  probabilities: tf.Tensor,
  masks: tf.Tensor,
  threshold: number,
): Record<keyof Counts, tf.Tensor1D> {
  return tf.tidy(() => {
    const pixelAxes = [...masks.shape.keys()].slice(1);
    const pixels = masks.size / (masks.shape[0] ?? 1);
    const predictions = tf.cast(tf.greaterEqual(probabilities, threshold), "float32");
    const truePositives = tf.sum<tf.Tensor1D>(tf.mul(predictions, masks), pixelAxes);
    const predicted = tf.sum<tf.Tensor1D>(predictions, pixelAxes);
    const present = tf.sum<tf.Tensor1D>(masks, pixelAxes);
    const union = tf.sub<tf.Tensor1D>(tf.add(predicted, present), truePositives);
    return {
      truePositives,
      falsePositives: tf.sub<tf.Tensor1D>(predicted, truePositives),
      falseNegatives: tf.sub<tf.Tensor1D>(present, truePositives),
      trueNegatives: tf.sub<tf.Tensor1D>(pixels, union),
    };
  });
}
