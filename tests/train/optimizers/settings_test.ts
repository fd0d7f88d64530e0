import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { resolveConfig } from "papilio/core/config.ts";
import {
  AdamW,
  isOptimizerState,
  makeOptimizer,
  type OptimizerName,
  optimizers,
  RmsProp,
  Sgd,
} from "papilio/train/optimizers/mod.ts";

await tf.setBackend("cpu");

Deno.test("settings out of range are refused by name", () => {
  const none = new Map<string, tf.Variable>();
  expect(() => new Sgd(none, 0.1, { momentum: 1.5 })).toThrow(
    "Cannot use SGD's momentum: expected a number from 0 to 1, got 1.5. Leave it out for its usual value.",
  );
  expect(() => new Sgd(none, 0.1, { weightDecay: -1 })).toThrow("SGD's weightDecay");
  expect(() => new Sgd(none, 0.1, { nesterov: true })).toThrow(
    "Cannot use Nesterov's momentum: expected a momentum above 0, got 0.",
  );
  expect(() => new AdamW(none, 0.1, { beta1: 1 })).toThrow("AdamW's beta1");
  expect(() => new AdamW(none, 0.1, { beta2: -0.1 })).toThrow("AdamW's beta2");
  expect(() => new AdamW(none, 0.1, { epsilon: NaN })).toThrow("AdamW's epsilon");
  expect(() => new AdamW(none, 0.1, { weightDecay: -1 })).toThrow("AdamW's weightDecay");
  expect(() => new RmsProp(none, 0.1, { decay: 2 })).toThrow("RMSprop's decay");
  expect(() => new RmsProp(none, 0.1, { epsilon: -1 })).toThrow("RMSprop's epsilon");
  expect(() => new RmsProp(none, 0.1, { momentum: 2 })).toThrow("RMSprop's momentum");
});

Deno.test("AdamW: `decays` says which weights shrink", () => {
  const weights = new Map(["a/kernel", "b/kernel"].map((name) => [
    name,
    tf.tidy(() => tf.variable(tf.ones([1, 1]))),
  ]));
  const optimizer = new AdamW(weights, 0.1, {
    weightDecay: 0.5,
    decays: (name) => name.startsWith("b/"),
  });
  tf.tidy(() =>
    optimizer.apply(new Map([...weights.keys()].map((name) => [name, tf.zeros([1, 1])])))
  );
  expect(weights.get("a/kernel")?.dataSync()[0]).toBe(1);
  expect(weights.get("b/kernel")?.dataSync()[0]).toBeCloseTo(0.95, 6);
  optimizer.dispose();
  tf.dispose([...weights.values()]);
});

Deno.test("isOptimizerState: by the first part of the name", () => {
  const names = ["adam/m/mask/kernel", "adamw/learningRate", "sgd/velocity/a/b", "average/steps"];
  expect(names.every(isOptimizerState)).toBe(true);
  expect(["mask/kernel", "adam_dense/kernel", "encoder/sgd/kernel"].some(isOptimizerState))
    .toBe(false);
});

/** Three steps on a kernel of 3 whose gradient is `4, 5, 6`. */
function kernelAfter(name: OptimizerName, rateFactorOf?: (name: string) => number): number[] {
  const weight = tf.tidy(() => tf.variable(tf.tensor2d([[1, -2, 3]])));
  const { optimizer: config } = resolveConfig("butterfly", { optimizer: { name } });
  const optimizer = makeOptimizer(new Map([["a/kernel", weight]]), 0.07, {
    ...config,
    rateFactorOf,
  });
  for (let step = 0; step < 3; step++) {
    tf.tidy(() => optimizer.apply(new Map([["a/kernel", tf.tensor2d([[4, 5, 6]])]])));
  }
  const values = [...weight.dataSync()];
  optimizer.dispose();
  weight.dispose();
  return values;
}

for (const name of Object.keys(optimizers) as OptimizerName[]) {
  Deno.test(`${name}: a rate factor of 1 changes no bit, one of 0 freezes`, () => {
    expect(kernelAfter(name, () => 1)).toEqual(kernelAfter(name));
    expect(kernelAfter(name, () => 0)).toEqual([1, -2, 3]);
    expect(kernelAfter(name, () => 0.5)).not.toEqual(kernelAfter(name));
  });

  Deno.test(`${name}: a rate factor below 0 is refused by the weight's name`, () => {
    expect(() => kernelAfter(name, () => -1)).toThrow("the rate factor of a/kernel");
  });
}

Deno.test("a configuration's settings reach their optimizer", () => {
  const step = (settings: object) => {
    const weight = tf.tidy(() => tf.variable(tf.tensor2d([[2]])));
    const { optimizer: config } = resolveConfig("butterfly", { optimizer: settings });
    const optimizer = makeOptimizer(new Map([["a/kernel", weight]]), 0.1, config);
    const names = [...optimizer.state.keys()];
    tf.tidy(() => optimizer.apply(new Map([["a/kernel", tf.tensor2d([[3]])]])));
    const [value = NaN] = weight.dataSync();
    optimizer.dispose();
    weight.dispose();
    return { value, names };
  };
  const plain = { name: "sgd", momentum: 0, weightDecay: 0 };
  expect(step(plain)).toEqual({ value: expect.closeTo(1.7, 6), names: ["sgd/learningRate"] });
  expect(step({ ...plain, weightDecay: 0.5 }).value).toBeCloseTo(1.6, 6);
  expect(step({ ...plain, momentum: 0.5, nesterov: true }).value).toBeCloseTo(1.55, 6);
  expect(step({ name: "adamw", weightDecay: 0.5 }).value).toBeCloseTo(1.8, 6);
  expect(step({ name: "rmsprop", momentum: 0.5 }).names).toContain("rmsprop/velocity/a/kernel");
});
