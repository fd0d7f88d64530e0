import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { WeightAverage } from "papilio/train/optimizers/mod.ts";
import { withOnnxEngine } from "../../engine/harness.ts";

await tf.setBackend("cpu");

const newWeight = (value: number) => tf.tidy(() => tf.variable(tf.tensor1d([value])));
const set = (variable: tf.Variable, value: number) =>
  tf.tidy(() => variable.assign(tf.tensor1d([value])));
const valueOf = (variable: tf.Variable | undefined) => present(variable).dataSync()[0];

Deno.test("WeightAverage: by hand, the first steps with a smaller decay", () => {
  const before = tf.memory().numTensors;
  const weight = newWeight(1);
  const average = new WeightAverage(new Map([["a/kernel", weight]]), { decay: 0.2 });
  expect([...average.state.keys()]).toEqual(["average/steps", "average/of/a/kernel"]);
  const held = average.state.get("average/of/a/kernel");
  expect(valueOf(held)).toBe(1);
  set(weight, 12);
  average.update(); // d = min(0.2, 2 / 11)
  expect(valueOf(held)).toBeCloseTo(1 * 2 / 11 + 12 * 9 / 11, 5);
  set(weight, 0);
  average.update(); // d = min(0.2, 3 / 12)
  expect(valueOf(held)).toBeCloseTo(10 * 0.2, 5);
  average.dispose();
  weight.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

Deno.test("WeightAverage: an exchange shows the averages, a second one goes back", () => {
  const weight = newWeight(1);
  const average = new WeightAverage(new Map([["a/kernel", weight]]));
  set(weight, 7);
  const held = average.state.get("average/of/a/kernel");
  average.exchange();
  expect([valueOf(weight), valueOf(held)]).toEqual([1, 7]);
  set(weight, 3);
  expect(valueOf(held)).toBe(7);
  average.exchange();
  expect([valueOf(weight), valueOf(held)]).toEqual([7, 3]);
  average.dispose();
  weight.dispose();
});

Deno.test("WeightAverage: compiled with the step that moves the weights", async () => {
  await withOnnxEngine(async (engine) => {
    const weight = newWeight(1);
    const average = new WeightAverage(new Map([["a/kernel", weight]]), { decay: 0.5 });
    const compiled = await engine.compile(() => {
      weight.assign(tf.add(weight, 11));
      average.update();
      return { done: tf.scalar(1) };
    }, { name: "average", inputs: {}, variables: [weight, ...average.state.values()] });
    for (let step = 0; step < 2; step++) await compiled.run({});
    await engine.pull([weight, ...average.state.values()]);
    const first = 1 * 2 / 11 + 12 * 9 / 11;
    expect(valueOf(weight)).toBe(23);
    expect(valueOf(average.state.get("average/of/a/kernel")))
      .toBeCloseTo(first / 4 + 23 * 3 / 4, 4);
    await compiled.dispose();
    average.dispose();
    weight.dispose();
  });
});

Deno.test("WeightAverage: a decay out of range is refused", () => {
  expect(() => new WeightAverage(new Map(), { decay: 1.1 })).toThrow("the average's decay");
});
