import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { PapilioError } from "papilio/core/errors.ts";
import { FrozenAwareBatchNormalization } from "papilio/model/layers.ts";
import { effectiveReceptiveField, sideHolding } from "papilio/model/effective_receptive_field.ts";
import { take } from "./_compare.ts";

await tf.setBackend("cpu");

/** Two 3×3 convolutions without activation, all weights the same. */
function twoConvolutions(weight: number): tf.LayersModel {
  const image = tf.input({ shape: [9, 9, 3] });
  const convolve = (x: tf.SymbolicTensor) =>
    tf.layers.conv2d({
      filters: 1,
      kernelSize: 3,
      padding: "same",
      kernelInitializer: tf.initializers.constant({ value: weight }),
    }).apply(x) as tf.SymbolicTensor;
  return tf.model({ inputs: image, outputs: convolve(convolve(image)) });
}

/*
 * Each of 3 channels: the box kernel with itself, (1 2 3 2 1) along each axis, times weight².
 * In the middle 9 ways, with weight −0.5: 3 channels · 9 · 0.25.
 */
Deno.test("two linear convolutions have the product of two triangles as their field", () => {
  const images = tf.randomUniform<tf.Rank.R4>([2, 9, 9, 3], 0, 255, "float32", 1);
  const map = take(effectiveReceptiveField(twoConvolutions(-0.5), images, { row: 4, column: 3 }));
  const triangle = (distance: number) => Math.max(0, 3 - Math.abs(distance));
  const expected = Array.from({ length: 81 }, (_, i) => {
    const [row, column] = [Math.floor(i / 9), i % 9];
    return 3 * 0.25 * triangle(row - 4) * triangle(column - 3);
  });
  map.forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 5));
});

Deno.test("gradients of different images are averaged by size, not with their signs", () => {
  // Through x², the gradient at a pixel is 2x: of opposite sign for 3 and −5.
  const square = tf.sequential({
    layers: [tf.layers.dense({ units: 1, kernelInitializer: "ones", inputShape: [1, 1, 1] })],
  });
  const input = tf.input({ shape: [1, 1, 1] });
  const linear = square.apply(input) as tf.SymbolicTensor;
  const squared = tf.layers.multiply().apply([linear, linear]) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs: squared });
  const images = tf.tensor4d([3, -5], [2, 1, 1, 1]);
  expect(take(effectiveReceptiveField(model, images, { row: 0, column: 0 }))).toEqual([8]);
});

Deno.test("normalisations use their averages: other pixels of the batch have no say", () => {
  const layer = new FrozenAwareBatchNormalization({ inputShape: [3, 3, 1], epsilon: 0 });
  const model = tf.sequential({ layers: [layer] });
  const images = tf.randomUniform<tf.Rank.R4>([2, 3, 3, 1], 0, 255, "float32", 1);
  const map = take(effectiveReceptiveField(model, images, { row: 0, column: 2 }));
  expect(map).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0]);
});

Deno.test("no tensor is left behind", () => {
  const model = twoConvolutions(1);
  const images = tf.zeros<tf.Rank.R4>([1, 9, 9, 3]);
  const { numTensors } = tf.memory();
  effectiveReceptiveField(model, images, { row: 4, column: 4 }).dispose();
  expect(tf.memory().numTensors).toBe(numTensors);
});

Deno.test("squares that hold a share, on paper", () => {
  // Around (2, 1) of 5 × 5: 1 in the middle, 8 around it with 1 each, and 3 more at distance 3.
  const map = new Array<number>(25).fill(0);
  for (const row of [1, 2, 3]) for (const column of [0, 1, 2]) map[row * 5 + column] = 1;
  map[4] = 3;
  const unit = { row: 2, column: 1 };
  expect([0.01, 1 / 12, 0.1, 0.75, 0.76, 1].map((share) => sideHolding(share, map, unit)))
    .toEqual([1, 1, 3, 3, 7, 7]);
});

Deno.test("a map without anything in it has no field", () => {
  const middle = { row: 1, column: 1 };
  expect(() => sideHolding(0.9, new Float32Array(9), middle)).toThrow(PapilioError);
  expect(() => sideHolding(0.9, [0, 0, 0, 0, NaN, 0, 0, 0, 0], middle)).toThrow("finite");
});
