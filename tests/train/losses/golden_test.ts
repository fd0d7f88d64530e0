/** Every loss against PyTorch in float64, by finite differences, and on every engine. */
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { losses, type LossSettings, makeLoss } from "papilio/train/losses/mod.ts";
import { testEngines } from "../../engine/_engines.ts";
import { relativeError } from "../../engine/harness.ts";
import golden from "../../golden/losses/losses.json" with { type: "json" };
import { evaluate, valueOf } from "./_evaluate.ts";

await tf.setBackend("cpu");

const cases = golden.map((entry) => {
  const settings = entry.settings as LossSettings;
  return {
    ...entry,
    title: `${entry.loss} ${JSON.stringify(settings)} ${kindOf(entry)}`,
    make: () => makeLoss(entry.loss, settings),
  };
});

function kindOf({ logits: { shape }, masks: { data } }: typeof golden[number]): string {
  if (shape.at(-1) === 1) return "of foreground";
  return data.includes(255) ? "of classes, some pixels ignored" : "of classes";
}

Deno.test("there is a golden value for every loss", () => {
  const tested = new Set(golden.map(({ loss }) => loss));
  expect(Object.keys(losses).filter((name) => !tested.has(name))).toEqual([]);
});

for (const { title, make, logits, masks, ...expected } of cases) {
  Deno.test(`${title}: value and gradient equal PyTorch's`, () => {
    const { value, gradient } = evaluate(make(), logits, masks);
    expect(Math.abs(value / expected.value - 1)).toBeLessThan(1e-6);
    const errors = gradient.map((slope, i) => Math.abs(slope - present(expected.gradient[i])));
    expect(Math.max(...errors)).toBeLessThan(2e-7);
  });

  Deno.test(`${title}: the gradient is the slope of the value`, () => {
    const loss = make();
    const { gradient } = evaluate(loss, logits, masks);
    for (let i = 0; i < gradient.length; i += 3) {
      const at = (shift: number) => {
        const data = logits.data.map((z, j) => i === j ? z + shift : z);
        return valueOf(loss, { ...logits, data }, masks);
      };
      expect(Math.abs(present(gradient[i]) - (at(0.01) - at(-0.01)) / 0.02)).toBeLessThan(1e-4);
    }
  });
}

testEngines("every loss and its gradient equal PyTorch's", async (engine) => {
  const wrong: [title: string, error: number][] = [];
  for (const { title, make, logits, masks, ...expected } of cases) {
    const loss = make();
    const step = await engine.compile(({ z, y }) => {
      const of = (z: tf.Tensor) => loss(z as tf.Tensor4D, y as tf.Tensor4D);
      const { value, grad } = tf.valueAndGrad(of)(present(z));
      return { value, gradient: grad };
    }, {
      name: title,
      inputs: { z: { shape: logits.shape }, y: { shape: masks.shape } },
      variables: [],
    });
    const data = { z: Float32Array.from(logits.data), y: Float32Array.from(masks.data) };
    const { value, gradient } = await step.run(data);
    await step.dispose();
    const error = Math.max(
      relativeError(value?.data ?? [], [expected.value]),
      relativeError(gradient?.data ?? [], expected.gradient),
    );
    if (!(error < 1e-5)) wrong.push([title, error]);
  }
  expect(wrong).toEqual([]);
});
