/** Sums, means and extremes along axes, and what is made of them. */
import * as tf from "@tensorflow/tfjs";
import { arrange, at, axisOf, product, range } from "papilio/engine/compiled/_arrays.ts";
import { translateKernel } from "papilio/engine/compiled/_backend.ts";
import type { GraphBuilder, Handle } from "papilio/engine/compiled/_graph_builder.ts";
import {
  denseHandle,
  denseInOwnLayout,
  graphValue,
  onnxTypeOf,
  uniform,
  type Value,
} from "papilio/engine/compiled/_value.ts";
import { cast } from "papilio/engine/compiled/kernels/elementwise.ts";

/** tfjs calls the axes of Max `reductionIndices`. */
interface ReductionAttributes {
  axis?: number | number[];
  reductionIndices?: number | number[];
  keepDims?: boolean;
}

const REDUCTION: Record<
  string,
  { operator: string; fold: (value: number, count: number) => number }
> = {
  Sum: { operator: "ReduceSum", fold: (value, count) => value * count },
  Mean: { operator: "ReduceMean", fold: (value) => value },
  Max: { operator: "ReduceMax", fold: (value) => value },
  Min: { operator: "ReduceMin", fold: (value) => value },
};

for (const [kernel, { operator, fold }] of Object.entries(REDUCTION)) {
  translateKernel<ReductionAttributes>(kernel, ({ graph, inputs, attributes }) => {
    const given = inputs.x as Value;
    const x = kernel === "Mean" ? cast(graph, given, "float32") : given;
    const axis = (attributes.axis ?? attributes.reductionIndices) as number | number[];
    const axes = tf.util.parseAxisParam(axis, [...x.shape]);
    if (axes.length === 0) return x; // To ONNX, no axes are all of them.
    const kept = range(x.shape.length).filter((axis) => !axes.includes(axis));
    const shape = attributes.keepDims
      ? x.shape.map((dim, axis) => axes.includes(axis) ? 1 : dim)
      : arrange(x.shape, kept);
    if (x.kind === "uniform") {
      return uniform(fold(x.value, product(arrange(x.shape, axes))), shape, x.dtype);
    }
    const { handle, layout } = denseInOwnLayout(graph, x);
    const order = attributes.keepDims
      ? layout
      : layout.filter((axis) => kept.includes(axis)).map((axis) => kept.indexOf(axis));
    const inMemory = axes.map((axis) => layout.indexOf(axis)).sort((a, b) => a - b);
    const reduced = reduce(
      graph,
      operator,
      handle,
      arrange(shape, order),
      inMemory,
      attributes.keepDims,
    );
    return graphValue(reduced, shape, order, x.dtype);
  });
}

/** Above this, sums of equal numbers in one go lose digits: each addition rounds the same way. */
const MOST_AT_ONCE = 4096;

/** Sums and means of many numbers that lie together are taken row by row first. */
function reduce(
  graph: GraphBuilder,
  operator: string,
  x: Handle,
  dims: readonly number[],
  axes: readonly number[],
  keepDims = false,
): Handle {
  const rank = x.dims.length;
  const isTail = axes.length > 1 && at(axes, 0) === rank - axes.length;
  const isMany = product(axes.map((axis) => at(x.dims, axis))) > MOST_AT_ONCE;
  if (!isTail || !isMany || operator === "ReduceMax" || operator === "ReduceMin") {
    return emitReduction(graph, operator, x, { dims, axes, keepDims });
  }
  const rows = { dims: [...x.dims.slice(0, -1), 1], axes: [rank - 1], keepDims: true };
  const byRow = emitReduction(graph, operator, x, rows);
  return emitReduction(graph, operator, byRow, { dims, axes, keepDims });
}

interface Reduction {
  dims: readonly number[];
  axes: readonly number[];
  keepDims: boolean;
}

/** In opset 17 ReduceSum takes its axes as an input, the others as an attribute. */
function emitReduction(
  graph: GraphBuilder,
  operator: string,
  x: Handle,
  { dims, axes, keepDims }: Reduction,
): Handle {
  const keepdims = Number(keepDims);
  return operator === "ReduceSum"
    ? graph.emit(operator, [x, graph.integers(axes)], dims, { keepdims })
    : graph.emit(operator, [x], dims, { axes: [...axes], keepdims });
}

/** The first of equal values; the indices come as int64 and go on as int32, which tfjs has. */
translateKernel<{ axis: number }>("ArgMax", ({ graph, inputs, attributes }) => {
  const x = inputs.x as Value;
  const { handle, layout } = denseInOwnLayout(graph, x);
  const along = axisOf(attributes.axis, x.shape.length);
  const kept = layout.filter((axis) => axis !== along);
  const dims = arrange(x.shape, kept);
  const options = { axis: layout.indexOf(along), keepdims: 0 };
  const indices = graph.emit("ArgMax", [handle], dims, options);
  const small = graph.emit("Cast", [indices], dims, { to: onnxTypeOf("int32") });
  const shape = x.shape.filter((_, axis) => axis !== along);
  const order = kept.map((axis) => axis > along ? axis - 1 : axis);
  return graphValue(small, shape, order, "int32");
});

translateKernel<{ dim: number }>("Softmax", ({ graph, inputs, attributes }) => {
  const x = inputs.logits as Value;
  const { handle, layout } = denseInOwnLayout(graph, x);
  const dim = attributes.dim < 0 ? attributes.dim + x.shape.length : attributes.dim;
  const axis = layout.indexOf(dim);
  return graphValue(graph.emit("Softmax", [handle], handle.dims, { axis }), x.shape, layout);
});

translateKernel<{ transposeA: boolean; transposeB: boolean }>(
  "BatchMatMul",
  ({ graph, inputs, attributes }) => {
    const swapped = (handle: Handle) => {
      const rank = handle.dims.length;
      return graph.transpose(handle, [...range(rank - 2), rank - 1, rank - 2]);
    };
    const a = denseHandle(graph, inputs.a as Value);
    const b = denseHandle(graph, inputs.b as Value);
    const product = graph.matMul(
      attributes.transposeA ? swapped(a) : a,
      attributes.transposeB ? swapped(b) : b,
    );
    const batch = product.dims.slice(0, -2).map((dim, axis) => Math.max(dim, at(b.dims, axis)));
    return graphValue(product, [...batch, ...product.dims.slice(-2)]);
  },
);
