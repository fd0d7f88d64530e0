/** Batch normalization with given statistics, and with the batch's own. */
import { at } from "papilio/engine/compiled/_arrays.ts";
import { translateKernel } from "papilio/engine/compiled/_backend.ts";
import { normalizeByBatch } from "papilio/engine/compiled/_decompositions.ts";
import type { GraphBuilder, Handle } from "papilio/engine/compiled/_graph_builder.ts";
import { denseHandle, graphValue, NCHW, type Value } from "papilio/engine/compiled/_value.ts";
import { nchw } from "papilio/engine/compiled/kernels/convolution.ts";

translateKernel<{ varianceEpsilon: number }>("FusedBatchNorm", ({ graph, inputs, attributes }) => {
  const { x, mean, variance } = inputs as Record<string, Value> & {
    x: Value;
    mean: Value;
    variance: Value;
  };
  const vector = (value: Value | undefined, standard: number): Handle =>
    value ? denseHandle(graph, value) : graph.float(standard, mean.shape);
  const operands = [
    denseHandle(graph, x, NCHW),
    vector(inputs.scale, 1),
    vector(inputs.offset, 0),
    denseHandle(graph, mean),
    denseHandle(graph, variance),
  ];
  const epsilon = { float: attributes.varianceEpsilon };
  const result = graph.emit("BatchNormalization", operands, nchw(x.shape), { epsilon });
  return graphValue(result, x.shape, NCHW);
});

/**
 * Normalizes by the batch's own mean and (biased) variance; returns these too.
 *
 * With momentum 0, ONNX' running statistics are those of the batch.
 */
translateKernel<{ epsilon: number }>(
  "PapilioBatchNormTraining",
  ({ graph, inputs, attributes }) => {
    const { x, gamma, beta } = inputs as { x: Value; gamma: Value; beta: Value };
    const channels = [at(x.shape, 3)];
    const input = denseHandle(graph, x, NCHW);
    const scale = denseHandle(graph, gamma);
    const offset = denseHandle(graph, beta);
    if (graph.decomposes) {
      const { epsilon } = attributes;
      const { y, mean, variance } = normalizeByBatch(graph, input, { scale, offset, epsilon });
      return [
        graphValue(y, x.shape, NCHW),
        graphValue(mean, channels),
        graphValue(variance, channels),
      ];
    }
    const statistics = [privateVector(graph, offset), privateVector(graph, scale)];
    const names = [input, scale, offset, ...statistics].map((handle) => handle.name);
    const options = {
      epsilon: { float: attributes.epsilon },
      momentum: { float: 0 },
      training_mode: 1,
    };
    const [y, mean, variance] = graph.emitMany("BatchNormalization", names, options, 3);
    const result = (name: string | undefined, dims: readonly number[]) => ({
      name: name as string,
      dims,
    });
    return [
      graphValue(result(y, input.dims), x.shape, NCHW),
      graphValue(result(mean, channels), channels),
      graphValue(result(variance, channels), channels),
    ];
  },
);

/**
 * A vector that no other node reads: ONNX Runtime writes the running statistics over inputs 3 and 4.
 *
 * With momentum 0 its values are of no account. Each is made by a factor of its own, since equal nodes
 * would be merged here and in the runtime, and normalizations would share memory.
 */
function privateVector(graph: GraphBuilder, like: Handle): Handle {
  const factor = graph.nodes.length + 2; // Not 1: such a product would be left out.
  return graph.emit("Mul", [like, graph.float(factor)], like.dims);
}
