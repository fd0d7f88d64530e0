/**
 * Convolutions and their gradients, in the operator patterns that ONNX Runtime's CPU runs fastest.
 *
 * In these comments x is `[n, in, h, w]`, dy `[n, out, h', w']`, and a filter `[kh, kw, in, out]`.
 */
import * as tf from "@tensorflow/tfjs";
import { at, product, range } from "papilio/engine/compiled/_arrays.ts";
import { type KernelCall, translateKernel } from "papilio/engine/compiled/_backend.ts";
import type { GraphBuilder, Handle, Window } from "papilio/engine/compiled/_graph_builder.ts";
import { denseHandle, graphValue, NCHW, OIHW, type Value } from "papilio/engine/compiled/_value.ts";
import { onnxType } from "papilio/engine/compiled/onnx.ts";
import { applyActivation } from "papilio/engine/compiled/kernels/activation.ts";

/** The attributes that tfjs' convolution kernels share. */
export interface ConvolutionAttributes {
  strides: number | [number, number];
  pad: "valid" | "same" | number;
  dilations?: number | [number, number];
  dataFormat?: string;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

type Shape4 = [number, number, number, number];

/** How the window slides, and the output's shape. */
export interface Geometry extends Window {
  outputShape: Shape4;
  dilations: [number, number];
}

/** The geometry of a convolution, worked out by tfjs itself. */
export function geometryOf(
  xShape: readonly number[],
  filterShape: readonly number[],
  attributes: ConvolutionAttributes,
  depthwise = false,
): Geometry {
  refuseVariants(attributes);
  const info = tf.backend_util.computeConv2DInfo(
    xShape as Shape4,
    filterShape as Shape4,
    attributes.strides,
    attributes.dilations ?? 1,
    attributes.pad,
    attributes.dimRoundingMode,
    depthwise,
  );
  const { top, left, bottom, right } = info.padInfo;
  return {
    outputShape: info.outShape,
    strides: [info.strideHeight, info.strideWidth],
    pads: [top, left, bottom, right],
    dilations: [info.dilationHeight, info.dilationWidth],
  };
}

/** Throws for what ONNX Runtime would compute otherwise than tfjs. */
export function refuseVariants(
  { dataFormat = "NHWC", dimRoundingMode = "floor" }: Partial<ConvolutionAttributes>,
): void {
  if (dataFormat !== "NHWC") throw new Error(`data in the order ${dataFormat} has no translation`);
  if (dimRoundingMode !== "floor") {
    throw new Error(`sides rounded by ${dimRoundingMode} have no translation`);
  }
}

/** The dimensions of an NHWC shape in NCHW order. */
export function nchw(shape: readonly number[]): Shape4 {
  const [n, h, w, c] = shape as Shape4;
  return [n, c, h, w];
}

/** Non-overlapping 2×2 cells: the transposed convolutions of the decoder. */
function isTwoByTwo(
  filterShape: readonly number[],
  xShape: readonly number[],
  g: Geometry,
): boolean {
  return filterShape[0] === 2 && filterShape[1] === 2 &&
    g.strides.every((stride) => stride === 2) &&
    g.dilations.every((dilation) => dilation === 1) && g.pads.every((pad) => pad === 0) &&
    at(xShape, 1) % 2 === 0 && at(xShape, 2) % 2 === 0;
}

/** A tensor without the zeros around its images: they become part of the window. */
export function withoutPadding<W extends Window>(
  graph: GraphBuilder,
  x: Handle,
  window: W,
): { input: Handle; window: W } {
  const padding = graph.zeroPadding(x);
  if (!padding) return { input: x, window };
  const [n, c, ...before] = padding.before;
  const amounts = [...before, ...padding.after.slice(2)];
  const isSpatial = n === 0 && c === 0 && padding.after[0] === 0 && padding.after[1] === 0;
  if (!isSpatial || amounts.some((amount) => amount < 0)) return { input: x, window };
  const pads = window.pads.map((pad, side) => pad + at(amounts, side)) as [
    number,
    number,
    number,
    number,
  ];
  return { input: padding.inner, window: { ...window, pads } };
}

export function convolve(
  graph: GraphBuilder,
  x: Value,
  filter: Value,
  attributes: ConvolutionAttributes,
  bias?: Value,
): Value {
  const geometry = geometryOf(x.shape, filter.shape, attributes);
  const input = denseHandle(graph, x, NCHW);
  const dims = nchw(geometry.outputShape);
  const vector = bias && denseHandle(graph, bias);
  if (isTwoByTwo(filter.shape, x.shape, geometry)) {
    const [, , channels, filters] = filter.shape as Shape4;
    const rows = graph.reshape(denseHandle(graph, filter), [4 * channels, filters]);
    const weights = graph.reshape(graph.transpose(rows, [1, 0]), [filters, 4 * channels, 1, 1]);
    const cells = graph.spaceToDepth(input);
    const result = graph.conv(cells, weights, dims, UNIT_WINDOW, vector);
    return graphValue(result, geometry.outputShape, NCHW);
  }
  const bare = withoutPadding(graph, input, geometry);
  const result = graph.conv(
    bare.input,
    denseHandle(graph, filter, OIHW),
    dims,
    bare.window,
    vector,
  );
  return graphValue(result, geometry.outputShape, NCHW);
}

const UNIT_WINDOW: Window = { strides: [1, 1], pads: [0, 0, 0, 0] };

translateKernel<ConvolutionAttributes>(
  "Conv2D",
  ({ graph, inputs, attributes }) =>
    convolve(graph, inputs.x as Value, inputs.filter as Value, attributes),
);

translateKernel<ConvolutionAttributes & { activation?: string; leakyreluAlpha?: number }>(
  "FusedConv2D",
  ({ graph, inputs, attributes }) => {
    const result = convolve(
      graph,
      inputs.x as Value,
      inputs.filter as Value,
      attributes,
      inputs.bias,
    );
    return applyActivation(graph, result, attributes);
  },
);

/** The window that turns the gradient of a stride-1 convolution into a convolution of dy. */
export function flippedWindow(kernel: readonly number[], geometry: Geometry): Window {
  const [top, left, bottom, right] = geometry.pads;
  const [reachH, reachW] = [0, 1].map((axis) =>
    (at(kernel, axis) - 1) * at(geometry.dilations, axis)
  ) as [number, number];
  return {
    strides: [1, 1],
    dilations: geometry.dilations,
    pads: [reachH - top, reachW - left, reachH - bottom, reachW - right],
  };
}

/**
 * A filter `[…, …, kh, kw]` turned by 180°.
 *
 * The taps are reversed by a product with a permutation matrix, which is exact, and many times faster
 * than a Gather of single numbers.
 */
export function flip(graph: GraphBuilder, filter: Handle): Handle {
  const [a, b, kh, kw] = filter.dims as Shape4;
  const taps = kh * kw;
  if (taps === 1) return filter;
  const reversal = new Float32Array(taps * taps);
  for (let tap = 0; tap < taps; tap++) reversal[tap * taps + taps - 1 - tap] = 1;
  const matrix = graph.constant(reversal, [taps, taps], onnxType.float32);
  return graph.reshape(graph.matMul(graph.reshape(filter, [a * b, taps]), matrix), filter.dims);
}

translateKernel<ConvolutionAttributes & { inputShape: Shape4 }>(
  "Conv2DBackpropInput",
  ({ graph, inputs, attributes }) => {
    const filter = inputs.filter as Value;
    const { inputShape } = attributes;
    const geometry = geometryOf(inputShape, filter.shape, attributes);
    const dy = denseHandle(graph, inputs.dy as Value, NCHW);
    const weights = denseHandle(graph, filter, OIHW);
    const dims = nchw(inputShape);
    // A ConvTranspose would be right for every stride, and twice as slow for this one.
    const result = geometry.strides.every((stride) => stride === 1)
      ? graph.conv(
        dy,
        flip(graph, graph.transpose(weights, [1, 0, 2, 3])),
        dims,
        flippedWindow(filter.shape, geometry),
      )
      : graph.convTranspose(dy, weights, dims, geometry);
    return graphValue(result, inputShape, NCHW);
  },
);

/**
 * `a · bᵀ` summed over the batch, for a `[n, rows, k]` and b `[n, columns, k]`.
 *
 * The batch is folded into the inner dimension where moving the operands costs less than adding up n
 * products.
 */
function productOverBatch(graph: GraphBuilder, a: Handle, b: Handle): Handle {
  const [n, rows, k] = a.dims as [number, number, number];
  const columns = at(b.dims, 1);
  const fold = n === 1 || rows * columns > k * (rows + columns);
  if (!fold) return graph.reduceSum(graph.matMul(a, graph.transpose(b, [0, 2, 1])), [0]);
  const folded = (x: Handle, size: number) =>
    graph.reshape(graph.transpose(x, [1, 0, 2]), [size, n * k]);
  return graph.matMul(folded(a, rows), graph.transpose(folded(b, columns), [1, 0]));
}

/** `[n, c, h, w]` → `[n, c, h·w]`. */
const flat = (graph: GraphBuilder, x: Handle): Handle =>
  graph.reshape(x, [...x.dims.slice(0, 2), product(x.dims.slice(2))]);

/** tfjs' own, and that of dilated convolutions, which tfjs lacks (lib/model/dilated_convolution.ts). */
for (const kernel of ["Conv2DBackpropFilter", "PapilioDilatedFilterGradient"]) {
  translateKernel<ConvolutionAttributes & { filterShape: Shape4 }>(kernel, filterGradient);
}

function filterGradient(
  { graph, inputs, attributes }: KernelCall<ConvolutionAttributes & { filterShape: Shape4 }>,
): Value {
  const { filterShape } = attributes;
  const [kh, kw, channels, filters] = filterShape;
  const geometry = geometryOf((inputs.x as Value).shape, filterShape, attributes);
  const x = denseHandle(graph, inputs.x as Value, NCHW);
  const dy = denseHandle(graph, inputs.dy as Value, NCHW);
  const unitStride = geometry.strides.every((stride) => stride === 1);
  if (isTwoByTwo(filterShape, (inputs.x as Value).shape, geometry)) {
    const rows = productOverBatch(graph, flat(graph, graph.spaceToDepth(x)), flat(graph, dy));
    return graphValue(graph.reshape(rows, filterShape), filterShape);
  }
  if (kh * kw === 1 && unitStride && geometry.pads.every((pad) => pad === 0)) {
    const rows = productOverBatch(graph, flat(graph, dy), flat(graph, x));
    return graphValue(graph.reshape(rows, [filters, channels, 1, 1]), filterShape, OIHW);
  }
  const { input, window } = withoutPadding(graph, x, geometry);
  return unitStride
    ? filterGradientByShifts(graph, input, dy, filterShape, window)
    : filterGradientByPatches(graph, input, dy, filterShape, window);
}

/**
 * The filter's gradient at stride 1, all taps in one product of kh row shifts with kw column shifts.
 *
 * `dW[i, j] = Σ x[h + i, w + j] · dy[h, w]`: x is padded once and read at kh row offsets; dy is widened
 * to x's row length at kw column offsets. Row shift i against column shift j gives the tap (i, j), so
 * only `kh·in + kw·out` planes are copied, instead of `kh·kw` times the smaller side.
 */
function filterGradientByShifts(
  graph: GraphBuilder,
  x: Handle,
  dy: Handle,
  filterShape: Shape4,
  { pads: [top, left], dilations: [dilationH, dilationW] }: Geometry,
): Value {
  const [kh, kw, channels, filters] = filterShape;
  const [n, , h, w] = x.dims as Shape4;
  const [, , outH, outW] = dy.dims as Shape4;
  const width = outW + (kw - 1) * dilationW;
  const height = outH + (kh - 1) * dilationH;
  const padded = graph.pad(x, [0, 0, top, left], [0, 0, height - h - top, width - w - left]);
  const flatRows = graph.reshape(padded, [n, channels, height * width]);
  const rowShifts = range(kh).map((i) =>
    graph.slice(flatRows, [i * dilationH * width], [(i * dilationH + outH) * width], [2])
  );
  const columnShifts = range(kw).map((j) =>
    flat(graph, graph.pad(dy, [0, 0, 0, j * dilationW], [0, 0, 0, (kw - 1 - j) * dilationW]))
  );
  const taps = productOverBatch(graph, graph.concat(rowShifts, 1), graph.concat(columnShifts, 1));
  return graphValue(graph.reshape(taps, [kh, channels, kw, filters]), filterShape, [0, 2, 1, 3]);
}

/** The filter's gradient at any stride: the patches under each tap (im2col) times dy. */
function filterGradientByPatches(
  graph: GraphBuilder,
  x: Handle,
  dy: Handle,
  filterShape: Shape4,
  geometry: Geometry,
): Value {
  const [kh, kw] = filterShape;
  const patches = tapSlices(graph, x, [kh, kw], dy.dims, geometry).map((tap) => flat(graph, tap));
  const rows = productOverBatch(graph, graph.concat(patches, 1), flat(graph, dy));
  return graphValue(graph.reshape(rows, filterShape), filterShape);
}

/** For each tap (i, j), the pixels of x that it meets: `x[i·d + s·h', j·d + s·w']`, as `[n, c, h', w']`. */
export function tapSlices(
  graph: GraphBuilder,
  x: Handle,
  [kh, kw]: readonly [number, number],
  outputDims: readonly number[],
  { pads: [top, left], strides: [strideH, strideW], dilations: [dilationH, dilationW] }: Geometry,
): Handle[] {
  const [outH, outW] = outputDims.slice(2) as [number, number];
  const spanH = (outH - 1) * strideH + 1;
  const spanW = (outW - 1) * strideW + 1;
  const [, , h, w] = x.dims as Shape4;
  const bottom = (kh - 1) * dilationH + spanH - h - top;
  const right = (kw - 1) * dilationW + spanW - w - left;
  const padded = graph.pad(x, [0, 0, top, left], [0, 0, bottom, right]);
  return range(kh * kw).map((tap) => {
    const row = Math.floor(tap / kw) * dilationH;
    const column = (tap % kw) * dilationW;
    const ends = [row + spanH, column + spanW];
    return graph.slice(padded, [row, column], ends, [2, 3], [strideH, strideW]);
  });
}
