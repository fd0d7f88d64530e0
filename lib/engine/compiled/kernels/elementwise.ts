/** Kernels that work on each element by itself: arithmetic, activations, comparisons, casts. */
import type { DataType } from "@tensorflow/tfjs";
import { arrange, at, product, range, sameNumbers } from "papilio/engine/compiled/_arrays.ts";
import { translateKernel } from "papilio/engine/compiled/_backend.ts";
import type { GraphBuilder, Handle } from "papilio/engine/compiled/_graph_builder.ts";
import {
  broadcast,
  denseHandle,
  graphValue,
  layoutOf,
  NCHW,
  onnxTypeOf,
  scalarHandle,
  uniform,
  type Value,
} from "papilio/engine/compiled/_value.ts";
import type { OnnxAttribute } from "papilio/engine/compiled/onnx.ts";

interface UnaryOptions {
  attributes?: Record<string, OnnxAttribute>;
  /** Further inputs after the tensor: the bounds of a Clip. */
  extra?: readonly Handle[];
  dtype?: DataType;
}

/** Applies a one-input operator; the memory order stays as it is, even if it is still open. */
export function unary(
  graph: GraphBuilder,
  x: Value,
  operator: string,
  options: UnaryOptions = {},
): Value {
  const { attributes = {}, extra = [], dtype = x.dtype } = options;
  if (x.kind === "graph") {
    const inputs = [x.name, ...extra.map((handle) => handle.name)];
    const [name] = graph.emitMany(operator, inputs, attributes, 1);
    return { ...x, name: name as string, dtype };
  }
  const handle = denseHandle(graph, x);
  const result = graph.emit(operator, [handle, ...extra], handle.dims, attributes);
  return graphValue(result, x.shape, undefined, dtype);
}

/** Applies a two-input operator with broadcasting. */
export function binary(
  graph: GraphBuilder,
  operator: string,
  a: Value,
  b: Value,
  dtype: DataType = a.dtype,
): Value {
  const withScalar = scalarOperation(graph, operator, a, b, dtype);
  if (withScalar) return withScalar;
  const { shape, extent, layout, handles } = broadcast(graph, [a, b]);
  const handle = graph.emit(operator, handles, arrange(extent, layout));
  return graphValue(handle, shape, layout, dtype, extent);
}

/** A tensor with one number: its memory order may stay open. */
function scalarOperation(
  graph: GraphBuilder,
  operator: string,
  a: Value,
  b: Value,
  dtype: DataType,
): Value | undefined {
  const tensor = a.kind === "graph" ? a : b;
  const scalar = a.kind === "graph" ? b : a;
  if (tensor.kind !== "graph" || scalar.kind !== "uniform") return undefined;
  if (!sameNumbers(broadcastShape(a.shape, b.shape), tensor.shape)) return undefined;
  // A scalar of rank 0 against [out, in, 1, 1] is many times slower in ONNX Runtime.
  const number = scalarHandle(graph, scalar, tensor.shape.length).name;
  const names = tensor === a ? [tensor.name, number] : [number, tensor.name];
  const [name] = graph.emitMany(operator, names, {}, 1);
  return { ...tensor, name: name as string, dtype };
}

export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return range(rank).map((axis) =>
    Math.max(a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1)
  );
}

const UNARY: Record<string, [operator: string, fold: (x: number) => number]> = {
  Abs: ["Abs", Math.abs],
  Ceil: ["Ceil", Math.ceil],
  Exp: ["Exp", Math.exp],
  Floor: ["Floor", Math.floor],
  Log: ["Log", Math.log],
  Neg: ["Neg", (x) => -x],
  Reciprocal: ["Reciprocal", (x) => 1 / x],
  Relu: ["Relu", (x) => Math.max(x, 0)],
  Sigmoid: ["Sigmoid", (x) => 1 / (1 + Math.exp(-x))],
  Sign: ["Sign", Math.sign],
  Softplus: ["Softplus", (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))],
  Sqrt: ["Sqrt", Math.sqrt],
  Tanh: ["Tanh", Math.tanh],
};

for (const [kernel, [operator, fold]] of Object.entries(UNARY)) {
  translateKernel(kernel, ({ graph, inputs }) => {
    const x = inputs.x as Value;
    return x.kind === "uniform"
      ? uniform(fold(x.value), x.shape, x.dtype)
      : unary(graph, x, operator);
  });
}

/** `log(1 + x)` and `e^x - 1`; ONNX has neither, so small arguments lose digits as they do in tfjs. */
translateKernel("Log1p", ({ graph, inputs }) => {
  const x = inputs.x as Value;
  return unary(graph, binary(graph, "Add", x, uniform(1, [], x.dtype)), "Log");
});

translateKernel("Expm1", ({ graph, inputs }) => {
  const x = inputs.x as Value;
  return binary(graph, "Sub", unary(graph, x, "Exp"), uniform(1, [], x.dtype));
});

translateKernel(
  "Rsqrt",
  ({ graph, inputs }) => unary(graph, unary(graph, inputs.x as Value, "Sqrt"), "Reciprocal"),
);

translateKernel("Square", ({ graph, inputs }) => {
  const x = inputs.x as Value;
  return binary(graph, "Mul", x, x);
});

export function clip(graph: GraphBuilder, x: Value, low: number, high: number): Value {
  const bound = (value: number) => scalarHandle(graph, uniform(value, [], x.dtype), 0);
  return unary(graph, x, "Clip", { extra: [bound(low), bound(high)] });
}

translateKernel("Relu6", ({ graph, inputs }) => clip(graph, inputs.x as Value, 0, 6));

translateKernel<{ clipValueMin: number; clipValueMax: number }>(
  "ClipByValue",
  ({ graph, inputs, attributes }) =>
    clip(graph, inputs.x as Value, attributes.clipValueMin, attributes.clipValueMax),
);

translateKernel<{ alpha: number }>(
  "LeakyRelu",
  ({ graph, inputs, attributes }) =>
    unary(graph, inputs.x as Value, "LeakyRelu", {
      attributes: { alpha: { float: attributes.alpha } },
    }),
);

translateKernel("Elu", ({ graph, inputs }) => unary(graph, inputs.x as Value, "Elu"));

/** 1 where x > 0, alpha elsewhere: the derivative of ReLU. */
translateKernel<{ alpha: number }>("Step", ({ graph, inputs, attributes }) => {
  const x = inputs.x as Value;
  const positive = binary(graph, "Greater", reluOutput(graph, x), uniform(0, [], x.dtype), "bool");
  const mask = cast(graph, positive, x.dtype);
  if (!attributes.alpha) return mask;
  const slope = binary(graph, "Mul", mask, uniform(1 - attributes.alpha, [], x.dtype));
  return binary(graph, "Add", slope, uniform(attributes.alpha, [], x.dtype));
});

/** relu(x) > 0 exactly where x > 0, and its use frees x: the convolution before it can be fused. */
function reluOutput(graph: GraphBuilder, x: Value): Value {
  if (x.kind !== "graph") return x;
  const relu = graph.nodes.find((node) => node.operator === "Relu" && node.inputs[0] === x.name);
  return relu ? { ...x, name: at(relu.outputs, 0) } : x;
}

export function cast(graph: GraphBuilder, x: Value, dtype: DataType): Value {
  if (x.dtype === dtype) return x;
  if (x.kind === "uniform") {
    const value = dtype === "bool"
      ? Number(x.value !== 0)
      : dtype === "int32"
      ? Math.trunc(x.value)
      : x.value;
    return uniform(value, x.shape, dtype);
  }
  return unary(graph, x, "Cast", { attributes: { to: onnxTypeOf(dtype) }, dtype });
}

translateKernel<{ dtype: DataType }>(
  "Cast",
  ({ graph, inputs, attributes }) => cast(graph, inputs.x as Value, attributes.dtype),
);

const BINARY: Record<string, [operator: string, fold?: (a: number, b: number) => number]> = {
  Sub: ["Sub", (a, b) => a - b],
  RealDiv: ["Div", (a, b) => a / b],
  Maximum: ["Max", Math.max],
  Minimum: ["Min", Math.min],
  Pow: ["Pow", Math.pow],
};

for (const [kernel, [operator, fold]] of Object.entries(BINARY)) {
  translateKernel(kernel, ({ graph, inputs }) => {
    const [a, b] = [inputs.a as Value, inputs.b as Value];
    return foldUniform(a, b, fold) ?? binary(graph, operator, a, b);
  });
}

function foldUniform(
  a: Value,
  b: Value,
  fold?: (a: number, b: number) => number,
): Value | undefined {
  if (a.kind !== "uniform" || b.kind !== "uniform" || !fold) return undefined;
  return uniform(fold(a.value, b.value), broadcastShape(a.shape, b.shape), a.dtype);
}

translateKernel("Multiply", ({ graph, inputs }) => {
  const [a, b] = [inputs.a as Value, inputs.b as Value];
  return foldUniform(a, b, (x, y) => x * y) ?? timesOne(a, b) ?? timesOne(b, a) ??
    binary(graph, "Mul", a, b);
});

/** `x · 1` costs nothing: gradients broadcast by multiplying with ones. */
function timesOne(x: Value, one: Value): Value | undefined {
  if (one.kind !== "uniform" || one.value !== 1 || x.kind !== "graph") return undefined;
  if (one.shape.length > x.shape.length) return undefined;
  return { ...x, shape: broadcastShape(x.shape, one.shape) };
}

translateKernel("Add", ({ graph, inputs }) => {
  const [a, b] = [inputs.a as Value, inputs.b as Value];
  return foldUniform(a, b, (x, y) => x + y) ?? addBias(graph, a, b) ?? binary(graph, "Add", a, b);
});

/** A bias added to a convolution becomes the convolution's own. */
function addBias(graph: GraphBuilder, x: Value, bias: Value): Value | undefined {
  if (x.kind !== "graph" || x.shape.length !== 4 || !sameNumbers(layoutOf(x), NCHW)) {
    return undefined;
  }
  const channels = at(x.extent, 3);
  const isVector = bias.shape.at(-1) === channels && product(bias.shape) === channels;
  if (!isVector || bias.shape.length > 4) return undefined;
  const convolution = graph.producer({ name: x.name, dims: [] });
  if (!convolution || convolution.inputs.length !== 2) return undefined;
  if (convolution.operator !== "Conv" && convolution.operator !== "ConvTranspose") return undefined;
  const vector = graph.reshape(denseHandle(graph, bias), [channels]);
  const inputs = [...convolution.inputs, vector.name];
  const [name] = graph.emitMany(convolution.operator, inputs, convolution.attributes, 1);
  return { ...x, name: name as string };
}

translateKernel("AddN", ({ graph, list }) => list.reduce((a, b) => binary(graph, "Add", a, b)));

translateKernel("SquaredDifference", ({ graph, inputs }) => {
  const difference = binary(graph, "Sub", inputs.a as Value, inputs.b as Value);
  return binary(graph, "Mul", difference, difference);
});

const COMPARISON: Record<string, string> = {
  Equal: "Equal",
  Greater: "Greater",
  GreaterEqual: "GreaterOrEqual",
  Less: "Less",
  LessEqual: "LessOrEqual",
  LogicalAnd: "And",
  LogicalOr: "Or",
};

for (const [kernel, operator] of Object.entries(COMPARISON)) {
  translateKernel(
    kernel,
    ({ graph, inputs }) => binary(graph, operator, inputs.a as Value, inputs.b as Value, "bool"),
  );
}

translateKernel(
  "NotEqual",
  ({ graph, inputs }) =>
    unary(graph, binary(graph, "Equal", inputs.a as Value, inputs.b as Value, "bool"), "Not"),
);

translateKernel("LogicalNot", ({ graph, inputs }) => unary(graph, inputs.x as Value, "Not"));

translateKernel("Select", ({ graph, inputs }) => {
  const { condition, t, e } = inputs as { condition: Value; t: Value; e: Value };
  const { shape, extent, layout, handles } = broadcast(graph, [condition, t, e]);
  const handle = graph.emit("Where", handles, arrange(extent, layout));
  return graphValue(handle, shape, layout, t.dtype, extent);
});

translateKernel(
  "ZerosLike",
  ({ inputs }) => uniform(0, (inputs.x as Value).shape, (inputs.x as Value).dtype),
);
translateKernel(
  "OnesLike",
  ({ inputs }) => uniform(1, (inputs.x as Value).shape, (inputs.x as Value).dtype),
);

translateKernel<{ value: number; shape: number[]; dtype?: DataType }>(
  "Fill",
  ({ attributes }) => uniform(attributes.value, attributes.shape, attributes.dtype ?? "float32"),
);
