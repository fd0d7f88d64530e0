/** Kernels that sort, pick by index and add up along an axis. */
import { arrange, axisOf } from "papilio/engine/compiled/_arrays.ts";
import { translateKernel } from "papilio/engine/compiled/_backend.ts";
import {
  denseHandle,
  denseInOwnLayout,
  graphValue,
  onnxTypeOf,
  type Value,
} from "papilio/engine/compiled/_value.ts";

/** The indices come as int64 and go on as int32, which tfjs has. */
translateKernel<{ k: number; sorted: boolean }>("TopK", ({ graph, inputs, attributes }) => {
  const x = inputs.x as Value;
  const handle = denseHandle(graph, x);
  const shape = [...x.shape.slice(0, -1), attributes.k];
  const names = [handle.name, graph.integers([attributes.k]).name];
  const [values, indices] = graph.emitMany("TopK", names, { sorted: Number(attributes.sorted) }, 2);
  const to = onnxTypeOf("int32");
  const small = graph.emit("Cast", [{ name: indices as string, dims: shape }], shape, { to });
  return [
    graphValue({ name: values as string, dims: shape }, shape, undefined, x.dtype),
    graphValue(small, shape, undefined, "int32"),
  ];
});

translateKernel<{ axis: number; batchDims: number }>(
  "GatherV2",
  ({ graph, inputs, attributes }) => {
    if (attributes.batchDims) throw new Error("batchDims other than 0 have no translation");
    const [x, indices] = [inputs.x as Value, inputs.indices as Value];
    const axis = axisOf(attributes.axis, x.shape.length);
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    const handles = [denseHandle(graph, x), denseHandle(graph, indices)];
    return graphValue(graph.emit("Gather", handles, shape, { axis }), shape, undefined, x.dtype);
  },
);

translateKernel<{ axis: number; exclusive: boolean; reverse: boolean }>(
  "Cumsum",
  ({ graph, inputs, attributes }) => {
    const x = inputs.x as Value;
    const { handle, layout } = denseInOwnLayout(graph, x);
    const axis = graph.integers([layout.indexOf(axisOf(attributes.axis, x.shape.length))]);
    const options = {
      exclusive: Number(attributes.exclusive),
      reverse: Number(attributes.reverse),
    };
    const summed = graph.emit("CumSum", [handle, axis], arrange(x.shape, layout), options);
    return graphValue(summed, x.shape, layout, x.dtype);
  },
);
