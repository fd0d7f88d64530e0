import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { layerCosts } from "papilio/model/cost.ts";
import { gradCam } from "papilio/model/grad_cam.ts";
import "papilio/model/registered_layers.ts";
import {
  buildSegmentation,
  type SegmentationModel,
  type SegmentationOptions,
} from "papilio/model/segmentation.ts";
import { stagedModel, stagesOf } from "papilio/model/stages.ts";
import { namedVariables } from "papilio/model/variables.ts";
import { testEngines } from "../engine/_engines.ts";
import { relativeError } from "../engine/harness.ts";
import { take } from "./_compare.ts";

await tf.setBackend("cpu");

const doubleConv = { inputSidePx: 16, encoder: "double-conv", encoderDepth: 3, encoderFilters: 2 };
const narrow = [2, 2, 2, 2, 2];
const vgg = { inputSidePx: 32, encoder: "vgg16", encoderFilters: 2 };

/** Every decoder, every encoder and every way of upsampling, somewhere. */
const networks: Record<string, object> = {
  "double-conv": { ...doubleConv, encoderBatchNorm: true, decoderBatchNorm: true },
  "pixel shuffle": { ...doubleConv, upsampling: "pixel-shuffle" },
  bilinear: { ...doubleConv, upsampling: "bilinear" },
  attention: { ...doubleConv, decoder: "attention-unet", upsampling: "nearest" },
  resnet34: {
    inputSidePx: 32,
    encoder: "resnet34",
    encoderFilters: 2,
    decoderFilters: [2, 2, 2, 2, 2],
  },
  pix2pix: { ...vgg, decoder: "pix2pix", decoderFilters: [2, 2, 2, 2] },
  segnet: { ...vgg, decoder: "segnet", encoderBatchNorm: true },
  "fcn-8s": { ...vgg, decoder: "fcn-8s", decoderFilters: [2, 2] },
  "deeplab-v3-plus": {
    inputSidePx: 32,
    alpha: 0.35,
    decoder: "deeplab-v3-plus",
    decoderFilters: [16, 8, 16],
  },
  "a side of 30, of classes": {
    ...doubleConv,
    inputSidePx: 30,
    classes: [{ name: "a" }, { name: "b" }],
  },
  "a side of 33, five channels": {
    ...vgg,
    inputSidePx: 33,
    inputChannels: 5,
    decoderFilters: narrow,
  },
  "a side of 30, grey": {
    ...{ inputSidePx: 30, encoder: "resnet34", encoderFilters: 2, inputChannels: 1 },
    decoderFilters: narrow,
  },
};

/** A network with shifts in its normalisations: without, an untrained one predicts about 1/2 everywhere. */
function build(options: object): SegmentationModel {
  const segmentation = buildSegmentation({ seed: 2, ...options } as SegmentationOptions);
  for (const [name, beta] of namedVariables(segmentation.model)) {
    if (!name.endsWith("/beta")) continue;
    const values = Float32Array.from({ length: beta.size }, (_, i) => Math.sin(7.3 * i + 1));
    tf.tidy(() => beta.assign(tf.tensor(values, beta.shape)));
  }
  return segmentation;
}

const imageShape = ({ model }: SegmentationModel) =>
  present(model.inputs[0]).shape.slice(1) as number[];

async function reloaded(model: tf.LayersModel): Promise<tf.LayersModel> {
  let saved: tf.io.ModelArtifacts = {};
  await model.save(tf.io.withSaveHandler((artifacts) => {
    saved = { ...artifacts, modelTopology: JSON.parse(JSON.stringify(artifacts.modelTopology)) };
    return Promise.resolve(
      { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } },
    );
  }));
  return await tf.loadLayersModel(tf.io.fromMemory(saved));
}

for (const [name, options] of Object.entries(networks)) {
  Deno.test(`${name}: what was saved and loaded predicts the same, and has the same stages`, async () => {
    const segmentation = build(options);
    const { model } = segmentation;
    const loaded = await reloaded(model);
    const image = tf.randomUniform([2, ...imageShape(segmentation)], 0, 255, "float32", 5);
    const expected = take(model.predict(image) as tf.Tensor);
    const got = take(loaded.predict(image) as tf.Tensor);
    got.forEach((value, i) => expect(value).toBeCloseTo(present(expected[i]), 6));
    expect(Math.max(...got) - Math.min(...got)).toBeGreaterThan(1e-3);
    expect(stagesOf(stagedModel(loaded))).toEqual(stagesOf(segmentation));
    const names = stagesOf(segmentation).flatMap(({ layerNames }) => layerNames);
    expect(names.toSorted()).toEqual(model.layers.map((layer) => layer.name).sort());
    expect(layerCosts(model).length).toBe(model.layers.length);
  });

  Deno.test(`${name}: prediction leaves no tensors behind`, () => {
    const segmentation = build(options);
    const { model } = segmentation;
    const image = tf.zeros([1, ...imageShape(segmentation)]);
    (model.predict(image) as tf.Tensor).dispose();
    const { numTensors } = tf.memory();
    (model.predict(image) as tf.Tensor).dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  });
}

const explained: Record<string, string[]> = {
  // bn_data has no scale. At relu0 engines differ, by which of the zeros in a pooled window they take.
  resnet34: ["stage2_unit1_relu1", "dec1_conv2"],
  // Its pyramid is dilated.
  "deeplab-v3-plus": ["block_3_expand_relu", "dec1_project_relu"],
  // Upsampled by nearest neighbour.
  attention: ["enc1_conv2", "dec1_conv2"],
  segnet: ["block2_relu2", "dec4_relu2"],
  "a side of 30, of classes": ["enc1_conv2", "dec2_conv2"],
};

for (const [name, layerNames] of Object.entries(explained)) {
  testEngines(`Grad-CAM explains a ${name} network that was saved and loaded`, async (engine) => {
    await tf.setBackend("cpu");
    const segmentation = build(present(networks[name]));
    const { model, inputSidePx } = segmentation;
    const shape = [1, ...imageShape(segmentation)] as [number, number, number, number];
    const image = tf.randomUniform(shape, 0, 255, "float32", 5) as tf.Tensor4D;
    // Of the first class, if there are several.
    const classes = present(model.outputs[0]?.shape[3]);
    const ofPixel = tf.tensor1d([1, ...new Array<number>(classes - 1).fill(0)]);
    const pixelWeights = tf.tile(
      tf.reshape(ofPixel, [1, 1, 1, classes]),
      [1, inputSidePx, inputSidePx, 1],
    ) as tf.Tensor4D;
    const expected = Object.values(gradCam(model, { image, pixelWeights }, { layerNames })).map(
      take,
    );
    const loaded = await reloaded(model);
    const data = { image: image.dataSync(), pixelWeights: pixelWeights.dataSync() };
    const compiled = await engine.compile(
      ({ image, pixelWeights }) =>
        gradCam(
          loaded,
          { image: image as tf.Tensor4D, pixelWeights: pixelWeights as tf.Tensor4D },
          { layerNames },
        ),
      {
        name: "explain",
        inputs: { image: { shape }, pixelWeights: { shape: pixelWeights.shape } },
        variables: [],
        constants: [...namedVariables(loaded).values()],
      },
    );
    const got = await compiled.run(data as Record<string, Float32Array>);
    await compiled.dispose();
    for (const [i, layerName] of layerNames.entries()) {
      const error = relativeError(present(got[layerName]).data, present(expected[i]));
      expect([layerName, error < 1e-4 ? "right" : error]).toEqual([layerName, "right"]);
    }
    expect(Math.max(...expected.flat())).toBeGreaterThan(0);
  });
}
