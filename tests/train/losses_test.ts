import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import {
  bceDiceLoss,
  binaryCrossEntropyFromLogits,
  diceLoss,
  type Loss,
} from "papilio/train/losses/mod.ts";
import golden from "../golden/losses_and_adam.json" with { type: "json" };

await tf.setBackend("cpu");

const all: [string, Loss, { loss: number; gradient: number[] }][] = [
  ["binaryCrossEntropyFromLogits", binaryCrossEntropyFromLogits, golden.bce],
  ["diceLoss", diceLoss, golden.dice],
  ["bceDiceLoss", bceDiceLoss, golden.bceDice],
];

/** The loss and its gradient by the logits. */
function evaluate(loss: Loss, logits: number[], masks: number[], shape?: number[]) {
  return tf.tidy(() => {
    const fit = (shape ?? [1, 1, logits.length, 1]) as [number, number, number, number];
    const y = tf.tensor4d(masks, fit);
    const { value, grad } = tf.valueAndGrad((z) => loss(z as tf.Tensor4D, y))(
      tf.tensor4d(logits, fit),
    );
    return { loss: value.dataSync()[0] ?? NaN, gradient: [...grad.dataSync()] };
  });
}

for (const [name, loss, expected] of all) {
  Deno.test(`${name}: value and gradient equal PyTorch's in float64`, () => {
    const got = evaluate(loss, golden.logits, golden.masks, golden.shape);
    expect(Math.abs(got.loss / expected.loss - 1)).toBeLessThan(1e-6);
    const error = got.gradient.map((value, i) => Math.abs(value - (expected.gradient[i] ?? NaN)));
    expect(Math.max(...error)).toBeLessThan(1e-7);
  });

  Deno.test(`${name}: the gradient is the slope of the value`, () => {
    const logits = [0.4, -1.2, 2.5, -0.3];
    const masks = [1, 0, 1, 1];
    const { gradient } = evaluate(loss, logits, masks);
    const slope = logits.map((_, i) => {
      const at = (shift: number) =>
        evaluate(loss, logits.map((z, j) => i === j ? z + shift : z), masks).loss;
      return (at(0.01) - at(-0.01)) / 0.02;
    });
    gradient.forEach((value, i) => expect(value).toBeCloseTo(slope[i] ?? NaN, 4));
  });

  for (const mask of [0, 1]) {
    for (const logit of [-100, 0, 100]) {
      Deno.test(`${name}: finite where every mask is ${mask} and every logit ${logit}`, () => {
        const got = evaluate(loss, Array(6).fill(logit), Array(6).fill(mask));
        expect(got.loss).toBeGreaterThanOrEqual(0);
        expect([got.loss, ...got.gradient].every(Number.isFinite)).toBe(true);
      });
    }
  }

  Deno.test(`${name}: leaves no tensor behind`, () => {
    const before = tf.memory().numTensors;
    evaluate(loss, [1, 2], [0, 1]);
    expect(tf.memory().numTensors).toBe(before);
  });
}

Deno.test("binaryCrossEntropyFromLogits: a wrong logit of 100 costs 100, a right one nothing", () => {
  expect(evaluate(binaryCrossEntropyFromLogits, [100, -100], [0, 1]).loss).toBeCloseTo(100, 4);
  expect(evaluate(binaryCrossEntropyFromLogits, [100, -100], [1, 0]).loss).toBeCloseTo(0, 6);
});

Deno.test("diceLoss: by hand, and over the batch as a whole", () => {
  // p = 1/2 everywhere: overlap 2·(1/2) + 1 = 2, total 1 + 1 + 1 = 3.
  expect(evaluate(diceLoss, [0, 0], [1, 0]).loss).toBeCloseTo(1 - 2 / 3, 6);
  // Perfect on one image of two: (2·1 + 1) / (1 + 2 + 1), not the mean of two images.
  expect(evaluate(diceLoss, [100, -100], [1, 1], [2, 1, 1, 1]).loss).toBeCloseTo(1 - 3 / 4, 6);
  expect(evaluate(diceLoss, [-100, -100], [0, 0]).loss).toBeCloseTo(0, 6);
});
