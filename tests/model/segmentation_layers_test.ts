import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { DilatedConv2D, dilatedConv2d } from "papilio/model/dilated_convolution.ts";
import { maxUnpool, MaxUnpooling2D } from "papilio/model/unpooling.ts";
import golden from "../golden/model/layers.json" with { type: "json" };
import { relativeError, take } from "./_compare.ts";

await tf.setBackend("cpu");

function wave(f: (i: number) => number, shape: number[]): tf.Tensor4D {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: size }, (_, i) => f(i));
  return tf.tensor(values, shape as [number, number, number, number]);
}

/** `Σ y · cos(i)` */
const objective = (y: tf.Tensor) => tf.sum(tf.mul(y, wave(Math.cos, y.shape)));

for (const { shape, filterShape, rate, output, gradients } of golden.dilated) {
  Deno.test(`a convolution of [${shape}] with taps ${rate} apart, and its gradients, equal PyTorch's`, () => {
    const x = wave(Math.sin, shape);
    const filter = wave((i) => Math.cos(2 * i), filterShape);
    expect(relativeError(take(dilatedConv2d(x, filter, rate)), output)).toBeLessThan(1e-6);
    const got = tf.grads((x, filter) =>
      objective(dilatedConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, rate))
    )([x, filter]);
    got.forEach((gradient, i) =>
      expect(relativeError(take(gradient), present(gradients[i]))).toBeLessThan(1e-6)
    );
  });
}

for (const { shape, output, gradient } of golden.unpooled) {
  Deno.test(`unpooling to [${shape}] by maxima with ties, and its gradient, equal PyTorch's`, () => {
    const before = wave((i) => Math.round(4 * Math.sin(3 * i)), shape);
    const [images = 0, height = 0, width = 0, channels = 0] = shape;
    const features = wave(Math.sin, [images, height / 2, width / 2, channels]);
    expect(relativeError(take(maxUnpool(features, before)), output)).toBeLessThan(1e-6);
    const got = tf.grad((x) => objective(maxUnpool(x as tf.Tensor4D, before)))(features);
    expect(relativeError(take(got), gradient)).toBeLessThan(1e-6);
  });
}

Deno.test("what says where the maxima were gets no gradient of its own", () => {
  const before = wave((i) => Math.sin(3 * i), [1, 4, 4, 1]);
  const slope = tf.grad((before) => {
    const pooled = tf.maxPool(before as tf.Tensor4D, 2, 2, "valid");
    return objective(maxUnpool(tf.mul(pooled, 2), before as tf.Tensor4D));
  })(before);
  // Through the features alone: each maximum comes back to its place, doubled.
  const maxima = maxUnpool(tf.onesLike(tf.maxPool(before, 2, 2, "valid")), before);
  const expected = tf.mul(tf.mul(maxima, 2), wave(Math.cos, [1, 4, 4, 1]));
  expect(relativeError(take(slope), take(expected))).toBeLessThan(1e-6);
});

Deno.test("layers leave no tensors behind", () => {
  const filters = { name: "atrous", filters: 2, kernelSize: 3, rate: 2 } as const;
  const input = tf.input({ shape: [4, 4, 2] });
  const model = tf.model({
    inputs: input,
    outputs: new DilatedConv2D(filters).apply(input) as typeof input,
  });
  const x = wave(Math.sin, [1, 4, 4, 2]);
  const unpooling = new MaxUnpooling2D({});
  const { numTensors } = tf.memory();
  tf.dispose([
    model.predict(x) as tf.Tensor,
    tf.tidy(() => unpooling.apply([tf.maxPool(x, 2, 2, "valid"), x]) as tf.Tensor),
  ]);
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(model.getLayer("atrous").getClassName()).toBe("Conv2D");
  expect(model.getLayer("atrous").getConfig()["dilationRate"]).toEqual([2, 2]);
});
