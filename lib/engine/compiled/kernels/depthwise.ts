/** Depthwise convolutions (one filter for each channel) and their gradients. */
import { at, range } from "papilio/engine/compiled/_arrays.ts";
import { translateKernel } from "papilio/engine/compiled/_backend.ts";
import type { GraphBuilder, Handle } from "papilio/engine/compiled/_graph_builder.ts";
import {
  denseHandle,
  DEPTHWISE_FILTER,
  graphValue,
  NCHW,
  type Value,
} from "papilio/engine/compiled/_value.ts";
import { applyActivation } from "papilio/engine/compiled/kernels/activation.ts";
import {
  type ConvolutionAttributes,
  flip,
  flippedWindow,
  type Geometry,
  geometryOf,
  nchw,
  tapSlices,
  withoutPadding,
} from "papilio/engine/compiled/kernels/convolution.ts";

type Shape4 = [number, number, number, number];

/** The filter as `[channels · multiplier, 1, kh, kw]`, which is what a grouped Conv takes. */
function groupedFilter(graph: GraphBuilder, filter: Value): Handle {
  const [kh, kw, channels, multiplier] = filter.shape as Shape4;
  const handle = denseHandle(graph, filter, DEPTHWISE_FILTER);
  return graph.reshape(handle, [channels * multiplier, 1, kh, kw]);
}

function convolveDepthwise(
  graph: GraphBuilder,
  x: Value,
  filter: Value,
  attributes: ConvolutionAttributes,
  bias?: Value,
): Value {
  const geometry = geometryOf(x.shape, filter.shape, attributes, true);
  const vector = bias && denseHandle(graph, bias);
  const { input, window } = withoutPadding(graph, denseHandle(graph, x, NCHW), {
    ...geometry,
    group: at(x.shape, 3),
  });
  const dims = nchw(geometry.outputShape);
  const result = graph.conv(input, groupedFilter(graph, filter), dims, window, vector);
  return graphValue(result, geometry.outputShape, NCHW);
}

translateKernel<ConvolutionAttributes>(
  "DepthwiseConv2dNative",
  ({ graph, inputs, attributes }) =>
    convolveDepthwise(graph, inputs.x as Value, inputs.filter as Value, attributes),
);

translateKernel<ConvolutionAttributes & { activation?: string; leakyreluAlpha?: number }>(
  "FusedDepthwiseConv2D",
  ({ graph, inputs, attributes }) => {
    const { x, filter, bias } = inputs as { x: Value; filter: Value; bias?: Value };
    return applyActivation(
      graph,
      convolveDepthwise(graph, x, filter, attributes, bias),
      attributes,
    );
  },
);

translateKernel<ConvolutionAttributes & { inputShape: Shape4 }>(
  "DepthwiseConv2dNativeBackpropInput",
  ({ graph, inputs, attributes }) => {
    const filter = inputs.filter as Value;
    const { inputShape } = attributes;
    const geometry = geometryOf(inputShape, filter.shape, attributes, true);
    const dy = denseHandle(graph, inputs.dy as Value, NCHW);
    const weights = groupedFilter(graph, filter);
    const dims = nchw(inputShape);
    const group = at(inputShape, 3);
    const single = filter.shape[3] === 1 && geometry.strides.every((stride) => stride === 1);
    const result = single
      ? graph.conv(dy, flip(graph, weights), dims, {
        ...flippedWindow(filter.shape, geometry),
        group,
      })
      : graph.convTranspose(dy, weights, dims, { ...geometry, group });
    return graphValue(result, inputShape, NCHW);
  },
);

translateKernel<ConvolutionAttributes & { filterShape: Shape4 }>(
  "DepthwiseConv2dNativeBackpropFilter",
  ({ graph, inputs, attributes }) => {
    const { filterShape } = attributes;
    const [kh, kw, channels, multiplier] = filterShape;
    const geometry = geometryOf((inputs.x as Value).shape, filterShape, attributes, true);
    const x = denseHandle(graph, inputs.x as Value, NCHW);
    const dy = denseHandle(graph, inputs.dy as Value, NCHW);
    const [n, , outH, outW] = dy.dims as Shape4;
    const pixels = outH * outW;
    const { input, window } = withoutPadding(graph, x, geometry);
    const taps = depthwiseTaps(graph, input, filterShape, dy, window)
      .map((tap) => graph.reshape(tap, [n * channels, 1, pixels]));
    const columns = graph.reshape(dy, [n * channels, multiplier, pixels]);
    const products = graph.matMul(graph.concat(taps, 1), graph.transpose(columns, [0, 2, 1]));
    const sums = graph.reduceSum(graph.reshape(products, [n, channels, kh * kw * multiplier]), [0]);
    const gradient = graph.reshape(sums, [channels, kh, kw, multiplier]);
    return graphValue(gradient, filterShape, [2, 0, 1, 3]);
  },
);

/** `tapSlices`; at stride 2 through SpaceToDepth, since strided slices cost twice as much. */
function depthwiseTaps(
  graph: GraphBuilder,
  x: Handle,
  [kh, kw, channels]: Shape4,
  dy: Handle,
  geometry: Geometry,
): Handle[] {
  const stride2 = geometry.strides.every((stride) => stride === 2) &&
    geometry.dilations.every((dilation) => dilation === 1);
  if (!stride2) return tapSlices(graph, x, [kh, kw], dy.dims, geometry);
  const [, , h, w] = x.dims as Shape4;
  const [, , outH, outW] = dy.dims as Shape4;
  const [top, left] = geometry.pads;
  const height = 2 * (outH + ((kh - 1) >> 1));
  const width = 2 * (outW + ((kw - 1) >> 1));
  const padded = graph.pad(x, [0, 0, top, left], [0, 0, height - h - top, width - w - left]);
  const cells = graph.spaceToDepth(padded);
  return range(kh * kw).map((tap) => {
    const [i, j] = [Math.floor(tap / kw), tap % kw];
    const corner = ((i % 2) * 2 + j % 2) * channels;
    const start = [corner, i >> 1, j >> 1];
    return graph.slice(cells, start, [corner + channels, (i >> 1) + outH, (j >> 1) + outW], [
      1,
      2,
      3,
    ]);
  });
}
