/** Enlarging images by whole factors, and depth to space. */
import { at } from "papilio/engine/compiled/_arrays.ts";
import { translateKernel } from "papilio/engine/compiled/_backend.ts";
import type { GraphBuilder } from "papilio/engine/compiled/_graph_builder.ts";
import { denseHandle, graphValue, NCHW, type Value } from "papilio/engine/compiled/_value.ts";
import { nchw, refuseVariants } from "papilio/engine/compiled/kernels/convolution.ts";

interface ResizeAttributes {
  alignCorners: boolean;
  halfPixelCenters: boolean;
  size: [number, number];
}

/** By how much the two sides grow. */
function factorsOf(small: readonly number[], large: readonly number[]): [number, number] {
  const [height, width] = [1, 2].map((axis) => at(large, axis) / at(small, axis)) as [
    number,
    number,
  ];
  if (Number.isInteger(height) && Number.isInteger(width)) return [height, width];
  throw new Error(`[${small}] to [${large}]: only whole factors have a translation`);
}

function refuseAlignedCorners({ alignCorners }: Pick<ResizeAttributes, "alignCorners">): void {
  if (alignCorners) throw new Error("aligned corners have no translation");
}

function resize(
  graph: GraphBuilder,
  x: Value,
  [height, width]: [number, number],
  attributes: Record<string, string>,
): Value {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const shape = [n, h * height, w * width, c];
  const scales = graph.constant(Float32Array.of(1, 1, height, width), [4], 1);
  const names = [denseHandle(graph, x, NCHW).name, "", scales.name];
  const [name] = graph.emitMany("Resize", names, attributes, 1);
  return graphValue({ name: name as string, dims: nchw(shape) }, shape, NCHW);
}

translateKernel<ResizeAttributes>("ResizeNearestNeighbor", ({ graph, inputs, attributes }) => {
  const x = inputs.images as Value;
  refuseAlignedCorners(attributes);
  const [n, , , c] = x.shape as [number, number, number, number];
  const factors = factorsOf(x.shape, [n, ...attributes.size, c]);
  return resize(graph, x, factors, {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
  });
});

translateKernel<ResizeAttributes>("ResizeBilinear", ({ graph, inputs, attributes }) => {
  const x = inputs.images as Value;
  refuseAlignedCorners(attributes);
  const [n, , , c] = x.shape as [number, number, number, number];
  const factors = factorsOf(x.shape, [n, ...attributes.size, c]);
  return resize(graph, x, factors, {
    mode: "linear",
    coordinate_transformation_mode: attributes.halfPixelCenters ? "half_pixel" : "asymmetric",
  });
});

translateKernel<{ blockSize: number; dataFormat: string }>(
  "DepthToSpace",
  ({ graph, inputs, attributes: { blockSize, dataFormat } }) => {
    refuseVariants({ dataFormat });
    const x = inputs.x as Value;
    const [n, h, w, c] = x.shape as [number, number, number, number];
    const shape = [n, h * blockSize, w * blockSize, c / blockSize ** 2];
    const result = graph.emit("DepthToSpace", [denseHandle(graph, x, NCHW)], nchw(shape), {
      blocksize: blockSize,
      mode: "DCR",
    });
    return graphValue(result, shape, NCHW);
  },
);
