/** What every engine has in common, over many runs: state, neighbours, memory. */
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import type { Engine, StepFunction } from "papilio/engine/engine.ts";
import { absentEngines, missingEngines, testEngines } from "./_engines.ts";
import { image, inputs, learningStep, newFilter, relativeError } from "./harness.ts";

tf.enableProdMode();
await tf.setBackend("cpu");

function compileLearning(engine: Engine, filter: tf.Variable) {
  const signature = { name: "learn", inputs: inputs(), variables: [filter] };
  return engine.compile(learningStep(filter), signature);
}

Deno.test("engines that are not here are named, and are not those that must be", () => {
  for (const { title, reason } of absentEngines) {
    console.log(`skipped: engine ${title} (${reason})`);
  }
  expect(missingEngines).toEqual([]);
});

testEngines("state is kept between steps and comes back by pull", async (engine) => {
  const [filter, eagerFilter] = [newFilter(), newFilter()];
  const learn = await compileLearning(engine, filter);
  const eager = learningStep(eagerFilter);
  for (let i = 0; i < 3; i++) {
    const { loss } = await learn.run({ x: image });
    const expected = tf.tidy(() =>
      (eager({ x: tf.tensor(image, [2, 6, 6, 2]) }).loss as tf.Tensor).dataSync()[0] as number
    );
    expect(loss?.data[0]).toBeCloseTo(expected, 5);
  }
  await engine.pull([filter]);
  expect(relativeError(filter.dataSync(), eagerFilter.dataSync())).toBeLessThan(1e-5);
  tf.dispose([filter, eagerFilter]);
});

testEngines("push sets the state, for every step that shares it", async (engine) => {
  const filter = newFilter();
  const learn = await compileLearning(engine, filter);
  const sum: StepFunction = () => ({ sum: tf.sum(filter) });
  const signature = { name: "read", inputs: inputs(1), variables: [filter] };
  const read = await engine.compile(sum, signature);
  const one = { x: image.slice(0, 72) };
  const before = (await read.run(one)).sum?.data[0] as number;
  await learn.run({ x: image });
  expect((await read.run(one)).sum?.data[0]).not.toBeCloseTo(before, 4);
  filter.assign(tf.ones([3, 3, 2, 4]));
  await engine.push([filter]);
  expect((await read.run(one)).sum?.data[0]).toBeCloseTo(72, 5);
  filter.dispose();
});

testEngines("what a step only reads stays readable without a pull", async (engine) => {
  // So many that no backend keeps them in JavaScript's memory for their smallness.
  const weights = tf.variable(tf.range(0, 2000));
  const start = [...weights.dataSync()];
  const sum: StepFunction = () => ({ sum: tf.sum(tf.mul(weights, 2)) });
  for (const list of ["variables", "constants"] as const) {
    const signature = { name: list, inputs: {}, variables: [], [list]: [weights] };
    const read = await engine.compile(sum, signature);
    expect((await read.run({})).sum?.data[0]).toBe(1999 * 2000);
    expect([...weights.dataSync()]).toEqual(start);
  }
  weights.dispose();
});

testEngines(
  "another engine may run in between, and tfjs' backend stays as it was",
  async (engine) => {
    const other = await EagerEngine.create("cpu");
    const [filter, otherFilter] = [newFilter(), newFilter()];
    const learn = await compileLearning(engine, filter);
    const learnOther = await compileLearning(other, otherFilter);
    const before = tf.getBackend();
    const runs = [learn, learnOther, learn, learnOther].map((step) => step.run({ x: image }));
    const losses = (await Promise.all(runs)).map(({ loss }) => loss?.data[0] as number);
    expect(losses[0]).toBeCloseTo(losses[1] as number, 4);
    expect(losses[2]).toBeCloseTo(losses[3] as number, 4);
    expect(losses[2]).not.toBeCloseTo(losses[0] as number, 1);
    await engine.pull([filter]);
    expect(relativeError(filter.dataSync(), otherFilter.dataSync())).toBeLessThan(1e-5);
    expect(tf.getBackend()).toBe(before);
    tf.dispose([filter, otherFilter]);
  },
);

testEngines("variables can be read and used when their engine is gone", async (engine) => {
  const filter = newFilter();
  const learn = await compileLearning(engine, filter);
  await learn.run({ x: image });
  await engine.pull([filter]);
  const before = [...filter.dataSync()];
  await engine.dispose();
  expect([...filter.dataSync()]).toEqual(before);
  const next = await EagerEngine.create("cpu");
  const read = await next.compile(() => ({ filter }), {
    name: "read",
    inputs: {},
    variables: [filter],
  });
  expect([...(await read.run({})).filter?.data ?? []]).toEqual(before);
  filter.dispose();
});

/** Buffers of tfjs' WebGPU backend; nothing of the others. */
function buffersOf({ name }: Engine) {
  if (name !== "webgpu") return {};
  const backend = tf.findBackend("webgpu") as unknown as {
    bufferManager: Record<"numUsedBuffers" | "numFreeBuffers" | "numBytesAllocated", number>;
  };
  const { numUsedBuffers, numFreeBuffers, numBytesAllocated } = backend.bufferManager;
  return { numUsedBuffers, numFreeBuffers, numBytesAllocated };
}

testEngines("many steps leave nothing behind", async (engine) => {
  const filter = newFilter();
  const learn = await compileLearning(engine, filter);
  const runMany = async (count: number) => {
    for (let i = 0; i < count; i++) await learn.run({ x: image });
    return { numTensors: tf.memory().numTensors, ...buffersOf(engine) };
  };
  const early = await runMany(20);
  expect(await runMany(480)).toEqual(early);
  filter.dispose();
});
