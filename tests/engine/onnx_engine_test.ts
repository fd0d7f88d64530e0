import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import type { StepFunction } from "papilio/engine/engine.ts";
import { relativeError, withOnnxEngine } from "./harness.ts";

/** A convolution whose filter takes a gradient step; the runtime keeps the filter as OIHW. */
function learningStep(filter: tf.Variable): StepFunction {
  return ({ x }) => {
    const loss = () =>
      tf.mean(
        tf.square(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "same")),
      ) as tf.Scalar;
    const { value, grads } = tf.variableGrads(loss, [filter]);
    filter.assign(tf.sub(filter, grads[filter.name] as tf.Tensor));
    return { loss: value };
  };
}

const newFilter = () => tf.variable(tf.randomNormal([3, 3, 2, 4], 0, 1, "float32", 3));
const image = tf.tidy(() =>
  tf.randomNormal([2, 6, 6, 2], 0, 1, "float32", 4).dataSync<"float32">()
);
const inputs = (batch = 2) => ({ x: { shape: [batch, 6, 6, 2] } });

Deno.test("state is kept between steps and comes back by pull", async () => {
  await withOnnxEngine(async (engine) => {
    const [compiledFilter, eagerFilter] = [newFilter(), newFilter()];
    const variables = [compiledFilter];
    const step = await engine.compile(learningStep(compiledFilter), {
      name: "learn",
      inputs: inputs(),
      variables,
    });
    const eager = learningStep(eagerFilter);
    for (let i = 0; i < 3; i++) {
      const { loss } = await step.run({ x: image });
      const expected = tf.tidy(() =>
        (eager({ x: tf.tensor(image, [2, 6, 6, 2]) }).loss as tf.Tensor).dataSync()[0] as number
      );
      expect(loss?.data[0]).toBeCloseTo(expected, 5);
    }
    await engine.pull(variables);
    expect(relativeError(compiledFilter.dataSync(), eagerFilter.dataSync())).toBeLessThan(1e-5);
  });
});

Deno.test("push sets the state, for every compiled step that shares it", async () => {
  await withOnnxEngine(async (engine) => {
    const filter = newFilter();
    const variables = [filter];
    const learn = await engine.compile(learningStep(filter), {
      name: "learn",
      inputs: inputs(),
      variables,
    });
    const sum: StepFunction = () => ({ sum: tf.sum(filter) });
    const read = await engine.compile(sum, { name: "read", inputs: inputs(1), variables });
    const one = { x: image.slice(0, 72) };
    const before = (await read.run(one)).sum?.data[0] as number;
    await learn.run({ x: image });
    expect((await read.run(one)).sum?.data[0]).not.toBeCloseTo(before, 4);
    filter.assign(tf.ones([3, 3, 2, 4]));
    await engine.push(variables);
    expect((await read.run(one)).sum?.data[0]).toBeCloseTo(72, 5);
  });
});

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

Deno.test("uint8 images arrive as numbers from 0 to 255", async () => {
  await withOnnxEngine(async (engine) => {
    const step: StepFunction = ({ x }) => ({
      mean: tf.mean(x as tf.Tensor, [1, 2]),
      same: x as tf.Tensor,
    });
    const specification = { shape: [1, 2, 2, 3], dtype: "uint8" as const };
    const compiled = await engine.compile(step, {
      name: "bytes",
      inputs: { x: specification },
      variables: [],
    });
    const bytes = Uint8Array.from([0, 10, 255, 20, 30, 255, 40, 50, 255, 60, 70, 255]);
    const { mean, same } = await compiled.run({ x: bytes });
    expect([...(mean?.data ?? [])]).toEqual([30, 40, 255]);
    expect(same).toEqual({ shape: [1, 2, 2, 3], data: Float32Array.from(bytes) });
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
