import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";

// TensorFlow's operations, with their own names, inputs and attributes, by tfjs' functions.

type Attributes = Record<string, unknown>;
type Operation = (inputs: tf.Tensor[], attributes: Attributes) => tf.Tensor | tf.Tensor[];

const binary = (compute: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Operation => ([a, b]) =>
  compute(present(a), present(b));
const unary = (compute: (x: tf.Tensor) => tf.Tensor): Operation => ([x]) => compute(present(x));
const numbers = (tensor: tf.Tensor | undefined) => [...present(tensor).dataSync()];

const reduction =
  (compute: (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor): Operation =>
  ([x, axes], { keep_dims }) => compute(present(x), numbers(axes), keep_dims === true);

/** tfjs' own names and forms of a convolution's attributes. */
function convolution({ strides, padding, dilations }: Attributes) {
  const inner = (of: unknown) => (of as number[]).slice(1, 3);
  return {
    strides: inner(strides),
    pad: (padding as string).toLowerCase(),
    dilations: inner(dilations),
    dataFormat: "NHWC",
    dimRoundingMode: undefined,
  };
}

const kernel = (
  name: string,
  inputs: Record<string, tf.Tensor | undefined>,
  attributes: Attributes,
) =>
  tf.engine().runKernel(
    name,
    inputs as unknown as tf.NamedTensorMap,
    attributes as unknown as Parameters<ReturnType<typeof tf.engine>["runKernel"]>[2],
  ) as tf.Tensor;

const forward = (name: string): Operation => ([x, filter], attributes) =>
  kernel(name, { x, filter }, convolution(attributes));
const backpropInput = (name: string): Operation => ([sizes, filter, dy], attributes) =>
  kernel(name, { dy, filter }, { ...convolution(attributes), inputShape: numbers(sizes) });
const backpropFilter = (name: string): Operation => ([x, sizes, dy], attributes) =>
  kernel(name, { x, dy }, { ...convolution(attributes), filterShape: numbers(sizes) });

function fusedBatchNorm(inputs: tf.Tensor[], { epsilon }: Attributes): tf.Tensor[] {
  const [x, scale, offset, mean, variance] = inputs as tf.Tensor1D[];
  const y = tf.batchNorm(
    present(x) as tf.Tensor,
    present(mean),
    present(variance),
    present(offset),
    present(scale),
    epsilon as number,
  );
  return [y, ...inputs.slice(1).map((tensor) => tf.clone(tensor))];
}

function pad([x, paddings, value]: tf.Tensor[]): tf.Tensor {
  return tf.pad(present(x), present(paddings).arraySync() as [number, number][], numbers(value)[0]);
}

const dtypes: Record<number, "float32" | "int32" | "bool"> = {
  1: "float32",
  3: "int32",
  10: "bool",
};

export const operations: Record<string, Operation> = {
  Abs: unary(tf.abs),
  Exp: unary(tf.exp),
  IsNan: unary(tf.isNaN),
  Log: unary(tf.log),
  Neg: unary(tf.neg),
  OnesLike: unary(tf.onesLike),
  Relu: unary(tf.relu),
  Relu6: unary(tf.relu6),
  Rsqrt: unary(tf.rsqrt),
  Sigmoid: unary(tf.sigmoid),
  Sqrt: unary(tf.sqrt),
  Square: unary(tf.square),
  Add: binary(tf.add),
  Greater: binary(tf.greater),
  GreaterEqual: binary(tf.greaterEqual),
  Less: binary(tf.less),
  LogicalAnd: binary(tf.logicalAnd),
  Maximum: binary(tf.maximum),
  Minimum: binary(tf.minimum),
  Mul: binary(tf.mul),
  RealDiv: binary(tf.div),
  Sub: binary(tf.sub),
  Mean: reduction((x, axes, keepDims) => tf.mean(x, axes, keepDims)),
  Sum: reduction((x, axes, keepDims) => tf.sum(x, axes, keepDims)),
  Cast: ([x], { DstT }) => tf.cast(present(x), present(dtypes[DstT as number])),
  ConcatV2: (inputs) => tf.concat(inputs.slice(0, -1), numbers(inputs.at(-1))[0]),
  Fill: ([sizes, value]) => tf.fill(numbers(sizes), present(numbers(value)[0])),
  PadV2: pad,
  Reshape: ([x, shape]) => tf.reshape(present(x), numbers(shape)),
  Select: ([condition, a, b]) => tf.where(present(condition), present(a), present(b)),
  Slice: ([x, begin, size]) => tf.slice(present(x), numbers(begin), numbers(size)),
  SplitV: ([x, sizes, axis]) => tf.split(present(x), numbers(sizes), numbers(axis)[0]),
  Conv2D: forward("Conv2D"),
  Conv2DBackpropInput: backpropInput("Conv2DBackpropInput"),
  Conv2DBackpropFilter: backpropFilter("Conv2DBackpropFilter"),
  DepthwiseConv2dNative: forward("DepthwiseConv2dNative"),
  DepthwiseConv2dNativeBackpropInput: backpropInput("DepthwiseConv2dNativeBackpropInput"),
  DepthwiseConv2dNativeBackpropFilter: backpropFilter("DepthwiseConv2dNativeBackpropFilter"),
  FusedBatchNorm: fusedBatchNorm,
};
