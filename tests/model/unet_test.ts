import { fromFileUrl } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { summarize } from "papilio/model/summary.ts";
import {
  buildSegmentation,
  type SegmentationModel,
  setEncoderTrainable,
} from "papilio/model/segmentation.ts";
import { namedVariables, trainableVariables } from "papilio/model/variables.ts";
import { take } from "./_compare.ts";

await tf.setBackend("cpu");

const tiny = { inputSidePx: 32, alpha: 0.35, decoderFilters: [12, 10, 8, 6, 4], seed: 3 } as const;

function countOf(variables: Map<string, tf.Variable>): number {
  return [...variables.values()].reduce((sum, { size }) => sum + size, 0);
}

function encoderCount({ model, encoderLayerNames }: SegmentationModel): number {
  const layers = encoderLayerNames.map((name) => model.getLayer(name));
  return layers.reduce((sum, layer) => sum + layer.countParams(), 0);
}

/*
 * Keras states 2,257,984 parameters for MobileNetV2 without top at alpha 1 (34,112 of them moving
 * statistics). Not in the U-Net are block_16_project_BN (4·320), Conv_1 (320·1280) and Conv_1_bn
 * (4·1280): 2,257,984 − 1,280 − 409,600 − 5,120 = 1,841,984, with 34,112 − 2·320 − 2·1280 = 30,912
 * moving statistics.
 *
 * The decoder, transposed convolution + two convolutions, each with a bias; the skips have 576, 192,
 * 144, 96 channels:
 *   dec1  4·320·256 + 256 + 9·(256+576)·256 + 256 + 9·256·256 + 256 = 2,835,200
 *   dec2  4·256·128 + 128 + 9·(128+192)·128 + 128 + 9·128·128 + 128 =   647,552
 *   dec3  4·128·64  + 64  + 9·(64+144)·64   + 64  + 9·64·64   + 64  =   189,632
 *   dec4  4·64·32   + 32  + 9·(32+96)·32    + 32  + 9·32·32   + 32  =    54,368
 *   dec5  4·32·16   + 16  + 9·16·16         + 16  + 9·16·16   + 16  =     6,704
 *   mask  16 + 1                                                    =        17
 * In all 3,733,473.
 */
Deno.test("at alpha 1 there are 5,575,457 parameters, as counted by hand", () => {
  const unet = buildSegmentation({ inputSidePx: 64, alpha: 1, seed: 1 });
  expect(encoderCount(unet)).toBe(1_841_984);
  expect(countOf(namedVariables(unet.model))).toBe(1_841_984 + 3_733_473);
  expect(countOf(trainableVariables(unet.model))).toBe(1_841_984 + 3_733_473 - 30_912);
  setEncoderTrainable(unet, false);
  expect(countOf(trainableVariables(unet.model))).toBe(3_733_473);
});

/*
 * Keras: 410,208 (14,080 moving statistics). Without block_16_project_BN (4·112), Conv_1 (112·1280) and
 * Conv_1_bn (4·1280): 410,208 − 448 − 143,360 − 5,120 = 261,280, moving 14,080 − 224 − 2,560 = 11,296.
 * The decoder's skips have 192, 96, 48, 48 channels, its input 112:
 *   dec1  4·112·256 + 256 + 9·(256+192)·256 + 256 + 9·256·256 + 256 = 1,737,472
 *   dec2  4·256·128 + 128 + 9·(128+96)·128  + 128 + 9·128·128 + 128 =   536,960
 *   dec3  4·128·64  + 64  + 9·(64+48)·64    + 64  + 9·64·64   + 64  =   134,336
 *   dec4  4·64·32   + 32  + 9·(32+48)·32    + 32  + 9·32·32   + 32  =    40,544
 *   dec5 and mask as above, 6,704 + 17. In all 2,456,033.
 */
Deno.test("at alpha 0.35 there are 2,717,313 parameters, as counted by hand", () => {
  const unet = buildSegmentation({ inputSidePx: 32, alpha: 0.35, seed: 1 });
  expect(encoderCount(unet)).toBe(261_280);
  expect(countOf(namedVariables(unet.model))).toBe(261_280 + 2_456_033);
  expect(countOf(trainableVariables(unet.model))).toBe(261_280 + 2_456_033 - 11_296);
});

Deno.test("decoder layers have their names, skips and sides", () => {
  const { model } = buildSegmentation({ ...tiny, inputSidePx: 64 });
  const shapeOf = (name: string) => model.getLayer(name).outputShape.slice(1);
  expect(shapeOf("dec1_up")).toEqual([4, 4, 12]);
  expect(shapeOf("dec1_concat")).toEqual([4, 4, 12 + 192]);
  expect(shapeOf("dec2_concat")).toEqual([8, 8, 10 + 96]);
  expect(shapeOf("dec3_concat")).toEqual([16, 16, 8 + 48]);
  expect(shapeOf("dec4_concat")).toEqual([32, 32, 6 + 48]);
  expect(shapeOf("dec5_conv2")).toEqual([64, 64, 4]);
  expect(model.layers.map((layer) => layer.name)).not.toContain("dec5_concat");
  expect(model.layers.slice(-2).map((layer) => layer.name)).toEqual(["mask", "probability"]);
  const skips = model.getLayer("dec4_concat").inboundNodes[0]?.inboundLayers.map((l) => l.name);
  expect(skips).toEqual(["dec4_up", "block_1_expand_relu"]);
});

Deno.test("the encoder's layers are all of MobileNetV2's, and nothing else", () => {
  const { encoderLayerNames, model } = buildSegmentation(tiny);
  expect(encoderLayerNames[0]).toBe("Conv1");
  expect(encoderLayerNames.at(-1)).toBe("block_16_project");
  const others = model.layers.map((layer) => layer.name)
    .filter((name) => !encoderLayerNames.includes(name));
  expect(others.filter((name) => !/^dec\d_(up|concat|conv[12])$/.test(name)))
    .toEqual(["image", "rescaling", "mask", "probability"]);
});

Deno.test("probabilities are the sigmoid of the logits, and grey levels are taken to −1…1", () => {
  const { model, logits } = buildSegmentation(tiny);
  const image = tf.randomUniform([2, 32, 32, 3], 0, 255, "float32", 1);
  const { numTensors } = tf.memory();
  const scores = take(logits.predict(image) as tf.Tensor);
  const probabilities = take(model.predict(image) as tf.Tensor);
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(probabilities.length).toBe(2 * 32 * 32);
  probabilities.forEach((value, i) =>
    expect(value).toBeCloseTo(1 / (1 + Math.exp(-(scores[i] as number))), 6)
  );
  const rescaled = model.getLayer("rescaling").apply(tf.tensor([0, 127.5, 255])) as tf.Tensor;
  take(rescaled).forEach((value, i) => expect(value).toBeCloseTo(i - 1, 6));
});

Deno.test("the same seed gives the same weights, another seed others", () => {
  const weights = (seed: number) => {
    const { model } = buildSegmentation({ ...tiny, seed });
    return new Map([...namedVariables(model)].map(([name, v]) => [name, [...v.dataSync()]]));
  };
  const [first, again, other] = [weights(3), weights(3), weights(4)];
  expect(again).toEqual(first);
  const kernels = [...first.keys()].filter((name) => name.endsWith("kernel"));
  expect(kernels.length).toBe(51 + 5 * 3 + 1);
  for (const name of kernels) expect(other.get(name)).not.toEqual(first.get(name));
  const sameShape = ["block_4_project/kernel", "block_5_project/kernel"].map((n) => first.get(n));
  expect(sameShape[0]).not.toEqual(sameShape[1]);
});

Deno.test("weights start at Keras' deviations", () => {
  const { model } = buildSegmentation({ ...tiny, decoderFilters: [64, 64, 8, 8, 8] });
  const deviation = (name: string) => {
    const { mean, variance } = tf.moments(namedVariables(model).get(name) as tf.Variable);
    expect(Math.abs(take(mean)[0] as number)).toBeLessThan(0.002);
    return Math.sqrt(take(variance)[0] as number);
  };
  // he_normal: √(2 / (9·64)); 36,864 draws have a standard error of 0.4 %.
  expect(deviation("dec2_conv2/kernel") / Math.sqrt(2 / (9 * 64))).toBeCloseTo(1, 1);
  expect(Math.abs(deviation("dec2_conv2/kernel") / Math.sqrt(2 / 576) - 1)).toBeLessThan(0.02);
  // glorot_uniform: √(2 / (inputs + outputs)), here 4·(64 + 64).
  expect(Math.abs(deviation("dec2_up/kernel") / Math.sqrt(2 / 512) - 1)).toBeLessThan(0.02);
});

Deno.test("a frozen encoder neither learns nor moves its averages; unfrozen it does both", () => {
  const unet = buildSegmentation(tiny);
  const image = tf.randomUniform([2, 32, 32, 3], 0, 255, "float32", 2);
  const step = () => {
    const variables = [...trainableVariables(unet.model).values()];
    tf.tidy(() => {
      const { grads } = tf.variableGrads(
        () => tf.mean<tf.Scalar>(unet.logits.apply(image, { training: true }) as tf.Tensor),
        variables,
      );
      for (const variable of variables) {
        variable.assign(variable.sub((grads[variable.name] as tf.Tensor).mul(0.5)));
      }
    });
  };
  const values = (name: string) => [...namedVariables(unet.model).get(name)?.dataSync() ?? []];
  const watched = ["bn_Conv1/moving_mean", "Conv1/kernel", "dec4_up/kernel"];
  const changed = () => {
    const before = watched.map(values);
    step();
    return watched.filter((name, i) => values(name).join() !== before[i]?.join());
  };
  setEncoderTrainable(unet, false);
  expect(changed()).toEqual(["dec4_up/kernel"]);
  setEncoderTrainable(unet, true);
  expect(changed()).toEqual(watched);
  const { numTensors } = tf.memory();
  step();
  expect(tf.memory().numTensors).toBe(numTensors);
});

Deno.test("a number of decoder stages that is not the encoder's is an error", () => {
  expect(() => buildSegmentation({ ...tiny, decoderFilters: [8, 4] })).toThrow(
    "Cannot build a U-Net: expected 5 numbers of decoder filters, one for each doubling of the side " +
      "(mobilenet-v2-0.35), got 2 (8, 4). Give 5 numbers with --decoder-filters, from coarse to fine",
  );
});

Deno.test("a saved U-Net loads in plain tfjs, elsewhere, with the same predictions", async () => {
  const { model } = buildSegmentation(tiny);
  const image = tf.randomUniform([1, 32, 32, 3], 0, 255, "float32", 5);
  const expected = take(model.predict(image) as tf.Tensor);
  const folder = await Deno.makeTempDir();
  try {
    await model.save(tf.io.withSaveHandler(async (artifacts) => {
      const { weightData, ...rest } = artifacts;
      await Deno.writeTextFile(`${folder}/model.json`, JSON.stringify(rest));
      await Deno.writeFile(`${folder}/weights.bin`, new Uint8Array(weightData as ArrayBuffer));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-read", "--allow-env", "--no-check", stockScript, folder],
    }).output();
    expect([code, code === 0 ? "" : new TextDecoder().decode(stderr)]).toEqual([0, ""]);
    const got: number[] = JSON.parse(
      new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "",
    );
    got.forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 6));
    expect(got.length).toBe(expected.length);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const stockScript = fromFileUrl(new URL("./_load_with_stock_tfjs.ts", import.meta.url));

Deno.test("the summary has a line for each layer, and the totals", () => {
  const unet = buildSegmentation(tiny);
  setEncoderTrainable(unet, false);
  const lines = summarize(unet.model).split("\n");
  expect(lines[0]).toBe('Model "unet"');
  expect(lines.length).toBe(1 + 1 + unet.model.layers.length + 3);
  expect(lines.find((line) => line.startsWith("bn_Conv1 "))?.split(/ {2,}/)).toEqual([
    "bn_Conv1",
    "BatchNormalization",
    "– × 16 × 16 × 16",
    "64",
    "Conv1",
  ]);
  expect(lines.find((line) => line.startsWith("dec1_concat "))?.split(/ {2,}/)).toEqual([
    "dec1_concat",
    "Concatenate",
    "– × 2 × 2 × 204",
    "0",
    "dec1_up, block_13_expand_relu",
  ]);
  const decoder = countOf(trainableVariables(unet.model));
  expect(lines.slice(-3)).toEqual([
    `Parameters: ${(261_280 + decoder).toLocaleString("en-US")}`,
    `  trainable: ${decoder.toLocaleString("en-US")}`,
    "  not trainable: 261,280",
  ]);
});
