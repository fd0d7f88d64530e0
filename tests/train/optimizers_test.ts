import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { Adam } from "papilio/train/optimizers/mod.ts";
import golden from "../golden/losses_and_adam.json" with { type: "json" };

await tf.setBackend("cpu");

Deno.test("Adam: three steps, the rate changed on the way, equal PyTorch's in float64", () => {
  const weight = tf.variable(tf.tensor1d(golden.adam.start));
  const adam = new Adam(new Map([["dense/kernel", weight]]), 99);
  golden.adam.steps.forEach((expected, i) => {
    tf.tidy(() => {
      adam.learningRate.assign(tf.scalar(present(golden.adam.rates[i])));
      adam.apply(new Map([["dense/kernel", tf.tensor1d(present(golden.adam.gradients[i]))]]));
    });
    const state = (name: string) => [...present(adam.state.get(name)).dataSync()];
    expectClose([...weight.dataSync()], expected.weight, 3e-7);
    expectClose(state("adam/m/dense/kernel"), expected.m, 1e-7);
    expectClose(state("adam/v/dense/kernel"), expected.v, 1e-8);
    expectClose(state("adam/beta1Power"), [0.9 ** (i + 1)], 1e-6);
  });
  adam.dispose();
  weight.dispose();
});

Deno.test("Adam: its state holds two slots for each weight, and nothing leaks", () => {
  const weight = tf.variable(tf.ones([2, 2]));
  const before = tf.memory().numTensors;
  const adam = new Adam(new Map([["a/kernel", weight]]), 0.1);
  expect([...adam.state.keys()].sort()).toEqual([
    "adam/beta1Power",
    "adam/beta2Power",
    "adam/learningRate",
    "adam/m/a/kernel",
    "adam/v/a/kernel",
  ]);
  tf.tidy(() => adam.apply(new Map([["a/kernel", tf.ones([2, 2])]])));
  expect(tf.memory().numTensors).toBe(before + 5);
  adam.dispose();
  expect(tf.memory().numTensors).toBe(before);
  weight.dispose();
});

Deno.test("Adam: a missing gradient is named", () => {
  const weight = tf.variable(tf.ones([1]));
  const adam = new Adam(new Map([["a/kernel", weight]]), 0.1);
  expect(() => adam.apply(new Map())).toThrow("gradient of a/kernel is missing");
  adam.dispose();
  weight.dispose();
});

function expectClose(got: number[], expected: number[], tolerance: number) {
  expect(got.length).toBe(expected.length);
  got.forEach((value, i) =>
    expect(Math.abs(value - present(expected[i]))).toBeLessThanOrEqual(tolerance)
  );
}
