/** Kernels that move elements without changing them. */
import * as tf from "@tensorflow/tfjs";
import {
  arrange,
  at,
  axisOf,
  product,
  range,
  sameNumbers,
} from "papilio/engine/compiled/_arrays.ts";
import { translateKernel } from "papilio/engine/compiled/_backend.ts";
import type { GraphBuilder } from "papilio/engine/compiled/_graph_builder.ts";
import {
  denseHandle,
  denseInOwnLayout,
  type GraphValue,
  graphValue,
  layoutOf,
  NCHW,
  scalarHandle,
  uniform,
  type Value,
} from "papilio/engine/compiled/_value.ts";

translateKernel("Identity", ({ inputs }) => inputs.x as Value);

translateKernel<{ shape: number[] }>("Reshape", ({ graph, inputs, attributes }) => {
  const x = inputs.x as Value;
  const open = attributes.shape.indexOf(-1);
  const shape = [...attributes.shape];
  if (open >= 0) shape[open] = product(x.shape) / -product(shape);
  return reshape(graph, x, shape);
});

translateKernel<{ dim: number }>("ExpandDims", ({ graph, inputs, attributes }) => {
  const x = inputs.input as Value;
  const shape = [...x.shape];
  shape.splice(axisOf(attributes.dim, shape.length + 1), 0, 1);
  return reshape(graph, x, shape);
});

/** The value in another shape; its memory order is kept if only axes of size 1 come or go. */
export function reshape(graph: GraphBuilder, x: Value, shape: readonly number[]): Value {
  if (sameNumbers(x.shape, shape)) return x;
  if (x.kind !== "graph") return { ...x, shape };
  return reshapeUnits(graph, x, shape) ??
    graphValue(graph.reshape(denseHandle(graph, x), shape), shape, undefined, x.dtype);
}

function reshapeUnits(
  graph: GraphBuilder,
  x: GraphValue,
  shape: readonly number[],
): Value | undefined {
  const before = range(x.shape.length).filter((axis) => x.shape[axis] !== 1);
  const after = range(shape.length).filter((axis) => shape[axis] !== 1);
  if (!sameNumbers(arrange(x.shape, before), arrange(shape, after))) return undefined;
  const extent = [...shape];
  after.forEach((axis, index) => extent[axis] = at(x.extent, at(before, index)));
  const own = layoutOf(x);
  const order = own.filter((axis) => before.includes(axis))
    .map((axis) => at(after, before.indexOf(axis)));
  const layout = withUnitAxes(order, shape);
  const source = { name: x.name, dims: arrange(x.extent, own) };
  const handle = graph.reshape(source, arrange(extent, layout));
  return graphValue(handle, shape, layout, x.dtype, extent);
}

/** A layout in which the axes of `order` follow each other and those of size 1 stand where they are usual. */
function withUnitAxes(order: readonly number[], shape: readonly number[]): number[] {
  const usual = [range(shape.length), ...(shape.length === 4 ? [[...NCHW]] : [])].reverse();
  const fits = usual.find((layout) =>
    sameNumbers(layout.filter((axis) => order.includes(axis)), order)
  );
  return fits ?? [...range(shape.length).filter((axis) => !order.includes(axis)), ...order];
}

translateKernel<{ perm: number[] }>("Transpose", ({ graph, inputs, attributes: { perm } }) => {
  const x = inputs.x as Value;
  const shape = arrange(x.shape, perm);
  if (x.kind === "uniform") return { ...x, shape };
  if (x.kind === "constant") {
    return graphValue(graph.transpose(denseHandle(graph, x), perm), shape, undefined, x.dtype);
  }
  // Nothing moves in memory: the same tensor is read with other axes.
  const layout = layoutOf(x).map((axis) => perm.indexOf(axis));
  const handle = { name: x.name, dims: [] };
  return graphValue(handle, shape, layout, x.dtype, arrange(x.extent, perm));
});

translateKernel<{ axis: number }>("Concat", ({ graph, list, attributes }) => {
  const parts = list.filter((part) => product(part.shape) > 0);
  const first = at(parts, 0);
  const axis = axisOf(attributes.axis, first.shape.length);
  const leader = parts.find((part) => part.kind === "graph") ?? first;
  const { layout } = denseInOwnLayout(graph, leader);
  const handle = graph.concat(
    parts.map((part) => denseHandle(graph, part, layout)),
    layout.indexOf(axis),
  );
  const shape = [...first.shape];
  shape[axis] = parts.reduce((sum, part) => sum + at(part.shape, axis), 0);
  return graphValue(handle, shape, layout, first.dtype);
});

translateKernel<{ axis: number }>("Pack", ({ graph, list, attributes }) => {
  const shape = [...at(list, 0).shape];
  const axis = axisOf(attributes.axis, shape.length + 1);
  const unit = [...shape.slice(0, axis), 1, ...shape.slice(axis)];
  const parts = list.map((part) => denseHandle(graph, reshape(graph, part, unit)));
  const packed = [...shape.slice(0, axis), list.length, ...shape.slice(axis)];
  return graphValue(graph.concat(parts, axis), packed, undefined, at(list, 0).dtype);
});

function split(graph: GraphBuilder, x: Value, sizes: readonly number[], axis: number): Value[] {
  const { handle, layout } = denseInOwnLayout(graph, x);
  const parts = graph.split(handle, sizes, layout.indexOf(axis));
  return sizes.map((size, index) => {
    const shape = x.shape.map((dim, i) => i === axis ? size : dim);
    return graphValue(at(parts, index), shape, layout, x.dtype);
  });
}

translateKernel<{ numOrSizeSplits: number | number[]; axis: number }>(
  "SplitV",
  ({ graph, inputs, attributes: { numOrSizeSplits, axis } }) => {
    const x = inputs.x as Value;
    const along = axisOf(axis, x.shape.length);
    const sizes = tf.backend_util.prepareSplitSize(
      { shape: x.shape } as tf.TensorInfo as tf.Tensor,
      // tfjs writes the size that was left open into the list.
      typeof numOrSizeSplits === "number" ? numOrSizeSplits : [...numOrSizeSplits],
      along,
    );
    return split(graph, x, sizes, along);
  },
);

translateKernel<{ axis: number }>("Unpack", ({ graph, inputs, attributes }) => {
  const x = inputs.value as Value;
  const axis = axisOf(attributes.axis, x.shape.length);
  const shape = x.shape.filter((_, i) => i !== axis);
  return split(graph, x, range(at(x.shape, axis)).map(() => 1), axis)
    .map((part) => reshape(graph, part, shape));
});

translateKernel<{ begin: number | number[]; size: number | number[] }>(
  "Slice",
  ({ graph, inputs, attributes }) => {
    const x = inputs.x as Value;
    const [begin, shape] = tf.slice_util.parseSliceParams(
      { shape: x.shape } as tf.TensorInfo as tf.Tensor,
      attributes.begin,
      attributes.size,
    ) as [number[], number[]];
    if (sameNumbers(shape, x.shape)) return x;
    if (x.kind === "uniform") return { ...x, shape };
    const { handle, layout } = denseInOwnLayout(graph, x);
    const axes = range(shape.length).filter((axis) => shape[axis] !== x.shape[axis]);
    const starts = arrange(begin, axes);
    const ends = axes.map((axis) => at(begin, axis) + at(shape, axis));
    const inMemory = axes.map((axis) => layout.indexOf(axis));
    const cut = graph.trimTransposedConvolution(handle, starts, ends, inMemory) ??
      graph.slice(handle, starts, ends, inMemory);
    return graphValue(cut, shape, layout, x.dtype);
  },
);

translateKernel<{ reps: number[] }>("Tile", ({ graph, inputs, attributes: { reps } }) => {
  const x = inputs.x as Value;
  const shape = x.shape.map((dim, axis) => dim * at(reps, axis));
  const onlyBroadcasts = reps.every((times, axis) => times === 1 || x.shape[axis] === 1);
  if (x.kind === "uniform" || (x.kind === "graph" && onlyBroadcasts)) return { ...x, shape };
  const { handle, layout } = denseInOwnLayout(graph, x);
  const repeats = graph.integers(arrange(reps, layout));
  return graphValue(
    graph.emit("Tile", [handle, repeats], arrange(shape, layout)),
    shape,
    layout,
    x.dtype,
  );
});

translateKernel<{ paddings: [number, number][]; constantValue: number }>(
  "PadV2",
  ({ graph, inputs, attributes: { paddings, constantValue } }) => {
    const x = inputs.x as Value;
    const { handle, layout } = denseInOwnLayout(graph, x);
    const [before, after] = [0, 1].map((side) =>
      layout.map((axis) => at(at(paddings, axis), side))
    ) as [number[], number[]];
    const shape = x.shape.map((dim, axis) => dim + at(paddings, axis)[0] + at(paddings, axis)[1]);
    const fill = constantValue === 0
      ? undefined
      : scalarHandle(graph, uniform(constantValue, [], x.dtype), 0);
    return graphValue(graph.pad(handle, before, after, fill), shape, layout, x.dtype);
  },
);

translateKernel<{ dims: number[] }>("Reverse", ({ graph, inputs, attributes: { dims } }) => {
  const x = inputs.x as Value;
  if (x.kind === "uniform") return x;
  const { handle, layout } = denseInOwnLayout(graph, x);
  const reversed = dims.reduce((current, dim) => {
    const axis = layout.indexOf(axisOf(dim, x.shape.length));
    return graph.gather(current, range(at(current.dims, axis)).reverse(), axis);
  }, handle);
  return graphValue(reversed, x.shape, layout, x.dtype);
});
