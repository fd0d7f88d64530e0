/** What becomes of variables: assigned, shared, disposed, of every dtype. */
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { PapilioError } from "papilio/core/errors.ts";
import type { OnnxEngine } from "papilio/engine/compiled/onnx_engine.ts";
import { traceStep } from "papilio/engine/compiled/trace.ts";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import type { StepFunction } from "papilio/engine/engine.ts";
import { withOnnxEngine } from "./harness.ts";

tf.enableProdMode();
await tf.setBackend("cpu");

const inputs = { x: { shape: [2] } };
const x = Float32Array.of(10, 20);

function compile(engine: OnnxEngine, step: StepFunction, variables: tf.Variable[]) {
  return engine.compile(step, { name: "state", inputs, variables });
}

/** Compiles and runs a step once, and gives the variables' new values. */
async function valuesAfter(step: StepFunction, variables: tf.Variable[], runs = 1) {
  return await withOnnxEngine(async (engine) => {
    const compiled = await compile(engine, step, variables);
    for (let i = 0; i < runs; i++) await compiled.run({ x });
    await engine.pull(variables);
    return variables.map((variable) => [...variable.dataSync()]);
  });
}

const pair = () => [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3, 4]))] as const;

Deno.test("a variable may be assigned another variable's value", async () => {
  const [a, b] = pair();
  const step: StepFunction = () => {
    a.assign(b);
    return {};
  };
  expect(await valuesAfter(step, [a, b])).toEqual([[3, 4], [3, 4]]);
  tf.dispose([a, b]);
});

Deno.test("two variables may change places", async () => {
  const [a, b] = pair();
  const step: StepFunction = () => {
    const before = tf.clone(a);
    a.assign(b);
    b.assign(before);
    return {};
  };
  expect(await valuesAfter(step, [a, b])).toEqual([[3, 4], [1, 2]]);
  expect(await valuesAfter(step, [a, b], 2)).toEqual([[3, 4], [1, 2]]);
  tf.dispose([a, b]);
});

Deno.test("a variable may be assigned a captured tensor, which lives on", async () => {
  const [a] = pair();
  const captured = tf.tensor1d([7, 8]);
  const step: StepFunction = () => {
    a.assign(captured);
    return {};
  };
  expect(await valuesAfter(step, [a])).toEqual([[7, 8]]);
  a.dispose();
  expect([...captured.dataSync()]).toEqual([7, 8]);
  captured.dispose();
});

Deno.test("a variable may be assigned uniform and constant values, and an input", async () => {
  const variables = [...pair(), ...pair()];
  const [a, b, c, d] = variables as [tf.Variable, tf.Variable, tf.Variable, tf.Variable];
  const step: StepFunction = ({ x }) => {
    a.assign(tf.zeros([2]));
    b.assign(tf.tensor1d([5, 6]));
    c.assign(x as tf.Tensor);
    d.assign(tf.mul(tf.add(d, 1), tf.ones([2])));
    return { x2: tf.mul(x as tf.Tensor, 2) };
  };
  expect(await valuesAfter(step, variables, 3)).toEqual([[0, 0], [5, 6], [10, 20], [6, 7]]);
  tf.dispose(variables);
});

Deno.test("a variable that is assigned twice keeps the last value; readers see the one before", async () => {
  const [a, b] = pair();
  const step: StepFunction = ({ x }) => {
    a.assign(tf.add(a, x as tf.Tensor));
    b.assign(a);
    a.assign(tf.mul(a, 2));
    return {};
  };
  expect(await valuesAfter(step, [a, b])).toEqual([[22, 44], [11, 22]]);
  tf.dispose([a, b]);
});

Deno.test("variables that share one tensor are different variables", async () => {
  const first = tf.variable(tf.tensor1d([1, 2]));
  const second = tf.variable(first);
  const average = tf.variable(tf.tensor1d([0, 0]));
  average.assign(first);
  const step: StepFunction = ({ x }) => {
    first.assign(tf.add(first, x as tf.Tensor));
    average.assign(tf.add(tf.mul(average, 0.5), tf.mul(first, 0.5)));
    return {};
  };
  expect(await valuesAfter(step, [first, second, average], 2))
    .toEqual([[21, 42], [1, 2], [13.5, 27]]);
  tf.dispose([first, second, average]);
});

Deno.test("outputs may be a variable, unchanged or new, in every layout", async () => {
  await withOnnxEngine(async (engine) => {
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
});

Deno.test("an eager step may return a variable, which lives on", async () => {
  const engine = await EagerEngine.create("cpu");
  const [a, b] = pair();
  const step: StepFunction = () => ({ a, again: a, sum: tf.add(a, b) });
  const compiled = await engine.compile(step, { name: "state", inputs, variables: [a, b] });
  const before = tf.memory().numTensors;
  for (let i = 0; i < 2; i++) {
    expect([...(await compiled.run({ x })).again?.data ?? []]).toEqual([1, 2]);
  }
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([a, b]);
});

Deno.test("int32 and bool variables are pulled and pushed", async () => {
  await withOnnxEngine(async (engine) => {
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
});

Deno.test("a variable listed twice is one, and push before compile is nothing", async () => {
  const [a] = pair();
  await withOnnxEngine(async (engine) => {
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
  });
  a.dispose();
});

Deno.test("a variable in both lists is an error", () => {
  const a = tf.variable(tf.scalar(1), true, "both/lists");
  const signature = { name: "test step", inputs: {}, variables: [a], constants: [a] };
  expect(() => traceStep(() => ({}), signature)).toThrow(PapilioError);
  expect(() => traceStep(() => ({}), signature)).toThrow(
    'Cannot compile the step "test step": expected each variable in one list, ' +
      'got the variable "both/lists" in `variables` and in `constants`. ' +
      "Leave it in `variables` if the step assigns it.",
  );
  a.dispose();
});

Deno.test("an output with the name of an input is an error", () => {
  const signature = { name: "test step", inputs, variables: [] };
  expect(() => traceStep(({ x }) => ({ x: tf.neg(x as tf.Tensor) }), signature)).toThrow(
    'expected outputs with names of their own, got the output "x", which is also an input',
  );
});

Deno.test("a graph keeps the layout that another one has fixed", async () => {
  await withOnnxEngine(async (engine) => {
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
});

Deno.test("calls that overlap are answered one after the other", async () => {
  await withOnnxEngine(async (engine) => {
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
});

Deno.test("disposed variables and steps: state is dropped, and their use is an error", async () => {
  await withOnnxEngine(async (engine) => {
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
});

Deno.test("a run that fails leaves the state as it was", async () => {
  await withOnnxEngine(async (engine) => {
    const [a] = pair();
    const step: StepFunction = ({ x }) => {
      a.assign(tf.add(a, x as tf.Tensor));
      return { a };
    };
    const compiled = await compile(engine, step, [a]);
    await compiled.run({ x });
    await expect(compiled.run({ x: new Float32Array(3) })).rejects.toThrow("ONNX Runtime");
    await expect(compiled.run({})).rejects.toThrow("input x is missing");
    expect([...(await compiled.run({ x })).a?.data ?? []]).toEqual([21, 42]);
    a.dispose();
  });
});

Deno.test("a graph that the runtime refuses is an error that names the step", async () => {
  await withOnnxEngine(async (engine) => {
    const step: StepFunction = ({ x }) => ({ y: tf.exp(tf.cast(x as tf.Tensor, "int32")) });
    await expect(compile(engine, step, [])).rejects.toThrow(PapilioError);
    await expect(compile(engine, step, [])).rejects.toThrow(
      'Cannot compile the step "state": expected a graph that ONNX Runtime takes, got ONNX Runtime:',
    );
  });
});

Deno.test("a disposed variable in the list is an error, and tracing goes on working", () => {
  const [a, b] = pair();
  a.dispose();
  const signature = { name: "test step", inputs, variables: [a] };
  expect(() => traceStep(() => ({}), signature)).toThrow("Tensor is disposed");
  const sum = traceStep(() => ({ sum: tf.sum(b) }), { ...signature, variables: [b] });
  expect(sum.outputs).toEqual({ sum: [] });
  b.dispose();
});

Deno.test("uint8 inputs of any rank arrive as float32", async () => {
  await withOnnxEngine(async (engine) => {
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
});

Deno.test("a closed engine rejects what it is asked, and closing again is nothing", async () => {
  let asked: (() => Promise<unknown>)[] = [];
  await withOnnxEngine(async (engine) => {
    const [a] = pair();
    const compiled = await compile(engine, () => ({ sum: tf.sum(a) }), [a]);
    asked = [() => compiled.run({ x }), () => engine.pull([a]), () => engine.push([a])];
    await engine.dispose();
    await compiled.dispose();
  });
  for (const ask of asked) await expect(ask()).rejects.toThrow("was ended");
});
