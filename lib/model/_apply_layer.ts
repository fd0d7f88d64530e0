import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { dilatedConv2d } from "papilio/model/dilated_convolution.ts";
import { isUnscaled, normalizeUnscaled } from "papilio/model/layers.ts";
import { enlargeNearest } from "papilio/model/resizing.ts";

/**
 * What a layer gives in inference mode, so that gradients pass through it.
 *
 * A loaded model has tfjs' own layers. Of those that our networks have, three fail under a gradient or
 * get it wrong: a normalisation without scale, a dilated convolution, and nearest-neighbour upsampling.
 */
export function applyLayer(layer: tf.layers.Layer, inputs: tf.Tensor[]): tf.Tensor {
  const only = present(inputs[0]) as tf.Tensor4D;
  if (isUnscaled(layer)) return normalizeUnscaled(layer, only);
  const config = layer.getConfig() as unknown as LayerConfig;
  const [rate = 1] = [config.dilationRate ?? 1].flat();
  if (layer.getClassName() === "Conv2D" && rate > 1 && !config.useBias) {
    return dilatedConv2d(only, layer.weights[0]?.read() as tf.Tensor4D, rate);
  }
  if (layer.getClassName() === "UpSampling2D" && config.interpolation === "nearest") {
    return enlargeNearest(only, present(config.size?.[0]));
  }
  return layer.apply(inputs.length === 1 ? only : inputs, { training: false }) as tf.Tensor;
}

/** As much of a layer's configuration as is needed here. */
interface LayerConfig {
  dilationRate?: number[] | number;
  useBias?: boolean;
  interpolation?: string;
  size?: number[];
}
