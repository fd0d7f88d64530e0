import type * as tf from "@tensorflow/tfjs";
import { textTable } from "papilio/core/text.ts";

/**
 * A table of the model's layers with output shape, number of parameters and inputs, and the totals.
 *
 * In the output shapes `–` is the number of images in a batch.
 */
export function summarize(model: tf.LayersModel): string {
  const header = ["layer", "type", "output shape", "parameters", "connected to"];
  const rows = model.layers.map(describeLayer);
  const total = countParameters(model.layers.flatMap((layer) => layer.weights));
  const trainable = countParameters(model.layers.flatMap((layer) => layer.trainableWeights));
  return [
    `Model "${model.name}"`,
    textTable([header, ...rows], { right: [3] }),
    `Parameters: ${format(total)}`,
    `  trainable: ${format(trainable)}`,
    `  not trainable: ${format(total - trainable)}`,
  ].join("\n");
}

function describeLayer(layer: tf.layers.Layer): string[] {
  const shape = [layer.outputShape].flat(1).map((size) => size ?? "–").join(" × ");
  const inputs = layer.inboundNodes.flatMap((node) => node.inboundLayers.map(({ name }) => name));
  return [
    layer.name,
    layer.getClassName(),
    shape,
    format(countParameters(layer.weights)),
    [...new Set(inputs)].join(", "),
  ];
}

function countParameters(weights: readonly tf.LayerVariable[]): number {
  return weights.reduce(
    (sum, { shape }) => sum + shape.reduce<number>((a, b) => a * (b ?? 1), 1),
    0,
  );
}

const format = (count: number) => count.toLocaleString("en-US");
