/** What cannot be compiled is an error that says why; what every engine holds is in contract_test.ts. */
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { PapilioError } from "papilio/core/errors.ts";
import { traceStep } from "papilio/engine/compiled/trace.ts";
import type { StepFunction } from "papilio/engine/engine.ts";
import { withOnnxEngine } from "./harness.ts";

tf.enableProdMode();
await tf.setBackend("cpu");

const inputs = { x: { shape: [2] } };

const pair = () => [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3, 4]))] as const;

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

Deno.test("a graph that the runtime refuses is an error that names the step", async () => {
  await withOnnxEngine(async (engine) => {
    const step: StepFunction = ({ x }) => ({ y: tf.exp(tf.cast(x as tf.Tensor, "int32")) });
    await expect(engine.compile(step, { name: "state", inputs, variables: [] })).rejects.toThrow(
      PapilioError,
    );
    await expect(engine.compile(step, { name: "state", inputs, variables: [] })).rejects.toThrow(
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
