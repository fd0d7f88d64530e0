import type { GraphBuilder, Handle } from "papilio/engine/compiled/_graph_builder.ts";

/*
 * Operators that ONNX Runtime's providers for graphics processors lack, or have in part only, made of
 * those that they have. On the CPU the operators themselves are faster.
 */

/** `SpaceToDepth` of 2×2 cells. */
export function spaceToDepth(graph: GraphBuilder, x: Handle): Handle {
  const [n, c, h, w] = x.dims as [number, number, number, number];
  const cells = graph.reshape(x, [n * c, h / 2, 2, w / 2, 2]);
  const apart = graph.reshape(graph.transpose(cells, [0, 2, 4, 1, 3]), [n, c, 4, (h * w) / 4]);
  return graph.reshape(graph.transpose(apart, [0, 2, 1, 3]), [n, c * 4, h / 2, w / 2]);
}

/** `Split` along one axis: as many slices as there are parts, since a shader writes to few buffers. */
export function split(
  graph: GraphBuilder,
  x: Handle,
  sizes: readonly number[],
  axis: number,
): Handle[] {
  let end = 0;
  return sizes.map((size) => {
    const start = end;
    end += size;
    return graph.slice(x, [start], [end], [axis]);
  });
}

/** What a batch normalization in training mode gives. */
export interface Normalized {
  y: Handle;
  mean: Handle;
  variance: Handle;
}

/** `BatchNormalization` by the batch's own mean and (biased) variance, over an NCHW tensor. */
export function normalizeByBatch(
  graph: GraphBuilder,
  x: Handle,
  { scale, offset, epsilon }: { scale: Handle; offset: Handle; epsilon: number },
): Normalized {
  const channels = [1, ...scale.dims, 1, 1];
  const meanOf = (values: Handle) =>
    graph.emit("ReduceMean", [values], channels, { axes: [0, 2, 3], keepdims: 1 });
  const perChannel = (vector: Handle) => graph.reshape(vector, channels);
  const mean = meanOf(x);
  const centred = graph.emit("Sub", [x, mean], x.dims);
  const variance = meanOf(graph.emit("Mul", [centred, centred], x.dims));
  const aboveZero = graph.emit("Add", [variance, graph.float(epsilon, [1, 1, 1, 1])], channels);
  const deviation = graph.emit("Sqrt", [aboveZero], channels);
  const factor = graph.emit("Div", [perChannel(scale), deviation], channels);
  const scaled = graph.emit("Mul", [centred, factor], x.dims);
  const y = graph.emit("Add", [scaled, perChannel(offset)], x.dims);
  return {
    y,
    mean: graph.reshape(mean, scale.dims),
    variance: graph.reshape(variance, scale.dims),
  };
}
