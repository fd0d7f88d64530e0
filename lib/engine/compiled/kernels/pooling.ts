/** Pooling, and the gradient of the maximum. */
import * as tf from "@tensorflow/tfjs";
import { at, product } from "papilio/engine/compiled/_arrays.ts";
import { translateKernel } from "papilio/engine/compiled/_backend.ts";
import type { GraphBuilder, Handle } from "papilio/engine/compiled/_graph_builder.ts";
import { denseHandle, graphValue, NCHW, type Value } from "papilio/engine/compiled/_value.ts";
import { nchw, refuseVariants } from "papilio/engine/compiled/kernels/convolution.ts";

interface PoolingAttributes {
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

interface PoolingGeometry {
  outputShape: [number, number, number, number];
  attributes: { kernel_shape: number[]; strides: number[]; pads: number[] };
}

/** How the window slides, worked out by tfjs itself. */
function geometryOf(shape: readonly number[], attributes: PoolingAttributes): PoolingGeometry {
  refuseVariants(attributes);
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const info = tf.backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const { top, left, bottom, right } = info.padInfo;
  return {
    outputShape: info.outShape,
    attributes: {
      kernel_shape: [info.filterHeight, info.filterWidth],
      strides: [info.strideHeight, info.strideWidth],
      pads: [top, left, bottom, right],
    },
  };
}

const POOLING: Record<string, string> = { MaxPool: "MaxPool", AvgPool: "AveragePool" };

for (const [kernel, operator] of Object.entries(POOLING)) {
  translateKernel<PoolingAttributes>(kernel, ({ graph, inputs, attributes }) => {
    const x = inputs.x as Value;
    const geometry = geometryOf(x.shape, attributes);
    const dims = nchw(geometry.outputShape);
    const input = denseHandle(graph, x, NCHW);
    return graphValue(
      graph.emit(operator, [input], dims, geometry.attributes),
      geometry.outputShape,
      NCHW,
    );
  });
}

/** Each window's gradient goes to its first largest element. */
translateKernel<PoolingAttributes>("MaxPoolGrad", ({ graph, inputs, attributes }) => {
  const { dy, input } = inputs as { dy: Value; input: Value };
  return toMaxima(graph, dy, input, attributes);
});

/** The same map, of features (lib/model/unpooling.ts). */
translateKernel<PoolingAttributes>("PapilioMaxUnpool", ({ graph, inputs, attributes }) => {
  const { features, before } = inputs as { features: Value; before: Value };
  return toMaxima(graph, features, before, attributes);
});

/** Puts each value where its window of x has its maximum, which ONNX' MaxPool names. */
function toMaxima(
  graph: GraphBuilder,
  values: Value,
  x: Value,
  attributes: PoolingAttributes,
): Value {
  const { outputShape, attributes: window } = geometryOf(x.shape, attributes);
  const input = denseHandle(graph, x, NCHW);
  const [, second] = graph.emitMany("MaxPool", [input.name], window, 2);
  const indices = { name: second as string, dims: nchw(outputShape) };
  const moved = denseHandle(graph, values, NCHW);
  const apart = window.kernel_shape.every((side, axis) => side <= at(window.strides, axis));
  const result = apart
    ? unpool(graph, moved, { indices, window, dims: input.dims })
    : scatterSum(graph, moved, indices, input.dims);
  return graphValue(result, x.shape, NCHW);
}

/**
 * Windows that do not overlap: each element is written once at most.
 *
 * The shape is given only where it does not follow from the windows, since it fixes the batch size.
 */
function unpool(
  graph: GraphBuilder,
  values: Handle,
  { indices, window, dims }: {
    indices: Handle;
    window: PoolingGeometry["attributes"];
    dims: readonly number[];
  },
): Handle {
  const { kernel_shape: kernel, strides, pads } = window;
  const follows = [0, 1].every((axis) => {
    const span = (at(values.dims, axis + 2) - 1) * at(strides, axis) + at(kernel, axis);
    return span - at(pads, axis) - at(pads, axis + 2) === at(dims, axis + 2);
  });
  const shape = follows ? [] : [graph.integers(dims)];
  return graph.emit("MaxUnpool", [values, indices, ...shape], dims, window);
}

function scatterSum(
  graph: GraphBuilder,
  values: Handle,
  indices: Handle,
  dims: readonly number[],
): Handle {
  const size = product(dims);
  const zeros = graph.emit("Expand", [graph.float(0, [1]), graph.integers([size])], [size]);
  const flat = (handle: Handle) => graph.reshape(handle, [product(handle.dims)]);
  const sums = graph.emit("ScatterElements", [zeros, flat(indices), flat(values)], [size], {
    axis: 0,
    reduction: "add",
  });
  return graph.reshape(sums, dims);
}
