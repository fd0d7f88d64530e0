import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import type { StepFunction } from "papilio/engine/engine.ts";
import { image, inputs, learningStep, newFilter, withOnnxEngine } from "./harness.ts";

Deno.test("constants are baked in with the values of the moment", async () => {
  await withOnnxEngine(async (engine) => {
    const filter = newFilter();
    const learn = await engine.compile(learningStep(filter), {
      name: "learn",
      inputs: inputs(),
      variables: [filter],
    });
    await learn.run({ x: image });
    const sum: StepFunction = () => ({ sum: tf.sum(filter) });
    const frozen = await engine.compile(sum, {
      name: "frozen",
      inputs: inputs(),
      variables: [],
      constants: [filter],
    });
    const learnt = tf.sum(filter).dataSync()[0] as number;
    await learn.run({ x: image });
    expect((await frozen.run({ x: image })).sum?.data[0]).toBeCloseTo(learnt, 4);
  });
});

Deno.test("a step that fails in the runtime is an error, and the engine lives on", async () => {
  await withOnnxEngine(async (engine) => {
    const step: StepFunction = ({ x }) => ({ sum: tf.sum(x as tf.Tensor) });
    const compiled = await engine.compile(step, { name: "sum", inputs: inputs(), variables: [] });
    await expect(compiled.run({ x: new Float32Array(3) })).rejects.toThrow("ONNX Runtime");
    expect((await compiled.run({ x: new Float32Array(144).fill(1) })).sum?.data[0]).toBe(144);
  });
});

Deno.test("what a closed engine was asked is rejected", async () => {
  let pending: Promise<unknown> | undefined;
  await withOnnxEngine(async (engine) => {
    const step: StepFunction = ({ x }) => ({ sum: tf.sum(x as tf.Tensor) });
    const compiled = await engine.compile(step, { name: "sum", inputs: inputs(), variables: [] });
    pending = compiled.run({ x: image });
    pending.catch(() => {});
  });
  await expect(pending).rejects.toThrow("was ended");
});

Deno.test("hundreds of runs hold no more memory than the first ones", async () => {
  await withOnnxEngine(async (engine) => {
    const mebibyte = { shape: [2 ** 18] };
    const state = tf.variable(tf.zeros(mebibyte.shape));
    const step: StepFunction = ({ x }) => {
      state.assign(tf.add(state, x as tf.Tensor));
      return { twice: tf.mul(state, 2) };
    };
    const signature = { name: "large", inputs: { x: mebibyte }, variables: [state] };
    const compiled = await engine.compile(step, signature);
    const x = new Float32Array(2 ** 18);
    const mebibytesAfter = async (runs: number) => {
      for (let i = 0; i < runs; i++) await compiled.run({ x });
      return Deno.memoryUsage().rss / 2 ** 20;
    };
    const early = await mebibytesAfter(200);
    // One mebibyte kept of each run would be 400; garbage that waits to be collected is far less.
    expect(await mebibytesAfter(400) - early).toBeLessThan(250);
    state.dispose();
  });
});
