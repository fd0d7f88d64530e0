import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import fc from "fast-check";
import type { Counts } from "papilio/metrics/counts.ts";
import { confusionCounts } from "papilio/metrics/tensor_counts.ts";

await tf.setBackend("cpu");

/** The counts of each image, read out of the tensors, which are disposed. */
function countsOf(probabilities: tf.Tensor, masks: tf.Tensor, threshold: number): Counts[] {
  const tensors = confusionCounts(probabilities, masks, threshold);
  const columns = Object.entries(tensors).map(([name, tensor]) => {
    const values = Array.from(tensor.dataSync());
    tensor.dispose();
    return [name, values] as const;
  });
  return Array.from(
    { length: masks.shape[0] ?? 0 },
    (_, image) =>
      Object.fromEntries(
        columns.map(([name, values]) => [name, values[image]]),
      ) as unknown as Counts,
  );
}

Deno.test("counts are of each image, and the threshold itself is foreground", () => {
  const probabilities = tf.tensor([0.9, 0.5, 0.49, 0.1, 0, 0, 0, 1], [2, 2, 2, 1]);
  const masks = tf.tensor([1, 0, 1, 0, 0, 0, 0, 0], [2, 2, 2, 1]);
  const { numTensors } = tf.memory();
  expect(countsOf(probabilities, masks, 0.5)).toEqual([
    { truePositives: 1, falsePositives: 1, falseNegatives: 1, trueNegatives: 1 },
    { truePositives: 0, falsePositives: 1, falseNegatives: 0, trueNegatives: 3 },
  ]);
  expect(tf.memory().numTensors).toBe(numTensors);
});

Deno.test("counts agree with counting pixel by pixel", () => {
  const pixel = fc.tuple(fc.float({ min: 0, max: 1, noNaN: true }), fc.boolean());
  fc.assert(
    fc.property(
      fc.array(pixel, { minLength: 12, maxLength: 12 }),
      fc.float({ min: 0, max: 1, noNaN: true }),
      (pixels, threshold) => {
        const count = (found: boolean, there: boolean) =>
          pixels.filter(([p, mask]) => (p >= threshold) === found && mask === there).length;
        const probabilities = tf.tensor(pixels.map(([p]) => p), [1, 3, 4, 1]);
        const masks = tf.tensor(pixels.map(([, mask]) => mask ? 1 : 0), [1, 3, 4, 1]);
        expect(countsOf(probabilities, masks, threshold)).toEqual([{
          truePositives: count(true, true),
          falsePositives: count(true, false),
          falseNegatives: count(false, true),
          trueNegatives: count(false, false),
        }]);
      },
    ),
    { seed: 1 },
  );
});

Deno.test("counts of a large image are exact", () => {
  // 2049² pixels: all found, all but one row there.
  const sidePx = 2049;
  const masks = tf.concat([tf.ones([1, sidePx - 1, sidePx, 1]), tf.zeros([1, 1, sidePx, 1])], 1);
  const [counts] = countsOf(tf.ones([1, sidePx, sidePx, 1]), masks, 0.5);
  expect(counts).toEqual({
    truePositives: 2048 * 2049,
    falsePositives: 2049,
    falseNegatives: 0,
    trueNegatives: 0,
  });
});
