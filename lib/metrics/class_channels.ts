import * as tf from "@tensorflow/tfjs";

/**
 * 1 in the channel of each pixel's class, 0 in the others, and in all where the number is no class.
 *
 * Shapes: `numbers` `[…, 1]` float32 or int32; returns `[…, classes]` float32.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { classChannels } from "papilio/metrics/class_channels.ts";
 * await tf.setBackend("cpu");
 * const channels = classChannels(tf.tensor2d([[1], [255]]), 2);
 * console.assert(channels.dataSync().join() === "0,1,0,0");
 * ```
 */
export function classChannels(numbers: tf.Tensor, classes: number): tf.Tensor {
  const ofChannels = Array.from({ length: classes }, (_, c) => c);
  const isEach = tf.cast(tf.equal(numbers, ofChannels), "float32");
  // On WebGPU a cast alone leaves booleans in memory, which sums over the first axes cannot read.
  return tf.mul(isEach, 1);
}
