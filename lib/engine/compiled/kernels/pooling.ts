/** Pooling: forward only; its gradients belong to architectures that pool. */
import * as tf from "@tensorflow/tfjs";
import { translateKernel } from "papilio/engine/compiled/_backend.ts";
import { denseHandle, graphValue, NCHW, type Value } from "papilio/engine/compiled/_value.ts";
import { nchw, refuseVariants } from "papilio/engine/compiled/kernels/convolution.ts";

interface PoolingAttributes {
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

const POOLING: Record<string, string> = { MaxPool: "MaxPool", AvgPool: "AveragePool" };

for (const [kernel, operator] of Object.entries(POOLING)) {
  translateKernel<PoolingAttributes>(kernel, ({ graph, inputs, attributes }) => {
    refuseVariants(attributes);
    const x = inputs.x as Value;
    const { filterSize, strides, pad, dimRoundingMode } = attributes;
    const shape = x.shape as [number, number, number, number];
    const info = tf.backend_util.computePool2DInfo(
      shape,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const { top, left, bottom, right } = info.padInfo;
    const result = graph.emit(operator, [denseHandle(graph, x, NCHW)], nchw(info.outShape), {
      kernel_shape: [info.filterHeight, info.filterWidth],
      strides: [info.strideHeight, info.strideWidth],
      pads: [top, left, bottom, right],
    });
    return graphValue(result, info.outShape, NCHW);
  });
}
