import { join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import sharp from "sharp";
import { parseClasses } from "papilio/core/classes.ts";
import { resolveConfig } from "papilio/core/config.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import type { Case } from "papilio/data/case.ts";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import type { Stage } from "papilio/model/stages.ts";
import { buildSegmentation } from "papilio/model/segmentation.ts";
import { renderErrorSheet } from "papilio/predict/error_sheet.ts";
import { explainCase } from "papilio/predict/explain_case.ts";
import { explanationPanels, renderExplanation } from "papilio/predict/explain_sheet.ts";
import { GradCamNetwork } from "papilio/predict/grad_cam_network.ts";
import { Predictor } from "papilio/predict/predictor.ts";
import { writeModelFiles } from "papilio/train/model_files.ts";
import { halves, inFolder } from "./_fixtures.ts";

const SIDE_PX = 64;
const TABLE = "background=0,dark=1,bright=2";

/** Dark pixels are "dark", bright ones "bright"; a pixel is never background. */
function brightness(): Predictor {
  return new Predictor({
    metadata: {
      "papilio.classes": '["background","dark","bright"]',
      "papilio.classTable": JSON.stringify(parseClasses(TABLE)),
    },
    inputs: [{ name: "image", dims: ["n", SIDE_PX, SIDE_PX, 3] }],
    outputs: [{ name: "probability", dims: ["n", SIDE_PX, SIDE_PX, 3] }],
    run: ({ image }) => {
      const { shape, data } = image!;
      const probability = new Float32Array(data.length);
      for (let i = 0; i < data.length; i += 3) {
        probability[i + 2] = data[i]! / 255;
        probability[i + 1] = 1 - probability[i + 2]!;
      }
      return Promise.resolve({ probability: { shape: [...shape], data: probability } });
    },
    dispose: () => Promise.resolve(),
  }, "brightness");
}

/** A photo of 128×64 whose right half is bright; of that the upper half is so in truth, a quarter unknown. */
async function writeCase(folder: string): Promise<Case> {
  const [imagePath, maskPath] = [join(folder, "photo.png"), join(folder, "mask.png")];
  await halves(128, 64).png().toFile(imagePath);
  const data = Uint8Array.from({ length: 128 * 64 }, (_, i) => {
    const [x, y] = [i % 128, Math.floor(i / 128)];
    return x < 64 ? 1 : y < 32 ? 2 : x < 96 ? 9 : 0;
  });
  await sharp(data, { raw: { width: 128, height: 64, channels: 1 } }).toColourspace("b-w").png()
    .toFile(maskPath);
  return { id: "photo", imagePath, maskPaths: [maskPath], maskEncoding: { kind: "threshold" } };
}

/** 0.8 of #B4B4B4 over white in dim grey. */
const ignored = [167, 167, 167];

Deno.test("one class is explained, by default the first; what is unknown is not judged", () =>
  inFolder(async (folder) => {
    const item = await writeCase(folder);
    const channels: (number | undefined)[] = [];
    const stage = { name: "bottleneck", sidePx: 2, role: "bottleneck" } as Stage;
    const gradCam = {
      stages: [stage],
      explain: (_: unknown, weights: Float32Array, { channel }: { channel?: number }) => {
        channels.push(channel, weights.filter((weight) => weight !== 0).length);
        return Promise.resolve([{ stage, map: { data: new Float32Array(4), sidePx: 2 } }]);
      },
    };
    const explainers = { predictor: brightness(), gradCam };
    const first = await explainCase(explainers, item);
    expect([first.className, first.targetText]).toEqual(["dark", "dark in the predicted mask"]);
    expect(first.counts).toEqual({
      truePositives: 64 * 64,
      falsePositives: 0,
      falseNegatives: 0,
      trueNegatives: 3 * 32 * 32,
    });
    const bright = await explainCase(explainers, item, {
      className: "bright",
      target: "invented",
      against: true,
    });
    expect(bright.counts).toMatchObject({ truePositives: 32 * 64, falsePositives: 32 * 32 });
    expect(bright.targetText).toBe("other classes than bright in invented pixels");
    // Half of the square; a quarter of the other half is wrong, and as much is not judged.
    expect(channels).toEqual([1, 64 * 32, 2, 16 * 32]);
    await explainCase(explainers, item, { className: "bright", target: "truth" });
    expect(channels.slice(-2)).toEqual([2, 32 * 32]);
    channels.length = 0;
    const missed = await explainCase(explainers, item, { className: "dark", target: "missed" });
    expect([missed.gradCam, channels]).toEqual([[], []]); // What is not judged is not missed.
    const [, , , errors] = await explanationPanels(bright, 128);
    const at = (x: number) => [...errors!.image.data.slice((48 * 128 + x) * 3).slice(0, 3)];
    expect(at(80)).toEqual(ignored);
    expect(at(112)).not.toEqual(ignored);
    // Of 7/8 of 4096 pixels that are judged 512 are wrong.
    expect(bright.errors?.mostCapture).toBeCloseTo(0.05 * (4096 * 7 / 8) / 512, 12);
    expect([bright.map.data[0], bright.map.data[63]]).toEqual([0, 1]);
    expect(bright.deviation.data.every((value) => value === 0)).toBe(true); // Views come back in place.
    expect((await renderExplanation(bright, { panelPx: 64 })).length).toBeGreaterThan(1000);
    await expect(explainCase(explainers, item, { className: "grey" })).rejects.toThrow(
      'Cannot look at the class grey: expected one of background, dark, bright, got "grey".',
    );
  }));

Deno.test("an error sheet is about one class", () =>
  inFolder(async (folder) => {
    const cases = [await writeCase(folder)];
    const sheet = async (className: string) => {
      const options = { title: "", panelPx: 128, className };
      const png = await renderErrorSheet(brightness(), cases, options);
      const { data, info } = await sharp(png).removeAlpha().raw()
        .toBuffer({ resolveWithObject: true });
      // The second picture, of 128×64 pixels.
      const at = (
        x: number,
        y: number,
      ) => [...data.subarray(((y + 12) * info.width + x + 152) * 3).subarray(0, 3)];
      return [at(32, 32), at(112, 16), at(112, 48), at(80, 48)];
    };
    // Over black and white in dim grey: green found, blue invented.
    const [dark, white] = [[0, 63, 46], [115, 115, 115]];
    expect(await sheet("dark")).toEqual([dark, white, white, ignored]);
    const [black, found, invented, notJudged] = await sheet("bright");
    expect(notJudged).toEqual(ignored);
    expect([black, found]).toEqual([[0, 0, 0], [69, 132, 115]]);
    expect(invented![2]).toBeGreaterThan(invented![0]! + 90);
  }));

const smoke = { inputSidePx: 32, decoderFilters: [8, 8, 8, 8, 8] };

Deno.test("Grad-CAM of a class is that of a binary network with the same weights", () =>
  inFolder(async (folder) => {
    await (await EagerEngine.create()).dispose();
    const config = resolveConfig("smoke", smoke);
    const classConfig = resolveConfig("smoke", { ...smoke, classes: parseClasses(TABLE) });
    const { model } = buildSegmentation(config);
    const { model: classModel } = buildSegmentation(classConfig);
    for (const layer of model.layers) {
      if (layer.name !== "mask") classModel.getLayer(layer.name).setWeights(layer.getWeights());
    }
    copyMask(model, classModel, 2);
    const options = { trainingScale: 0.5 };
    await writeModelFiles(runFolder(join(folder, "binary")), model, { config, ...options });
    const classRun = join(folder, "classes");
    await writeModelFiles(runFolder(classRun), classModel, { config: classConfig, ...options });
    model.dispose();
    classModel.dispose();

    const image = {
      widthPx: 32,
      heightPx: 32,
      data: Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 37) % 256),
    };
    const weights = new Float32Array(32 * 32).fill(-1 / 1024);
    const mapsOf = async (run: string, channel?: number) => {
      const network = await GradCamNetwork.open(run);
      const stageNames = ["block_3_expand_relu", "dec5_conv2"];
      const choice = { stageNames, ...(channel !== undefined && { channel }) };
      const maps = await network.explain(image, weights, choice);
      await network.dispose();
      return maps.flatMap(({ map }) => [...map.data]);
    };
    const binary = await mapsOf(join(folder, "binary"));
    const largest = Math.max(...binary);
    const off = (maps: number[]) =>
      Math.max(...maps.map((value, i) => Math.abs(value - binary[i]!))) / largest;
    expect(off(await mapsOf(classRun, 2))).toBeLessThan(1e-5);
    expect(off(await mapsOf(classRun, 1))).toBeGreaterThan(0.1);

    const predictor = await Predictor.open(classRun, { threads: 1 });
    expect(predictor.classes).toEqual(["background", "dark", "bright"]);
    expect(predictor.classColours).toEqual(["#ffffff", "#56b4e9", "#e69f00"]);
    expect(predictor.classTable).toEqual(classConfig.classes);
    expect([predictor.channels, predictor.inputChannels]).toEqual([3, 3]);
    await predictor.dispose();
    const plain = await Predictor.open(join(folder, "binary"), { threads: 1 });
    expect([plain.classes, plain.classTable]).toEqual([["foreground"], []]);
    await plain.dispose();
  }));

/** Gives one channel of the logits the weights of a binary network. */
function copyMask(from: tf.LayersModel, to: tf.LayersModel, channel: number): void {
  const [source, target] = [from, to].map((model) => model.getLayer("mask").getWeights());
  const weights = target!.map((weight, i) => {
    const channels = weight.shape.at(-1)!;
    const [one, all] = [source![i]!.dataSync(), weight.dataSync().slice()];
    for (let k = 0; k < one.length; k++) all[k * channels + channel] = one[k]!;
    return tf.tensor(all, weight.shape);
  });
  to.getLayer("mask").setWeights(weights);
}
