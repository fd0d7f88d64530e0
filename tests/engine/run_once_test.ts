import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import type { Engine, StepFunction } from "papilio/engine/engine.ts";
import { runOnce } from "papilio/engine/run_once.ts";
import { withOnnxEngine } from "./harness.ts";

/** Adds the input's mean to a variable, and returns the input times a factor. */
function makeStep(total: tf.Variable, factor: tf.Variable): StepFunction {
  return ({ x }) => {
    total.assign(tf.add(total, tf.mean(x as tf.Tensor)));
    return { product: tf.mul(x as tf.Tensor, factor) };
  };
}

async function checkTwoRuns(engine: Engine): Promise<void> {
  const [total, factor] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
  const options = { variables: [total], constants: [factor] };
  const inputs = { x: { shape: [2, 2], data: new Uint8Array([0, 1, 2, 255]) } };
  const step = makeStep(total, factor);
  const { product } = await runOnce(engine, step, inputs, options);
  expect(product).toEqual({ shape: [2, 2], data: new Float32Array([0, 2, 4, 510]) });
  expect(total.dataSync()[0]).toBe(1 + 64.5);
  // What the variables were set to in between counts.
  total.assign(tf.scalar(10));
  factor.assign(tf.scalar(1));
  await engine.push([total]);
  const real = { x: { shape: [4], data: new Float32Array([0.5, 0, 0, 0]) } };
  expect((await runOnce(engine, step, real, options)).product?.data).toEqual(real.x.data);
  expect(total.dataSync()[0]).toBe(10.125);
}

Deno.test("a step is run once, and its variables have moved: eager", async () => {
  await checkTwoRuns(await EagerEngine.create());
});

Deno.test("a step is run once, and its variables have moved: compiled", async () => {
  await withOnnxEngine(checkTwoRuns);
});

Deno.test("what was compiled is disposed of, even if the run fails", async () => {
  let disposed = 0;
  const engine = {
    compile: () =>
      Promise.resolve({
        run: () => Promise.reject(new Error("out of memory")),
        dispose: () => Promise.resolve(void disposed++),
      }),
    pull: () => Promise.resolve(),
  };
  const run = runOnce(engine as unknown as Engine, () => ({}), {});
  await expect(run).rejects.toThrow("out of memory");
  expect(disposed).toBe(1);
});
