import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import fc from "fast-check";
import { IGNORED } from "papilio/core/classes.ts";
import { countPixels, type Counts } from "papilio/metrics/counts.ts";
import { classCounts, confusionCounts } from "papilio/metrics/tensor_counts.ts";
import { channelOf, maskAtSize } from "papilio/predict/resize.ts";

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

/** The counts of each class of the only image. */
function countsOfClasses(scores: tf.Tensor, masks: tf.Tensor): Counts[] {
  const tensors = classCounts(scores, masks);
  const columns = Object.entries(tensors).map(([name, tensor]) => {
    expect(tensor.shape).toEqual([1, scores.shape[3]]);
    const values = Array.from(tensor.dataSync());
    tensor.dispose();
    return [name, values] as const;
  });
  return Array.from(
    { length: scores.shape[3] ?? 0 },
    (_, c) =>
      Object.fromEntries(columns.map(([name, values]) => [name, values[c]])) as unknown as Counts,
  );
}

Deno.test("counts of classes: one against the rest, the first of equals, ignored pixels in none", () => {
  // Found: 0, 1 (first of 1 and 2), 2, 0 (first of all); the last pixel is ignored.
  const scores = tf.tensor4d(
    [[9, 1, 1], [0, 4, 4], [-3, -2, -1], [7, 7, 7], [0, 0, 5]].flat(),
    [1, 1, 5, 3],
  );
  const masks = tf.tensor4d([0, 2, 2, 1, IGNORED], [1, 1, 5, 1]);
  const { numTensors } = tf.memory();
  expect(countsOfClasses(scores, masks)).toEqual([
    { truePositives: 1, falsePositives: 1, falseNegatives: 0, trueNegatives: 2 },
    { truePositives: 0, falsePositives: 1, falseNegatives: 1, trueNegatives: 2 },
    { truePositives: 1, falsePositives: 0, falseNegatives: 1, trueNegatives: 2 },
  ]);
  expect(tf.memory().numTensors).toBe(numTensors);
});

Deno.test("counts of classes agree with counting pixel by pixel", () => {
  const pixel = fc.record({
    scores: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }),
    truth: fc.constantFrom(0, 1, 2, 3, IGNORED),
  });
  fc.assert(
    fc.property(fc.array(pixel, { minLength: 12, maxLength: 12 }), (pixels) => {
      const judged = pixels.filter(({ truth }) => truth !== IGNORED);
      const expected = [0, 1, 2, 3].map((c) =>
        countPixels(
          Uint8Array.from(
            judged,
            ({ scores }) => Number(scores.indexOf(Math.max(...scores)) === c),
          ),
          Uint8Array.from(judged, ({ truth }) => Number(truth === c)),
        )
      );
      const scores = tf.tensor(pixels.flatMap(({ scores }) => scores), [1, 3, 4, 4], "float32");
      const masks = tf.tensor(pixels.map(({ truth }) => truth), [1, 3, 4, 1], "float32");
      expect(countsOfClasses(scores, masks)).toEqual(expected);
    }),
    { seed: 1 },
  );
});

Deno.test("counts of classes are of each image", () => {
  const scores = tf.tensor4d([1, 0, 1, 0, 0, 1, 0, 1], [2, 1, 2, 2]);
  const masks = tf.tensor4d([0, 1, 0, 1], [2, 1, 2, 1]);
  const { truePositives, falsePositives } = classCounts(scores, masks);
  expect([...truePositives.dataSync()]).toEqual([1, 0, 0, 1]);
  expect([...falsePositives.dataSync()]).toEqual([1, 0, 0, 1]);
});

Deno.test("counts of one class and the background: equal scores are of the class, as in prediction", () => {
  // Predicted from a probability of 0.5 on: the class in the first and the second pixel.
  const scores = [[2, 2], [0, 1], [1, 0]];
  for (const foreground of [0, 1]) {
    const ofBoth = foreground === 1 ? scores : scores.map((pair) => pair.toReversed());
    const tensor = tf.tensor4d(ofBoth.flat(), [1, 1, 3, 2]);
    const masks = tf.fill([1, 1, 3, 1], foreground);
    const { truePositives, falsePositives } = classCounts(tensor, masks, { foreground });
    expect(truePositives.dataSync()[foreground]).toBe(2);
    expect(falsePositives.dataSync()[1 - foreground]).toBe(1);
    const map = { data: tf.softmax(tensor).dataSync() as Float32Array, widthPx: 3, heightPx: 1 };
    const found = maskAtSize(channelOf({ ...map, channels: 2 }, foreground), map, {
      threshold: 0.5,
    });
    expect([...found.data]).toEqual([1, 1, 0]);
  }
  const tie = classCounts(tf.zeros([1, 1, 1, 2]), tf.ones([1, 1, 1, 1]));
  expect([...tie.truePositives.dataSync()]).toEqual([0, 0]);
});
