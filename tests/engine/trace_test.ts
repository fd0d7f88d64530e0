import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { PapilioError } from "papilio/core/errors.ts";
import { traceStep } from "papilio/engine/compiled/trace.ts";
import type { StepFunction, StepSignature } from "papilio/engine/engine.ts";

tf.enableProdMode();
await tf.setBackend("cpu");

const signatureOf = (variables: tf.Variable[] = [], constants: tf.Variable[] = []) => ({
  name: "test step",
  inputs: { x: { shape: [2, 4, 4, 3] } },
  variables,
  constants,
} satisfies StepSignature);

function messageOf(step: StepFunction, signature: StepSignature = signatureOf()): string {
  try {
    traceStep(step, signature);
  } catch (error) {
    expect(error).toBeInstanceOf(PapilioError);
    return (error as Error).message;
  }
  throw new Error("the step was traced");
}

Deno.test("a variable in neither list is an error that names it", () => {
  const forgotten = tf.variable(tf.tensor1d([1, 2, 3]), true, "forgotten/weight");
  expect(messageOf(({ x }) => ({ y: tf.mul(x as tf.Tensor, forgotten) }))).toBe(
    'Cannot compile the step "test step": expected every variable that it uses in its signature, ' +
      'got the variable "forgotten/weight" (float32[3]), which is in neither list. ' +
      "Add it to `variables` if it changes or to `constants` if it does not.",
  );
  forgotten.dispose();
});

Deno.test("randomness made in JavaScript is an error", () => {
  for (
    const random of [
      () => tf.randomUniform([2]),
      () => tf.randomNormal([2]),
      () => tf.dropout(tf.ones([4]), 0.5),
    ]
  ) {
    expect(messageOf(({ x }) => ({ y: tf.add(tf.sum(x as tf.Tensor), random()) })))
      .toContain("got a random operation");
  }
  expect(Number.isFinite(Math.random())).toBe(true);
});

Deno.test("a large tensor made in JavaScript is an error, a small or uniform one is not", () => {
  const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => i);
  const addNumbers = (values: Float32Array): StepFunction => ({ x }) => ({
    y: tf.add(tf.sum(x as tf.Tensor), tf.tensor(values)),
  });
  expect(messageOf(addNumbers(numbers(1025)))).toContain(
    "got a tensor of float32[1025] made in JavaScript",
  );
  expect(
    messageOf(({ x }) => ({
      y: tf.dropout(tf.tile(x as tf.Tensor, [1, 4, 4, 1]), 0.5, undefined, 7),
    })),
  )
    .toContain("float32[2, 16, 16, 3] made in JavaScript");
  expect(traceStep(addNumbers(numbers(8)), signatureOf()).outputs.y).toEqual([8]);
  expect(traceStep(addNumbers(new Float32Array(5000).fill(2)), signatureOf()).outputs.y).toEqual([
    5000,
  ]);
});

Deno.test("a captured tensor is held to the same limit", () => {
  const captured = tf.tensor(Float32Array.from({ length: 2000 }, (_, i) => i));
  expect(messageOf(({ x }) => ({ y: tf.add(tf.sum(x as tf.Tensor), captured) })))
    .toContain("float32[2000] made in JavaScript");
  captured.dispose();
});

Deno.test("a kernel without a translation is an error that names it and its layer", () => {
  const layer = tf.layers.activation({ name: "bend", activation: "selu" });
  expect(messageOf(({ x }) => ({ y: layer.apply(x as tf.Tensor) as tf.Tensor }))).toBe(
    'Cannot compile the step "test step": expected kernels that have a translation into ONNX operators, ' +
      'got the kernel Selu on float32[2, 4, 4, 3], called by the layer "bend". ' +
      "Use an eager engine, or add its translation in lib/engine/compiled/kernels.",
  );
  expect(messageOf(({ x }) => ({ y: tf.cumprod(tf.sum(x as tf.Tensor, 3)) })))
    .toContain("the kernel Cumprod on float32[2, 4, 4], called outside of any layer");
});

Deno.test("what a translation throws is an error that names the kernel and its layer", () => {
  const layer = tf.layers.activation({ name: "stem", activation: "linear" });
  const filter = tf.variable(tf.ones([3, 3, 3, 2])) as tf.Variable<tf.Rank.R4>;
  layer.call = ([x]: tf.Tensor[]) =>
    tf.fused.conv2d({
      x: x as tf.Tensor4D,
      filter,
      strides: 1,
      pad: "valid",
      activation: "prelu",
      preluActivationWeights: tf.scalar(0.5),
    });
  const message = messageOf(
    ({ x }) => ({ y: layer.apply([x as tf.Tensor]) as tf.Tensor }),
    signatureOf([filter]),
  );
  expect(message).toContain("got the kernel FusedConv2D on float32[2, 4, 4, 3] and ");
  expect(message).toContain(
    'called by the layer "stem": the fused activation prelu has no translation',
  );
  filter.dispose();
});

Deno.test("a convolution in the order NCHW is an error, not a wrong result", () => {
  const filter = tf.variable(tf.ones([3, 3, 4, 2])) as tf.Variable<tf.Rank.R4>;
  const step: StepFunction = ({ x }) => ({
    y: tf.conv2d(x as tf.Tensor4D, filter, 1, "valid", "NCHW"),
  });
  const signature = { ...signatureOf([filter]), inputs: { x: { shape: [2, 4, 8, 8] } } };
  expect(messageOf(step, signature))
    .toContain("outside of any layer (loss, gradient, optimizer): data in the order NCHW");
  filter.dispose();
});

Deno.test("sides that are not rounded down are an error, not a wrong result", () => {
  const image = (x: tf.Tensor | undefined) => x as tf.Tensor4D;
  expect(messageOf(({ x }) => ({ y: tf.maxPool(image(x), 3, 2, 0, "ceil") })))
    .toContain("the kernel MaxPool on float32[2, 4, 4, 3], ");
  const filter = tf.variable(tf.ones([3, 3, 3, 2])) as tf.Variable<tf.Rank.R4>;
  const step: StepFunction = ({ x }) => ({
    y: tf.conv2d(image(x), filter, 2, 0, "NHWC", 1, "ceil"),
  });
  expect(messageOf(step, signatureOf([filter])))
    .toContain("sides rounded by ceil have no translation");
  filter.dispose();
});

Deno.test("a kernel without a translation is named though optional inputs are missing", () => {
  const step: StepFunction = ({ x }) => {
    const rows = tf.reshape(x as tf.Tensor, [32, 3]) as tf.Tensor2D;
    return { y: tf.fused.matMul({ a: rows, b: rows, transposeB: true }) };
  };
  expect(messageOf(step)).toContain(
    "the kernel _FusedMatMul on float32[1, 32, 3] and float32[1, 32, 3],",
  );
});

Deno.test("reading a tensor's numbers is an error", () => {
  expect(messageOf(({ x }) => ({ y: tf.scalar(tf.sum(x as tf.Tensor).dataSync()[0] as number) })))
    .toContain("got a step that reads a tensor's numbers");
});

Deno.test("making a variable is an error that names it, and the variable is gone", () => {
  const before = Object.keys(tf.engine().registeredVariables).length;
  const step: StepFunction = ({ x }) => ({
    y: tf.add(tf.sum(x as tf.Tensor), tf.variable(tf.scalar(1), true, "made/inside")),
  });
  expect(messageOf(step)).toContain('1 new ones: "made/inside"');
  expect(Object.keys(tf.engine().registeredVariables).length).toBe(before);
});

Deno.test("tracing leaves variables, tensors, backend and layers as they were", () => {
  const weight = tf.variable(tf.tensor1d([1, 2, 3]), true, "kept/weight");
  const { apply } = tf.layers.Layer.prototype;
  const step: StepFunction = ({ x }) => {
    weight.assign(tf.add(weight, tf.mean(x as tf.Tensor, [0, 1, 2])));
    return { y: tf.sum(weight) };
  };
  const tensorsBefore = tf.memory().numTensors;
  const failing: StepFunction = (inputs) => {
    step(inputs);
    throw new Error("after the assignment");
  };
  const traced = traceStep(step, signatureOf([weight]));
  expect(() => traceStep(failing, signatureOf([weight]))).toThrow("after the assignment");
  expect([...weight.dataSync()]).toEqual([1, 2, 3]);
  expect(tf.memory().numTensors).toBe(tensorsBefore);
  expect(tf.getBackend()).toBe("cpu");
  expect(tf.layers.Layer.prototype.apply).toBe(apply);
  expect(traced.variables.map(({ inputName, outputName }) => [inputName, outputName])).toEqual([
    ["state:kept/weight", "next:kept/weight"],
  ]);
  weight.dispose();
});

Deno.test("a variable that the step does not touch is left out of the graph", () => {
  const used = tf.variable(tf.scalar(2), true, "used");
  const unused = tf.variable(tf.scalar(3), true, "unused");
  const { graph, variables } = traceStep(
    ({ x }) => ({ y: tf.mul(tf.sum(x as tf.Tensor), used) }),
    signatureOf([used, unused]),
  );
  expect(variables.map(({ variable }) => variable.name)).toEqual(["used"]);
  expect(graph.inputs.map(({ name }) => name)).toEqual(["x", "state:used"]);
  tf.dispose([used, unused]);
});

Deno.test("the same operation on the same tensors is written once", () => {
  const { graph } = traceStep(({ x }) => {
    const image = x as tf.Tensor;
    return { y: tf.add(tf.exp(tf.abs(image)), tf.sqrt(tf.abs(image))) };
  }, signatureOf());
  expect(graph.nodes.filter(({ operator }) => operator === "Abs").length).toBe(1);
});

Deno.test("gradients of convolutions are written without ConvTranspose at stride 1", () => {
  const filter = tf.variable(tf.randomNormal([3, 3, 3, 2]), true, "kernel");
  const { graph } = traceStep(
    ({ x }) => {
      const loss = (image: tf.Tensor) =>
        tf.sum(
          tf.square(tf.conv2d(image as tf.Tensor4D, filter as tf.Tensor4D, 1, "same")),
        ) as tf.Scalar;
      return { y: tf.grad(loss)(x as tf.Tensor) };
    },
    signatureOf([filter]),
  );
  const operators = graph.nodes.map(({ operator }) => operator);
  expect(operators.filter((operator) => operator === "Conv").length).toBe(2);
  expect(operators).not.toContain("ConvTranspose");
  filter.dispose();
});
