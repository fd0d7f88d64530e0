/** What every engine has in common: one suite, run on all that this machine has. */
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import type { Engine, StepFunction } from "papilio/engine/engine.ts";
import { testEngines } from "./_engines.ts";

tf.enableProdMode();
await tf.setBackend("cpu");

const inputs = { x: { shape: [2] } };
const x = Float32Array.of(10, 20);

function compile(engine: Engine, step: StepFunction, variables: tf.Variable[]) {
  return engine.compile(step, { name: "state", inputs, variables });
}

/** Compiles and runs a step, and gives the variables' new values. */
async function valuesAfter(engine: Engine, step: StepFunction, variables: tf.Variable[], runs = 1) {
  const compiled = await compile(engine, step, variables);
  for (let i = 0; i < runs; i++) await compiled.run({ x });
  await engine.pull(variables);
  await compiled.dispose();
  return variables.map((variable) => [...variable.dataSync()]);
}

const pair = () => [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3, 4]))] as const;

testEngines("a variable may be assigned another variable's value", async (engine) => {
  const [a, b] = pair();
  const step: StepFunction = () => {
    a.assign(b);
    return {};
  };
  expect(await valuesAfter(engine, step, [a, b])).toEqual([[3, 4], [3, 4]]);
  tf.dispose([a, b]);
});

testEngines("two variables may change places", async (engine) => {
  const [a, b] = pair();
  const step: StepFunction = () => {
    const before = tf.clone(a);
    a.assign(b);
    b.assign(before);
    return {};
  };
  expect(await valuesAfter(engine, step, [a, b])).toEqual([[3, 4], [1, 2]]);
  expect(await valuesAfter(engine, step, [a, b], 2)).toEqual([[3, 4], [1, 2]]);
  tf.dispose([a, b]);
});

testEngines("a variable may be assigned a captured tensor, which lives on", async (engine) => {
  const [a] = pair();
  const captured = tf.tensor1d([7, 8]);
  const step: StepFunction = () => {
    a.assign(captured);
    return {};
  };
  expect(await valuesAfter(engine, step, [a])).toEqual([[7, 8]]);
  a.dispose();
  expect([...captured.dataSync()]).toEqual([7, 8]);
  captured.dispose();
});

testEngines(
  "a variable may be assigned uniform and constant values, and an input",
  async (engine) => {
    const variables = [...pair(), ...pair()];
    const [a, b, c, d] = variables as [tf.Variable, tf.Variable, tf.Variable, tf.Variable];
    const step: StepFunction = ({ x }) => {
      a.assign(tf.zeros([2]));
      b.assign(tf.tensor1d([5, 6]));
      c.assign(x as tf.Tensor);
      d.assign(tf.mul(tf.add(d, 1), tf.ones([2])));
      return { x2: tf.mul(x as tf.Tensor, 2) };
    };
    expect(await valuesAfter(engine, step, variables, 3)).toEqual([[0, 0], [5, 6], [10, 20], [
      6,
      7,
    ]]);
    tf.dispose(variables);
  },
);

testEngines(
  "a variable that is assigned twice keeps the last value; readers see the one before",
  async (engine) => {
    const [a, b] = pair();
    const step: StepFunction = ({ x }) => {
      a.assign(tf.add(a, x as tf.Tensor));
      b.assign(a);
      a.assign(tf.mul(a, 2));
      return {};
    };
    expect(await valuesAfter(engine, step, [a, b])).toEqual([[22, 44], [11, 22]]);
    tf.dispose([a, b]);
  },
);

testEngines("variables that share one tensor are different variables", async (engine) => {
  const first = tf.variable(tf.tensor1d([1, 2]));
  const second = tf.variable(first);
  const average = tf.variable(tf.tensor1d([0, 0]));
  average.assign(first);
  const step: StepFunction = ({ x }) => {
    first.assign(tf.add(first, x as tf.Tensor));
    average.assign(tf.add(tf.mul(average, 0.5), tf.mul(first, 0.5)));
    return {};
  };
  expect(await valuesAfter(engine, step, [first, second, average], 2))
    .toEqual([[21, 42], [1, 2], [13.5, 27]]);
  tf.dispose([first, second, average]);
});

testEngines("outputs may be a variable, unchanged or new, in every layout", async (engine) => {
  const filter = tf.variable(tf.tensor4d([...Array(36).keys()], [3, 3, 2, 2]));
  const [a, b] = pair();
  const step: StepFunction = ({ x }) => {
    const image = tf.reshape(tf.tile(x as tf.Tensor, [8]), [1, 4, 2, 2]) as tf.Tensor4D;
    const y = tf.sum(tf.conv2d(image, filter as tf.Tensor4D, 1, "same"));
    b.assign(tf.add(a, b));
    return { y, filter, a, b, again: b };
  };
  const compiled = await compile(engine, step, [filter, a, b]);
  for (const expected of [[4, 6], [5, 8]]) {
    const outputs = await compiled.run({ x });
    expect([...outputs.filter?.data ?? []]).toEqual([...Array(36).keys()]);
    expect([...outputs.a?.data ?? []]).toEqual([1, 2]);
    expect([...outputs.b?.data ?? []]).toEqual(expected);
    expect([...outputs.again?.data ?? []]).toEqual(expected);
  }
  tf.dispose([filter, a, b]);
});

testEngines("int32 and bool variables are pulled and pushed", async (engine) => {
  const count = tf.variable(tf.scalar(3, "int32"), false, undefined, "int32");
  const flags = tf.variable(tf.tensor1d([true, false]), false, undefined, "bool");
  const step: StepFunction = () => {
    count.assign(tf.add(count, tf.scalar(1, "int32")));
    flags.assign(tf.logicalNot(flags));
    return { count, flags };
  };
  const compiled = await compile(engine, step, [count, flags]);
  const { count: four, flags: turned } = await compiled.run({ x });
  expect(four).toEqual({ shape: [], data: Float32Array.of(4) });
  expect(turned).toEqual({ shape: [2], data: Float32Array.of(0, 1) });
  await engine.pull([count, flags]);
  expect([...count.dataSync(), ...flags.dataSync()]).toEqual([4, 0, 1]);
  expect([count.dtype, flags.dtype]).toEqual(["int32", "bool"]);
  count.assign(tf.scalar(10, "int32"));
  await engine.push([count]);
  expect((await compiled.run({ x })).count?.data[0]).toBe(11);
  tf.dispose([count, flags]);
});

testEngines(
  "a variable listed twice is one, and push before compile is nothing",
  async (engine) => {
    const [a] = pair();
    await engine.push([a]);
    await engine.pull([a]);
    const step: StepFunction = ({ x }) => {
      a.assign(tf.add(a, x as tf.Tensor));
      return {};
    };
    const compiled = await compile(engine, step, [a, a]);
    await compiled.run({ x });
    await engine.pull([a, a]);
    expect([...a.dataSync()]).toEqual([11, 22]);
    a.dispose();
  },
);

testEngines("a graph keeps the layout that another one has fixed", async (engine) => {
  const filter = tf.variable(tf.tensor4d([...Array(36).keys()], [3, 3, 2, 2]));
  const numbers = tf.clone(filter);
  const convolve: StepFunction = ({ x }) => {
    const image = tf.reshape(tf.tile(x as tf.Tensor, [8]), [1, 4, 2, 2]) as tf.Tensor4D;
    return { y: tf.conv2d(image, filter as tf.Tensor4D, 1, "same") };
  };
  const shift: StepFunction = () => {
    filter.assign(tf.add(filter, numbers));
    return { filter };
  };
  const doubled = [...Array(36).keys()].map((i) => 2 * i);
  const one = await compile(engine, convolve, [filter]);
  const two = await compile(engine, shift, [filter]);
  const before = (await one.run({ x })).y?.data ?? [];
  expect([...(await two.run({ x })).filter?.data ?? []]).toEqual(doubled);
  expect([...(await one.run({ x })).y?.data ?? []]).toEqual(
    [...before].map((value) => 2 * value),
  );
  await engine.pull([filter]);
  expect([...filter.dataSync()]).toEqual(doubled);
  filter.dispose();
});

testEngines("calls that overlap are answered one after the other", async (engine) => {
  const [a] = pair();
  const step: StepFunction = ({ x }) => {
    a.assign(tf.add(a, x as tf.Tensor));
    return { a };
  };
  const compiled = await compile(engine, step, [a]);
  const runs = [compiled.run({ x }), compiled.run({ x }), compiled.run({ x })];
  const pulled = engine.pull([a]).then(() => [...a.dataSync()]);
  const last = compiled.run({ x });
  const seen = (await Promise.all(runs)).map(({ a }) => a?.data[0]);
  expect(seen).toEqual([11, 21, 31]);
  expect(await pulled).toEqual([31, 62]);
  expect((await last).a?.data[0]).toBe(41);
  a.dispose();
});

testEngines("the use of disposed variables and steps is an error", async (engine) => {
  const [a, b] = pair();
  const read = (variable: tf.Variable): StepFunction => () => ({ sum: tf.sum(variable) });
  const first = await compile(engine, read(a), [a]);
  a.dispose();
  const second = await compile(engine, read(b), [b]);
  await expect(first.run({ x })).rejects.toThrow("a variable of this step has been disposed");
  await second.dispose();
  await expect(second.run({ x })).rejects.toThrow("this step has been disposed");
  b.dispose();
});

testEngines("a run that fails leaves the state as it was", async (engine) => {
  const [a] = pair();
  const step: StepFunction = ({ x }) => {
    a.assign(tf.add(a, x as tf.Tensor));
    return { a };
  };
  const compiled = await compile(engine, step, [a]);
  await compiled.run({ x });
  await expect(compiled.run({ x: new Float32Array(3) })).rejects.toThrow();
  await expect(compiled.run({})).rejects.toThrow("input x is missing");
  expect([...(await compiled.run({ x })).a?.data ?? []]).toEqual([21, 42]);
  a.dispose();
});

testEngines("uint8 inputs of any rank arrive as float32", async (engine) => {
  const specifications = [[], [2], [1, 2], [2, 1, 1], [1, 1, 2, 1, 1]].map((shape, i) =>
    [`x${i}`, { shape, dtype: "uint8" as const }] as const
  );
  const compiled = await engine.compile(
    (given) =>
      Object.fromEntries(Object.entries(given).map(([name, x]) => [`${name}half`, tf.div(x, 2)])),
    { name: "bytes", inputs: Object.fromEntries(specifications), variables: [] },
  );
  const data = Object.fromEntries(
    specifications.map(([name, { shape }]) => [
      name,
      Uint8Array.of(255, 3).slice(0, shape.reduce((a, b) => a * b, 1)),
    ]),
  );
  const outputs = await compiled.run(data);
  for (const [name, { shape }] of specifications) {
    const half = [127.5, 1.5].slice(0, data[name]?.length);
    expect(outputs[`${name}half`]).toEqual({ shape, data: Float32Array.from(half) });
  }
});

testEngines(
  "a closed engine rejects what it is asked; closing again is nothing",
  async (engine) => {
    const [a] = pair();
    const compiled = await compile(engine, () => ({ sum: tf.sum(a) }), [a]);
    const asked = [() => compiled.run({ x }), () => engine.pull([a]), () => engine.push([a])];
    await engine.dispose();
    await compiled.dispose();
    for (const ask of asked) await expect(ask()).rejects.toThrow("was ended");
    expect([...a.dataSync()]).toEqual([1, 2]);
    a.dispose();
  },
);

testEngines("uint8 images arrive as numbers from 0 to 255", async (engine) => {
  const step: StepFunction = ({ x }) => ({
    mean: tf.mean(x as tf.Tensor, [1, 2]),
    same: x as tf.Tensor,
  });
  const compiled = await engine.compile(step, {
    name: "bytes",
    inputs: { x: { shape: [1, 2, 2, 3], dtype: "uint8" } },
    variables: [],
  });
  const bytes = Uint8Array.from([0, 10, 255, 20, 30, 255, 40, 50, 255, 60, 70, 255]);
  const { mean, same } = await compiled.run({ x: bytes });
  expect([...(mean?.data ?? [])]).toEqual([30, 40, 255]);
  expect(same).toEqual({ shape: [1, 2, 2, 3], data: Float32Array.from(bytes) });
});

testEngines("int32 inputs keep their dtype in the step", async (engine) => {
  const step: StepFunction = ({ x }) => ({
    isWhole: tf.scalar(x?.dtype === "int32" ? 1 : 0),
    twice: tf.add(x as tf.Tensor, x as tf.Tensor),
  });
  const compiled = await engine.compile(step, {
    name: "whole",
    inputs: { x: { shape: [3], dtype: "int32" } },
    variables: [],
  });
  const { isWhole, twice } = await compiled.run({ x: Int32Array.of(7, -4, 2 ** 25 + 1) });
  expect(isWhole?.data[0]).toBe(1);
  expect(twice).toEqual({ shape: [3], data: Float32Array.of(14, -8, 2 ** 26 + 2) });
});
