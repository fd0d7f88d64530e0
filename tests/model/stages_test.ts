import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { encoderOf, stagesOf } from "papilio/model/stages.ts";
import { buildSegmentation } from "papilio/model/segmentation.ts";

await tf.setBackend("cpu");

const filters = [12, 10, 8, 6, 4] as const;
const unet = buildSegmentation({ inputSidePx: 64, alpha: 0.35, decoderFilters: filters, seed: 1 });

Deno.test("stages end with the taps, the bottleneck, each doubling of the side, and the probability", () => {
  const stages = stagesOf(unet).map(({ name, role, stride, sidePx, channels }) =>
    [name, role, stride, sidePx, channels].join(" ")
  );
  expect(stages).toEqual([
    "rescaling input 1 64 3",
    "block_1_expand_relu encoder 2 32 48",
    "block_3_expand_relu encoder 4 16 48",
    "block_6_expand_relu encoder 8 8 96",
    "block_13_expand_relu encoder 16 4 192",
    "block_16_project bottleneck 32 2 112",
    "dec1_conv2 decoder 16 4 12",
    "dec2_conv2 decoder 8 8 10",
    "dec3_conv2 decoder 4 16 8",
    "dec4_conv2 decoder 2 32 6",
    "dec5_conv2 decoder 1 64 4",
    "probability head 1 64 1",
  ]);
});

Deno.test("every layer is in one stage", () => {
  const names = stagesOf(unet).flatMap(({ layerNames }) => layerNames);
  expect(names.toSorted()).toEqual(unet.model.layers.map(({ name }) => name).sort());
});

Deno.test("a stage holds what lies behind the tap before it", () => {
  const layersOf = (name: string) =>
    stagesOf(unet).find((stage) => stage.name === name)?.layerNames;
  expect(layersOf("rescaling")).toEqual(["image", "rescaling"]);
  expect(layersOf("block_1_expand_relu")).toEqual([
    ...["Conv1", "bn_Conv1", "Conv1_relu"],
    ...["depthwise", "depthwise_BN", "depthwise_relu", "project", "project_BN"]
      .map((part) => `expanded_conv_${part}`),
    ...["expand", "expand_BN", "expand_relu"].map((part) => `block_1_${part}`),
  ]);
  expect(layersOf("dec4_conv2")).toEqual(["dec4_up", "dec4_concat", "dec4_conv1", "dec4_conv2"]);
  expect(layersOf("probability")).toEqual(["mask", "probability"]);
});

Deno.test("the encoder gives the taps and the bottleneck, by the U-Net's own weights", () => {
  const encoder = encoderOf(unet);
  expect(encoder.outputNames).toEqual([
    ...[1, 3, 6, 13].map((block) => `block_${block}_expand_relu`),
    "block_16_project",
  ]);
  expect(encoder.countParams()).toBe(261_280);
  expect(encoder.getLayer("Conv1")).toBe(unet.model.getLayer("Conv1"));
});
