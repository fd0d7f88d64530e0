import * as tf from "@tensorflow/tfjs";
import "papilio/engine/compiled/kernels/mod.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { arrange, at, range } from "papilio/engine/compiled/_arrays.ts";
import { Trace, TRACING_BACKEND, tracingBackend } from "papilio/engine/compiled/_backend.ts";
import type { GraphBuilder, Handle } from "papilio/engine/compiled/_graph_builder.ts";
import {
  denseHandle,
  type GraphValue,
  graphValue,
  knownValue,
  type Layout,
  LayoutCell,
  layoutOf,
  NCHW,
  onnxTypeOf,
  type Value,
} from "papilio/engine/compiled/_value.ts";
import {
  type OnnxGraph,
  type OnnxNode,
  onnxType,
  type OnnxValueInfo,
} from "papilio/engine/compiled/onnx.ts";
import type { StepFunction, StepSignature, TensorSpecification } from "papilio/engine/engine.ts";

/** A variable that the graph takes in and, if the step assigns it, gives out anew. */
export interface TracedVariable {
  variable: tf.Variable;
  /** The order of its axes inside the graph. */
  layout: Layout;
  inputName: string;
  /** Missing if the step does not assign it. */
  outputName?: string;
}

/** A step function as one ONNX graph. */
export interface TracedStep {
  graph: OnnxGraph;
  variables: TracedVariable[];
  /** The shape of each output, row-major as tfjs has it. */
  outputs: Record<string, number[]>;
}

export interface TraceOptions {
  /** Orders that other graphs on the same state have fixed already. */
  layouts?: ReadonlyMap<tf.Variable, Layout>;
  /** Writes the first dimension of every input and output under this name instead of its number. */
  symbolicBatch?: string;
  /** Does without the operators that ONNX Runtime's providers for graphics processors lack. */
  decomposes?: boolean;
}

interface GraphOutput {
  name: string;
  handle: Handle;
  value: Value;
}

/**
 * Runs a step once under the tracing backend and returns what it would compute as an ONNX graph.
 *
 * Variables keep their values. What the step reads and is not listed is an error, and so is everything
 * that would bake one run's numbers into all runs: random numbers, large tensors made in JavaScript.
 *
 * @throws {PapilioError} for an unlisted, twice listed or new variable, randomness, a large constant, a
 * tensor that is read, a kernel without a translation, or an output with the name of an input.
 */
export function traceStep(
  step: StepFunction,
  signature: StepSignature,
  options: TraceOptions = {},
): TracedStep {
  const trace = new Trace(signature.name, new Set(signature.variables), options.decomposes);
  giveConstants(trace, signature);
  const variables = variableValues(trace, options.layouts);
  const inputs = Object.entries(signature.inputs).map(([name, specification]) =>
    giveInput(trace, name, specification)
  );
  const outputs = insideTrace(trace, variables, () => {
    const results = step(
      Object.fromEntries(inputs.map(({ name, value }) => [name, tensorOf(value)])),
    );
    refuseInputNames(trace, Object.keys(results), signature);
    const own = Object.entries(results).map(([name, tensor]) =>
      graphOutput(trace.graph, name, tracingBackend.lookUp(tensor))
    );
    return { own, assigned: assignedOutputs(trace, variables) };
  });
  return assemble(trace, inputs, variables, outputs, options.symbolicBatch);
}

function tensorOf(value: Value): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(tracingBackend.make(value));
}

function giveConstants(trace: Trace, { constants = [] }: StepSignature): void {
  for (const constant of constants) {
    if (trace.variables.has(constant)) {
      throw new PapilioError({
        cannot: `compile the step "${trace.stepName}"`,
        expected: "each variable in one list",
        got: `the variable "${constant.name}" in \`variables\` and in \`constants\``,
        remedy: "Leave it in `variables` if the step assigns it.",
      });
    }
    const value = knownValue(constant.dataSync(), constant.shape, constant.dtype);
    trace.given.set(constant.dataId, value);
  }
}

function variableValues(
  trace: Trace,
  layouts: ReadonlyMap<tf.Variable, Layout> = new Map(),
): Map<tf.Variable, GraphValue> {
  const values = [...trace.variables].map((variable): [tf.Variable, GraphValue] => {
    const { shape, dtype, name } = variable;
    const order = new LayoutCell(layouts.get(variable));
    return [variable, { kind: "graph", name: `state:${name}`, shape, extent: shape, dtype, order }];
  });
  return new Map(values);
}

interface TracedInput {
  name: string;
  specification: TensorSpecification;
  value: Value;
}

/** Images come in as NHWC, perhaps uint8, and go on as NCHW float32. */
function giveInput(trace: Trace, name: string, specification: TensorSpecification): TracedInput {
  const { shape, dtype = "float32" } = specification;
  const { graph } = trace;
  const own: Handle = { name, dims: shape };
  const handle = dtype === "uint8"
    ? graph.emit("Cast", [own], shape, { to: onnxType.float32 })
    : own;
  const layout = shape.length === 4 ? NCHW : range(shape.length);
  const moved = graph.transpose(handle, layout);
  const value = graphValue(moved, shape, layout, dtype === "int32" ? "int32" : "float32");
  return { name, specification, value };
}

/** Truth values go out as numbers, which every device can hand over. */
function graphOutput(graph: GraphBuilder, name: string, value: Value): GraphOutput {
  const handle = denseHandle(graph, value);
  if (value.dtype !== "bool") return { name, handle, value };
  const number = graph.emit("Cast", [handle], handle.dims, { to: onnxType.float32 });
  return { name, handle: number, value: { ...value, dtype: "float32" } };
}

/** The variables that the step has assigned, each in the layout in which it came in. */
function assignedOutputs(
  trace: Trace,
  variables: ReadonlyMap<tf.Variable, GraphValue>,
): GraphOutput[] {
  return [...variables].flatMap(([variable, before]) => {
    const value = tracingBackend.lookUp(variable);
    if (value === before) return [];
    const handle = denseHandle(trace.graph, value, layoutOf(before));
    return [{ name: `next:${variable.name}`, handle, value }];
  });
}

/** In a graph, inputs and outputs share their names. */
function refuseInputNames(trace: Trace, outputs: string[], { inputs }: StepSignature): void {
  const name = outputs.find((output) => output in inputs);
  if (name === undefined) return;
  throw new PapilioError({
    cannot: `compile the step "${trace.stepName}"`,
    expected: "outputs with names of their own",
    got: `the output "${name}", which is also an input`,
    remedy: "Return it under another name.",
  });
}

/** Works on the tracing backend, then puts everything back as it was, whatever happens. */
function insideTrace<R>(
  trace: Trace,
  variables: ReadonlyMap<tf.Variable, GraphValue>,
  work: () => R,
): R {
  const engine = tf.engine();
  const backendBefore = tf.getBackend();
  const kept = [...variables.keys()].map((variable) => tf.keep(variable.clone()));
  const namesBefore = new Set(Object.keys(engine.registeredVariables));
  tracingBackend.begin(trace);
  const stopWatching = watchLayers(trace);
  const allowRandomness = forbidRandomness(trace);
  tf.setBackend(TRACING_BACKEND);
  engine.startScope(trace.stepName);
  try {
    // Each gets a tensor of its own: until now, two variables may share one.
    for (const [variable, value] of variables) variable.assign(tensorOf(value));
    const result = work();
    refuseNewVariables(trace, namesBefore);
    return result;
  } finally {
    engine.endScope();
    tf.setBackend(backendBefore);
    [...variables.keys()].forEach((variable, index) => {
      variable.assign(at(kept, index));
      at(kept, index).dispose();
    });
    tracingBackend.end();
    allowRandomness();
    stopWatching();
  }
}

function refuseNewVariables(trace: Trace, namesBefore: ReadonlySet<string>): void {
  const created = Object.values(tf.engine().registeredVariables)
    .filter((variable) => !namesBefore.has(variable.name));
  if (created.length === 0) return;
  const names = created.map((variable) => `"${variable.name}"`);
  for (const variable of created) variable.dispose();
  throw new PapilioError({
    cannot: `compile the step "${trace.stepName}"`,
    expected: "a step that makes no variables",
    got: `${names.length} new ones: ${names.slice(0, 3).join(", ")}${
      names.length > 3 ? ", …" : ""
    }`,
    remedy: "Make them before, and list them in `variables`.",
  });
}

/** Notes which layer is being called, for names of nodes and for errors; returns how to stop. */
function watchLayers(trace: Trace): () => void {
  const prototype = tf.layers.Layer.prototype;
  const { apply } = prototype;
  prototype.apply = function (...parameters) {
    trace.layers.push(this.name);
    trace.graph.scope = `${this.name}/`;
    try {
      return apply.apply(this, parameters);
    } finally {
      trace.layers.pop();
      const outer = trace.layers.at(-1);
      trace.graph.scope = outer === undefined ? "" : `${outer}/`;
    }
  };
  return () => {
    prototype.apply = apply;
  };
}

/** tfjs seeds its random operations by `Math.random` unless told otherwise; returns how to stop. */
function forbidRandomness(trace: Trace): () => void {
  const { random } = Math;
  Math.random = () => {
    throw new PapilioError({
      cannot: `compile the step "${trace.stepName}"`,
      expected: "a step without randomness of its own",
      got: "a random operation (dropout, randomUniform, …)",
      remedy:
        "Draw the numbers outside and pass them in: the graph would repeat one draw for ever.",
    });
  };
  return () => {
    Math.random = random;
  };
}

function assemble(
  trace: Trace,
  inputs: readonly TracedInput[],
  variables: ReadonlyMap<tf.Variable, GraphValue>,
  outputs: { own: GraphOutput[]; assigned: GraphOutput[] },
  symbolicBatch?: string,
): TracedStep {
  const all = [...outputs.own, ...outputs.assigned];
  const { nodes, needed } = nameOutputs(trace.graph, all);
  const batched = (dims: readonly number[]) =>
    symbolicBatch === undefined ? dims : [symbolicBatch, ...dims.slice(1)];
  const assignedNames = new Set(outputs.assigned.map((output) => output.name));
  const traced = [...variables].flatMap(([variable, value]): TracedVariable[] => {
    const [inputName, outputName] = [`state:${variable.name}`, `next:${variable.name}`];
    const assigned = assignedNames.has(outputName);
    if (!needed.has(inputName) && !assigned) return [];
    const layout = layoutOf(value);
    return [{ variable, layout, inputName, ...(assigned ? { outputName } : {}) }];
  });
  const graph: OnnxGraph = {
    nodes,
    initializers: [...trace.graph.initializers.values()].filter(({ name }) => needed.has(name)),
    inputs: [
      ...inputs.map(({ name, specification: { shape, dtype = "float32" } }): OnnxValueInfo => ({
        name,
        type: onnxType[dtype],
        dims: batched(shape),
      })),
      ...traced.filter(({ inputName }) => needed.has(inputName)).map(variableInput),
    ],
    outputs: [
      ...outputs.own.map((output) => valueInfo(output, batched)),
      ...outputs.assigned.map((output) => valueInfo(output)),
    ],
  };
  const shapes = outputs.own.map(({ name, value }) =>
    [name, [...value.shape]] as [string, number[]]
  );
  return { graph, variables: traced, outputs: Object.fromEntries(shapes) };
}

function variableInput({ variable, layout, inputName }: TracedVariable): OnnxValueInfo {
  const dims = arrange(variable.shape, layout);
  return { name: inputName, type: onnxTypeOf(variable.dtype), dims };
}

function valueInfo(
  { name, handle, value }: GraphOutput,
  batched: (dims: readonly number[]) => readonly (number | string)[] = (dims) => dims,
): OnnxValueInfo {
  return { name, type: onnxTypeOf(value.dtype), dims: batched(handle.dims) };
}

/** Lets the nodes write the outputs under their names; an Identity where one tensor has two names. */
function nameOutputs(
  builder: GraphBuilder,
  outputs: readonly GraphOutput[],
): { nodes: OnnxNode[]; needed: Set<string> } {
  const { nodes, needed } = builder.neededFor(outputs.map(({ handle }) => handle.name));
  const produced = new Set(nodes.flatMap((node) => node.outputs));
  const renamed = new Map<string, string>();
  const copies: OnnxNode[] = [];
  for (const { name, handle } of outputs) {
    if (produced.has(handle.name) && !renamed.has(handle.name)) renamed.set(handle.name, name);
    else {
      const inputs = [handle.name];
      copies.push({ name, operator: "Identity", inputs, outputs: [name], attributes: {} });
    }
  }
  const rename = (name: string) => renamed.get(name) ?? name;
  const final = [...nodes, ...copies].map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }));
  return { nodes: final, needed };
}
