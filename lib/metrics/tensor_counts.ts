import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { classChannels } from "papilio/metrics/class_channels.ts";
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
    const actual = tf.sum<tf.Tensor1D>(masks, pixelAxes);
    const union = tf.sub<tf.Tensor1D>(tf.add(predicted, actual), truePositives);
    return {
      truePositives,
      falsePositives: tf.sub<tf.Tensor1D>(predicted, truePositives),
      falseNegatives: tf.sub<tf.Tensor1D>(actual, truePositives),
      trueNegatives: tf.sub<tf.Tensor1D>(pixels, union),
    };
  });
}

/**
 * The four counts of each image and class, one against the rest, in tfjs, for use inside a step.
 *
 * A pixel is taken as the class with the largest score, the first of equals; with `foreground`, the number
 * of one of two classes, as that one if its score is not lower, which is `probability ≥ 0.5`. Pixels whose
 * number is no class, as 255 where they are ignored, are in none of the counts. float32 holds each exactly
 * up to 2²⁴ pixels an image (4096²).
 *
 * Shapes: `scores` (logits or probabilities) `[N, H, W, C]` float32; `masks` of class numbers
 * `[N, H, W, 1]` float32; each of the four returned is `[N, C]` float32.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { classCounts } from "papilio/metrics/tensor_counts.ts";
 * await tf.setBackend("cpu");
 * const scores = tf.tensor4d([3, 1, 0, 2, 5, 5], [1, 1, 3, 2]);
 * const { truePositives } = classCounts(scores, tf.tensor4d([0, 0, 255], [1, 1, 3, 1]));
 * console.assert(truePositives.dataSync().join() === "1,0");
 * ```
 */
export function classCounts(
  scores: tf.Tensor,
  masks: tf.Tensor,
  { foreground }: { foreground?: number | undefined } = {},
): Record<keyof Counts, tf.Tensor2D> {
  return tf.tidy(() => {
    const classes = present(scores.shape[3]);
    const sum = (x: tf.Tensor) => tf.sum<tf.Tensor2D>(x, [1, 2]);
    const truth = classChannels(masks, classes);
    const judged = tf.max(truth, 3, true);
    const found = foreground === undefined
      ? tf.expandDims(tf.argMax(scores, 3), 3)
      : likelierOfTwo(scores, foreground);
    const predictions = tf.mul(classChannels(found, classes), judged);
    const truePositives = sum(tf.mul(predictions, truth));
    const falsePositives = tf.sub<tf.Tensor2D>(sum(predictions), truePositives);
    const actual = sum(truth);
    return {
      truePositives,
      falsePositives,
      falseNegatives: tf.sub<tf.Tensor2D>(actual, truePositives),
      trueNegatives: tf.sub<tf.Tensor2D>(sum(judged), tf.add(actual, falsePositives)),
    };
  });
}

/** The numbers of two classes' larger scores, of equals `foreground`. Shapes: `[N, H, W, 2]` to `[N, H, W, 1]`. */
function likelierOfTwo(scores: tf.Tensor, foreground: number): tf.Tensor {
  const lead = tf.sum(tf.mul(scores, foreground === 1 ? [-1, 1] : [1, -1]), 3, true);
  const isForeground = tf.cast(tf.greaterEqual(lead, 0), "float32");
  return foreground === 1 ? isForeground : tf.sub(1, isForeground);
}
