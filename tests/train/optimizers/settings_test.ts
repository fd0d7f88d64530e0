import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { AdamW, isOptimizerState, RmsProp, Sgd } from "papilio/train/optimizers/mod.ts";

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
