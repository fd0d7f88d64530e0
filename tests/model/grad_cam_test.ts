import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { runOnce } from "papilio/engine/run_once.ts";
import { type CamWeighting, explainableStages, gradCam } from "papilio/model/grad_cam.ts";
import { stagedModel } from "papilio/model/stages.ts";
import { buildSegmentation } from "papilio/model/segmentation.ts";
import { namedVariables, setVariables } from "papilio/model/variables.ts";
import { testEngines } from "../engine/_engines.ts";
import {
  type Described,
  errorOf,
  golden,
  startImages,
  startMasks,
  startWeight,
} from "../engine/golden_state.ts";
import cases from "../golden/model/grad_cam.json" with { type: "json" };

const { alpha, decoderFilters, sidePx } = golden;

function goldenUnet(): tf.LayersModel {
  const { model } = buildSegmentation({ inputSidePx: sidePx, alpha, decoderFilters, seed: 0 });
  setVariables(
    model,
    new Map(
      [...namedVariables(model)].map((
        [name, { shape }],
      ) => [name, startWeight("full", 0, name, shape)]),
    ),
  );
  return model;
}

/** One image out of the golden batch, and the mean over its disc with a sign. */
function inputsOf({ image, sign }: { image: number; sign: number }) {
  const pixels = sidePx ** 2;
  const mask = startMasks().subarray(image * pixels, (image + 1) * pixels);
  const count = mask.reduce((sum, value) => sum + value, 0);
  return {
    image: {
      shape: [1, sidePx, sidePx, 3],
      data: startImages().subarray(image * pixels * 3, (image + 1) * pixels * 3),
    },
    pixelWeights: {
      shape: [1, sidePx, sidePx, 1],
      data: Float32Array.from(mask, (value) => sign * value / count),
    },
  };
}

/** Of a map before it was cut off at 0: what cancels out is no larger than its rounding. */
function uncutNorm(
  { image, weighting }: { image: number; weighting: string },
  name: string,
): number {
  const both = cases.filter((other) => other.image === image && other.weighting === weighting);
  return Math.hypot(
    ...both.map(({ maps }) => present((maps as unknown as Described)[name])[0]),
  );
}

const stepOf =
  (model: tf.LayersModel, layerNames: readonly string[], weighting: CamWeighting) =>
  ({ image, pixelWeights }: Record<string, tf.Tensor>) => {
    const inputs = { image: image as tf.Tensor4D, pixelWeights: pixelWeights as tf.Tensor4D };
    return gradCam(model, inputs, { layerNames, weighting });
  };

testEngines("Grad-CAM equals PyTorch's autograd in float64", async (engine, { title, isSlow }) => {
  const model = goldenUnet();
  const layerNames = explainableStages(model).map(({ name }) => name);
  const constants = [...namedVariables(model).values()];
  let worst = 0;
  for (const item of isSlow ? [cases[0]!, cases[2]!] : cases) {
    const step = stepOf(model, layerNames, item.weighting as CamWeighting);
    const maps = await runOnce(engine, step, inputsOf(item), { constants });
    const expected = item.maps as unknown as Described;
    expect(Object.keys(maps).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, described] of Object.entries(expected)) {
      const error = errorOf(name, present(maps[name]).data, described) / uncutNorm(item, name);
      worst = Math.max(worst, error);
    }
  }
  console.log(
    `${title}: largest L2 error of a map, of its norm before the cut at 0: ${
      worst.toExponential(1)
    }`,
  );
  expect(worst).toBeLessThan(1e-5);
  model.dispose();
});

/** Two features of a pixel, red − 10 and green, and the logit 2·(red − 10) − green. */
function linearModel(): tf.LayersModel {
  const image = tf.input({ shape: [2, 2, 3] });
  const convolve = (name: string, filters: number) =>
    tf.layers.conv2d({ name, filters, kernelSize: 1 });
  const features = convolve("features", 2).apply(image) as tf.SymbolicTensor;
  const model = tf.model({
    inputs: image,
    outputs: convolve("mask", 1).apply(features) as tf.SymbolicTensor,
  });
  const weights = {
    "features/kernel": { shape: [1, 1, 3, 2], data: Float32Array.of(1, 0, 0, 1, 0, 0) },
    "features/bias": { shape: [2], data: Float32Array.of(-10, 0) },
    "mask/kernel": { shape: [1, 1, 2, 1], data: Float32Array.of(2, -1) },
    "mask/bias": { shape: [1], data: Float32Array.of(5) },
  };
  setVariables(model, new Map(Object.entries(weights)));
  return model;
}

Deno.test("a linear network on paper", () => {
  const image = tf.tensor4d([13, 2, 0, 9, 0, 0, 10, 4, 0, 12, 7, 9], [1, 2, 2, 3]);
  // The mean of two logits: gradients 1/2 · (2, −1) at two of four places, so weights (1/4, −1/8) · 2.
  const pixelWeights = tf.tensor4d([0.5, 0, 0, 0.5], [1, 2, 2, 1]);
  const { features } = gradCam(linearModel(), { image, pixelWeights }, {
    layerNames: ["features"],
  });
  // 1/2 · (3, −1, 0, 2) − 1/4 · (2, 0, 4, 7), and nothing below 0.
  expect([...present(features).dataSync()]).toEqual([1, 0, 0, 0]);
  const against = gradCam(linearModel(), { image, pixelWeights: tf.neg(pixelWeights) }, {
    layerNames: ["features"],
  });
  expect([...present(against.features).dataSync()]).toEqual([0, 0.5, 1, 0.75]);
  const local = gradCam(linearModel(), { image, pixelWeights }, {
    layerNames: ["features"],
    weighting: "local",
  });
  // Where a pixel counts: (3, 2) and (2, 7) with the weights (1, −1/2).
  expect([...present(local.features).dataSync()]).toEqual([2, 0, 0, 0]);
});

Deno.test("a layer that is not there is named", () => {
  const image = tf.zeros<tf.Rank.R4>([1, 2, 2, 3]);
  const pixelWeights = tf.zeros<tf.Rank.R4>([1, 2, 2, 1]);
  const explain = () =>
    gradCam(linearModel(), { image, pixelWeights }, { layerNames: ["features", "elsewhere"] });
  expect(explain).toThrow(PapilioError);
  expect(explain).toThrow("got elsewhere");
});

Deno.test("no tensor is left behind", () => {
  const model = linearModel();
  const image = tf.zeros<tf.Rank.R4>([1, 2, 2, 3]);
  const pixelWeights = tf.zeros<tf.Rank.R4>([1, 2, 2, 1]);
  const { numTensors } = tf.memory();
  present(gradCam(model, { image, pixelWeights }, { layerNames: ["features"] }).features).dispose();
  expect(tf.memory().numTensors).toBe(numTensors);
});

Deno.test("the stages of a model without more than its layers are those it was built with", () => {
  const unet = buildSegmentation({ inputSidePx: sidePx, alpha, decoderFilters, seed: 0 });
  expect(stagedModel(unet.model).encoderLayerNames).toEqual(unet.encoderLayerNames);
  const roles = explainableStages(unet.model).map(({ role }) => role);
  expect(roles).toEqual([...Array(4).fill("encoder"), "bottleneck", ...Array(5).fill("decoder")]);
  expect(() => stagedModel(linearModel())).toThrow(PapilioError);
});
