import type { DataType } from "@tensorflow/tfjs";
import {
  arrange,
  at,
  permuteData,
  product,
  range,
  sameNumbers,
} from "papilio/engine/compiled/_arrays.ts";
import type { GraphBuilder, Handle } from "papilio/engine/compiled/_graph_builder.ts";
import { type OnnxType, onnxType } from "papilio/engine/compiled/onnx.ts";

/**
 * The order of axes in memory: axis `i` in memory is axis `layout[i]` of the tfjs tensor.
 *
 * tfjs speaks NHWC and HWIO; ONNX Runtime computes in NCHW and OIHW. Every traced tensor says where its
 * axes are, kernels ask for the order they need, and a Transpose is written only where orders differ.
 */
export type Layout = readonly number[];

/** `[n, h, w, c]` of tfjs kept as `[n, c, h, w]`. */
export const NCHW: Layout = [0, 3, 1, 2];
/** `[h, w, in, out]` kept as `[out, in, h, w]`. */
export const OIHW: Layout = [3, 2, 0, 1];
/** `[h, w, channels, multiplier]` kept as `[channels, multiplier, h, w]`. */
export const DEPTHWISE_FILTER: Layout = [2, 3, 0, 1];

interface ValueBase {
  /** The shape that tfjs sees. */
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

/** The same number in every element. */
export interface UniformValue extends ValueBase {
  readonly kind: "uniform";
  readonly value: number;
}

/** Numbers known while tracing, row-major in `shape`. */
export interface ConstantValue extends ValueBase {
  readonly kind: "constant";
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** Computed by the graph, or an input of it. */
export interface GraphValue extends ValueBase {
  readonly kind: "graph";
  readonly name: string;
  /** As `shape`, with 1 along axes over which the value is still to be broadcast. */
  readonly extent: readonly number[];
  /** Shared by values that must agree; undecided for a variable until its first use. */
  readonly order: LayoutCell;
}

export type Value = UniformValue | ConstantValue | GraphValue;

/** A layout that may still be open: a variable takes the order that its first user wants. */
export class LayoutCell {
  #layout: Layout | undefined;

  constructor(layout?: Layout) {
    this.#layout = layout;
  }

  get isDecided(): boolean {
    return this.#layout !== undefined;
  }

  /** The layout; an open one is decided now, for `wanted`. */
  decide(wanted: Layout): Layout {
    this.#layout ??= wanted;
    return this.#layout;
  }
}

const natural = (rank: number): Layout => range(rank);

/** The order of a value's axes in memory, deciding it if it is open. */
export function layoutOf(value: GraphValue, wanted: Layout = natural(value.shape.length)): Layout {
  return value.order.decide(wanted);
}

export function onnxTypeOf(dtype: DataType): OnnxType {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return onnxType[dtype];
  throw new Error(`a tensor of dtype ${dtype} cannot be traced`);
}

export function uniform(value: number, shape: readonly number[], dtype: DataType): UniformValue {
  return { kind: "uniform", value, shape, dtype };
}

/** A value whose memory order is `layout`, from the handle that computes it. */
export function graphValue(
  handle: Handle,
  shape: readonly number[],
  layout: Layout = natural(shape.length),
  dtype: DataType = "float32",
  extent: readonly number[] = shape,
): GraphValue {
  return { kind: "graph", name: handle.name, shape, dtype, extent, order: new LayoutCell(layout) };
}

/** A value from known numbers, which notices when all of them are the same. */
export function knownValue(
  values: ArrayLike<number>,
  shape: readonly number[],
  dtype: DataType,
): UniformValue | ConstantValue {
  const first = at(values, 0);
  let same = values.length > 0;
  for (let i = 1; same && i < values.length; i++) same = values[i] === first;
  if (same) return uniform(Number(first), shape, dtype);
  const Data = dtype === "float32" ? Float32Array : dtype === "int32" ? Int32Array : Uint8Array;
  return { kind: "constant", shape, dtype, data: new Data(values) };
}

/** The value's tensor as it lies in memory, whatever its layout. */
function ownHandle(value: GraphValue): Handle {
  return { name: value.name, dims: arrange(value.extent, layoutOf(value)) };
}

/** A one-element tensor with `rank` dimensions of size 1. */
export function scalarHandle(graph: GraphBuilder, value: UniformValue, rank: number): Handle {
  const data = value.dtype === "float32"
    ? Float32Array.of(value.value)
    : value.dtype === "int32"
    ? Int32Array.of(value.value)
    : Uint8Array.of(value.value);
  return graph.constant(data, new Array<number>(rank).fill(1), onnxTypeOf(value.dtype));
}

/**
 * The tensor in the wanted order; dimensions that are to be broadcast may still be 1.
 *
 * `layout` may have a higher rank than the value: axes are then added in front, as broadcasting does.
 */
export function handleIn(graph: GraphBuilder, value: Value, layout: Layout): Handle {
  const added = layout.length - value.shape.length;
  if (value.kind === "uniform") return scalarHandle(graph, value, layout.length);
  if (value.kind === "constant") {
    const shape = [...new Array<number>(added).fill(1), ...value.shape];
    const data = permuteData(value.data, shape, layout);
    return graph.constant(data, arrange(shape, layout), onnxTypeOf(value.dtype));
  }
  const own = layoutOf(value, added === 0 ? layout : undefined);
  const current = [...range(added), ...own.map((axis) => axis + added)];
  const dims = [...new Array<number>(added).fill(1), ...arrange(value.extent, own)];
  const raised = graph.reshape(ownHandle(value), dims);
  return graph.transpose(raised, layout.map((axis) => current.indexOf(axis)));
}

/** As `handleIn`, with every dimension at its full size. */
export function denseHandle(
  graph: GraphBuilder,
  value: Value,
  layout: Layout = natural(value.shape.length),
): Handle {
  const dims = arrange(value.shape, layout);
  const handle = handleIn(graph, value, layout);
  if (sameNumbers(handle.dims, dims)) return handle;
  return graph.emit("Expand", [handle, graph.integers(dims)], dims);
}

/** The value's tensor at full size in its own layout: for kernels that work in any order. */
export function denseInOwnLayout(
  graph: GraphBuilder,
  value: Value,
): { handle: Handle; layout: Layout } {
  const layout = value.kind === "graph" ? layoutOf(value) : natural(value.shape.length);
  return { handle: denseHandle(graph, value, layout), layout };
}

/** Whether the memory order differs from tfjs' along axes that have more than one element. */
function isRearranged(value: GraphValue): boolean {
  const axes = layoutOf(value).filter((axis) => at(value.extent, axis) > 1);
  return axes.some((axis, index) => index > 0 && at(axes, index - 1) > axis);
}

/** Operands brought to one layout, ready for an elementwise operator. */
export interface Broadcast {
  shape: number[];
  extent: number[];
  layout: Layout;
  handles: Handle[];
}

/** Brings operands to one layout: that of the largest one that has been rearranged. */
export function broadcast(graph: GraphBuilder, values: readonly Value[]): Broadcast {
  const rank = Math.max(...values.map((value) => value.shape.length));
  const largest = (sizes: readonly (readonly number[])[]) =>
    range(rank).map((axis) =>
      Math.max(...sizes.map((size) => size[axis - rank + size.length] ?? 1))
    );
  const shape = largest(values.map((value) => value.shape));
  const extent = largest(
    values.map((value) => value.kind === "graph" ? value.extent : valueExtent(value)),
  );
  const layout = commonLayout(values, rank);
  return { shape, extent, layout, handles: values.map((value) => handleIn(graph, value, layout)) };
}

function valueExtent(value: UniformValue | ConstantValue): readonly number[] {
  return value.kind === "uniform" ? value.shape.map(() => 1) : value.shape;
}

function commonLayout(values: readonly Value[], rank: number): Layout {
  const candidates = values.filter((value) => value.kind === "graph")
    .filter((value) => value.shape.length === rank);
  const decided = candidates.filter((value) => value.order.isDecided)
    .sort((a, b) => product(b.extent) - product(a.extent));
  const leader = decided.find(isRearranged) ?? decided[0] ?? candidates[0];
  return leader ? layoutOf(leader) : natural(rank);
}
