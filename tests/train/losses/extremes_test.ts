/** No loss may lose its number: huge logits, masks without foreground, masks without background. */
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { losses } from "papilio/train/losses/mod.ts";
import { withOnnxEngine } from "../../engine/harness.ts";
import { evaluate, type Numbers } from "./_evaluate.ts";

await tf.setBackend("cpu");

const pixels = 12;
const repeat = (...values: number[]) =>
  Array.from({ length: pixels }, (_, i) => values[i % values.length] ?? NaN);

const logitRows = [[-1e4], [-20], [0], [20], [1e4], [1e4, -1e4], [-1e4, 1e4, 0, 3]];
const maskRows = [[0], [1], [1, 0]];

/** The logits and masks that a loss of this name takes: two classes for each pixel, or one number. */
function inputsOf(name: string, logits: number[], masks: number[]): [Numbers, Numbers] {
  const one = { shape: [1, 3, 4, 1] };
  const two = { shape: [1, 3, 4, 2] };
  const both = (values: number[], other: (x: number) => number) =>
    values.flatMap((value) => [value, other(value)]);
  if (name === "categorical-cross-entropy") {
    const classes = both(masks, (y) => 1 - y);
    return [{ ...two, data: both(logits, (z) => -z) }, { ...two, data: classes }];
  }
  if (name.startsWith("sparse")) {
    return [{ ...two, data: both(logits, (z) => -z) }, { ...one, data: masks }];
  }
  return [{ ...one, data: logits }, { ...one, data: masks }];
}

for (const [name, loss] of Object.entries(losses)) {
  Deno.test(`${name}: finite, and not below 0, with a finite gradient`, () => {
    for (const logits of logitRows) {
      for (const masks of maskRows) {
        const { value, gradient } = evaluate(
          loss,
          ...inputsOf(name, repeat(...logits), repeat(...masks)),
        );
        expect({ logits, masks, finite: [value, ...gradient].every(Number.isFinite) })
          .toEqual({ logits, masks, finite: true });
        expect(value).toBeGreaterThanOrEqual(0);
      }
    }
  });

  Deno.test(`${name}: nothing to pay for sure and right answers, and nothing to change`, () => {
    for (const masks of maskRows) {
      const logits = repeat(...masks).map((y) =>
        name.startsWith("sparse") === (y === 1) ? -40 : 40
      );
      const { value, gradient } = evaluate(loss, ...inputsOf(name, logits, repeat(...masks)));
      expect(value).toBeLessThan(1e-6);
      expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-6);
    }
  });

  Deno.test(`${name}: leaves no tensor behind`, () => {
    const before = tf.memory().numTensors;
    evaluate(loss, ...inputsOf(name, repeat(1), repeat(0, 1)));
    expect(tf.memory().numTensors).toBe(before);
  });
}

Deno.test("compiled, every loss stays finite too", async (t) => {
  await withOnnxEngine(async (engine) => {
    for (const [name, loss] of Object.entries(losses)) {
      await t.step(name, async () => {
        const [{ shape }, { shape: maskShape }] = inputsOf(name, repeat(0), repeat(0));
        const step = await engine.compile(({ z, y }) => {
          const { value, grad } = tf.valueAndGrad((z) => loss(z as tf.Tensor4D, y as tf.Tensor4D))(
            z as tf.Tensor4D,
          );
          return { loss: value, gradient: grad };
        }, {
          name,
          inputs: { z: { shape }, y: { shape: maskShape } },
          variables: [],
        });
        for (const logits of logitRows) {
          for (const masks of maskRows) {
            const [z, y] = inputsOf(name, repeat(...logits), repeat(...masks));
            const got = await step.run({
              z: Float32Array.from(z.data),
              y: Float32Array.from(y.data),
            });
            const numbers = [...got.loss?.data ?? [NaN], ...got.gradient?.data ?? [NaN]];
            expect({ logits, masks, finite: numbers.every(Number.isFinite) })
              .toEqual({ logits, masks, finite: true });
          }
        }
        await step.dispose();
      });
    }
  });
});
