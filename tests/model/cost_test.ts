import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { PapilioError } from "papilio/core/errors.ts";
import { halfCosts, layerCosts, stageCosts, totalCost } from "papilio/model/cost.ts";
import { FrozenAwareBatchNormalization } from "papilio/model/layers.ts";
import { mobileNetV2, type MobileNetV2Alpha } from "papilio/model/mobilenet_v2.ts";
import { buildSegmentation } from "papilio/model/segmentation.ts";

await tf.setBackend("cpu");

const { layers } = tf;

/** Parameters and multiply-adds of the last of some layers that follow each other. */
function costOf(...stack: tf.layers.Layer[]): [parameters: number, multiplyAdds: number] {
  const cost = layerCosts(tf.sequential({ layers: stack })).at(-1);
  return [cost?.parameters ?? NaN, cost?.multiplyAdds ?? NaN];
}

Deno.test("a convolution uses its kernel at each position of its output", () => {
  const convolution = (options: Partial<Parameters<typeof layers.conv2d>[0]>) =>
    layers.conv2d({ filters: 5, kernelSize: 3, inputShape: [8, 6, 2], ...options });
  expect(costOf(convolution({}))).toEqual([90 + 5, 6 * 4 * 90]);
  expect(costOf(convolution({ padding: "same" }))).toEqual([95, 8 * 6 * 90]);
  expect(costOf(convolution({ padding: "same", strides: 2 }))).toEqual([95, 4 * 3 * 90]);
  expect(costOf(convolution({ kernelSize: [1, 3], useBias: false }))).toEqual([30, 8 * 4 * 30]);
});

Deno.test("a depthwise convolution has one kernel for each channel", () => {
  const convolution = (options: Partial<Parameters<typeof layers.depthwiseConv2d>[0]>) => {
    const inputShape = [8, 6, 7];
    return layers.depthwiseConv2d({ kernelSize: 3, padding: "same", inputShape, ...options });
  };
  expect(costOf(convolution({ strides: 2 }))).toEqual([63 + 7, 4 * 3 * 63]);
  expect(costOf(convolution({ depthMultiplier: 2, useBias: false }))).toEqual([126, 8 * 6 * 126]);
});

Deno.test("a transposed convolution uses its kernel at each position of its input", () => {
  const up = layers.conv2dTranspose({
    filters: 5,
    kernelSize: 2,
    strides: 2,
    padding: "same",
    inputShape: [4, 3, 7],
  });
  expect(costOf(up)).toEqual([2 * 2 * 7 * 5 + 5, 4 * 3 * 140]);
});

Deno.test("a dense layer uses its weights once for each vector", () => {
  expect(costOf(layers.dense({ units: 3, inputShape: [4] }))).toEqual([15, 12]);
  expect(costOf(layers.dense({ units: 3, inputShape: [5, 4], useBias: false }))).toEqual([12, 60]);
});

Deno.test("a normalisation has four numbers for each channel and counts no multiply-adds", () => {
  expect(costOf(new FrozenAwareBatchNormalization({ inputShape: [4, 4, 3] }))).toEqual([12, 0]);
  expect(costOf(layers.activation({ activation: "relu", inputShape: [4, 4, 3] }))).toEqual([0, 0]);
});

Deno.test("a layer of unknown cost, and an open side, are errors instead of zeros", () => {
  const separable = layers.separableConv2d({ filters: 2, kernelSize: 3, inputShape: [8, 8, 2] });
  expect(() => costOf(separable)).toThrow(PapilioError);
  expect(() => costOf(separable)).toThrow("SeparableConv2D");
  const open = layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [null, 8, 2] });
  expect(() => costOf(open)).toThrow("fixed input side");
});

interface Golden {
  alpha: MobileNetV2Alpha;
  sidePx: number;
  parameters: number;
  multiplyAdds: Record<string, number>;
}

const golden: Golden[] = JSON.parse(
  await Deno.readTextFile(new URL("../golden/cost.json", import.meta.url)),
);

for (const { alpha, sidePx, parameters, multiplyAdds } of golden) {
  Deno.test(`multiply-adds at alpha ${alpha} are as many as PyTorch's convolutions were seen to make`, () => {
    const unet = buildSegmentation({ inputSidePx: sidePx, alpha, seed: 1 });
    const costs = layerCosts(unet.model);
    const counted = costs.filter((cost) => cost.multiplyAdds > 0)
      .map((cost) => [cost.name, cost.multiplyAdds] as const);
    expect(Object.fromEntries(counted)).toEqual(multiplyAdds);
    expect(totalCost(costs).parameters).toBe(parameters);
    expect(totalCost(stageCosts(unet))).toEqual(totalCost(costs));
    const isEncoder = ({ name }: { name: string }) => unet.encoderLayerNames.includes(name);
    expect(halfCosts(unet)).toEqual({
      encoder: totalCost(costs.filter(isEncoder)),
      decoder: totalCost(costs.filter((cost) => !isEncoder(cost))),
    });
  });
}

/** MobileNetV2 with its classifier of 1000 classes: what `mobileNetV2` leaves out is added here. */
function wholeMobileNetV2(): tf.LayersModel {
  const normalize = (name: string) => new FrozenAwareBatchNormalization({ name });
  const input = tf.input({ shape: [224, 224, 3] });
  const { bottleneck } = mobileNetV2({ alpha: 1, seed: 1 }).build(input);
  const rest = [
    normalize("block_16_project_BN"),
    layers.conv2d({ name: "Conv_1", filters: 1280, kernelSize: 1, useBias: false }),
    normalize("Conv_1_bn"),
    layers.globalAveragePooling2d({ name: "pool" }),
    layers.dense({ name: "predictions", units: 1000 }),
  ];
  const outputs = rest.reduce(
    (features, layer) => layer.apply(features) as tf.SymbolicTensor,
    bottleneck.tensor,
  );
  return tf.model({ inputs: input, outputs });
}

/*
 * Sandler et al. 2018, table 4: 3.4 M parameters, 300 M multiply-adds. Keras states 3,538,984
 * parameters for MobileNetV2 with its classifier; without normalisations they are 3,470,760.
 */
Deno.test("MobileNetV2 with its classifier has the published parameters and multiply-adds", () => {
  const costs = layerCosts(wholeMobileNetV2());
  const { parameters, multiplyAdds } = totalCost(costs);
  expect(parameters).toBe(3_538_984);
  expect(Math.floor(multiplyAdds / 1e6)).toBe(300);
  const kernels = costs.filter(({ type }) => type !== "BatchNormalization");
  expect(totalCost(kernels).parameters).toBe(3_470_760);
});

Deno.test("multiply-adds grow with the area of the image, parameters do not", () => {
  const [small, large] = [64, 128].map((inputSidePx) =>
    totalCost(stageCosts(buildSegmentation({ inputSidePx, alpha: 0.35, seed: 1 })))
  );
  expect(large?.multiplyAdds).toBe(4 * (small?.multiplyAdds ?? NaN));
  expect(large?.parameters).toBe(small?.parameters);
});
