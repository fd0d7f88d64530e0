import { join } from "@std/path";
import { expect } from "expect";
import sharp from "sharp";
import { resolveConfig } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import type { Case } from "papilio/data/case.ts";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import type { Stage } from "papilio/model/stages.ts";
import { buildSegmentation } from "papilio/model/segmentation.ts";
import { detectErrors } from "papilio/predict/error_detection.ts";
import { defaultStages, explainCase, type Explainers } from "papilio/predict/explain_case.ts";
import { renderExplanation } from "papilio/predict/explain_sheet.ts";
import {
  type ExplainTarget,
  meanWeights,
  targetPixels,
  targetText,
} from "papilio/predict/explain_target.ts";
import { GradCamNetwork } from "papilio/predict/grad_cam_network.ts";
import { writeModelFiles } from "papilio/train/model_files.ts";
import { halves, inFolder } from "./_fixtures.ts";

/** A mask of 4×4 from its rows. */
const mask = (...rows: string[]) => ({
  data: Uint8Array.from(rows.join(""), Number),
  widthPx: 4,
  heightPx: 4,
});
const rowsOf = ({ data }: { data: Uint8Array }) => data.join("").match(/.{4}/g);
const sources = {
  found: mask("1000", "0011", "0011", "1000"),
  truth: mask("0001", "0011", "0010", "0000"),
  photo: { widthPx: 400, heightPx: 200 },
};

Deno.test("targets are the pixels that they name", () => {
  const pixels = (target: ExplainTarget) => rowsOf(targetPixels(target, sources));
  expect(pixels("prediction")).toEqual(["1000", "0011", "0011", "1000"]);
  expect(pixels("truth")).toEqual(["0001", "0011", "0010", "0000"]);
  expect(pixels("invented")).toEqual(["1000", "0000", "0001", "1000"]);
  expect(pixels("missed")).toEqual(["0001", "0000", "0000", "0000"]);
  expect(pixels({ object: 1 })).toEqual(["0000", "0011", "0011", "0000"]);
  expect(pixels({ object: 3 })).toEqual(["0000", "0000", "0000", "1000"]);
  // One of the network's pixels is 100×50 of the photo's.
  expect(pixels({ xPx: 399, yPx: 50 })).toEqual(["0000", "0001", "0000", "0000"]);
  const box = { leftPx: 150, topPx: 100, widthPx: 60, heightPx: 900 };
  expect(pixels({ box })).toEqual(["0000", "0000", "0110", "0110"]);
  const large = { data: new Uint8Array(64).fill(1, 56), widthPx: 8, heightPx: 8 };
  expect(pixels({ mask: large })).toEqual(["0000", "0000", "0000", "1111"]);
});

Deno.test("targets that are not there are errors", () => {
  const unknown = { found: sources.found, photo: sources.photo };
  expect(() => targetPixels("missed", unknown)).toThrow(PapilioError);
  expect(() => targetPixels({ object: 4 }, sources)).toThrow("from 1 (the largest) to 3, got 4");
  expect(() => targetPixels({ object: 0 }, sources)).toThrow(PapilioError);
  const empty = { ...sources, found: mask("0000", "0000", "0000", "0000") };
  expect(() => targetPixels({ object: 1 }, empty)).toThrow("a predicted mask with objects");
  expect(() => targetPixels({ xPx: 400, yPx: 0 }, sources)).toThrow("400×200 pixels, got 1×1");
});

Deno.test("a score is the mean over its pixels, or that of the opposite", () => {
  expect([...meanWeights(mask("1000", "0000", "0000", "0001"))].filter((w) => w !== 0))
    .toEqual([0.5, 0.5]);
  const against = meanWeights(sources.truth, { against: true });
  expect([...against].filter((w) => w !== 0)).toEqual([-0.25, -0.25, -0.25, -0.25]);
  expect(targetText({ object: 2 }, { against: true })).toBe("background at object 2");
});

Deno.test("errors are found by deviation and by nearness to the threshold, on paper", () => {
  // Found: the first two. Wrong: the second and the third, which are the nearest to the threshold.
  const probability = Float32Array.of(0.9, 0.55, 0.4, 0);
  const deviation = Float32Array.of(0.1, 0, 0.2, 0.3);
  const found = detectErrors({ probability, deviation }, Uint8Array.of(1, 0, 1, 0), {
    threshold: 0.5,
    share: 0.25,
  });
  // The largest deviation is that of a right one, and of four pairs one has the wrong one above.
  expect(found).toEqual({
    share: 0.25,
    mostCapture: 0.5,
    capture: { deviation: 0, nearness: 0.5 },
    rocArea: { deviation: 0.25, nearness: 1 },
  });
  const perfect = detectErrors({ probability, deviation }, Uint8Array.of(1, 1, 0, 0), {
    threshold: 0.5,
  });
  expect([perfect.mostCapture, perfect.capture.deviation]).toEqual([NaN, NaN]);
});

const sidePx = 32;

/** A run folder with the files of an untrained network. */
async function writeRun(path: string) {
  await (await EagerEngine.create()).dispose();
  const config = resolveConfig("smoke", { inputSidePx: sidePx });
  const { model } = buildSegmentation(config);
  await writeModelFiles(runFolder(path), model, { config, trainingScale: 0.5 });
  model.dispose();
}

const noise = {
  widthPx: sidePx,
  heightPx: sidePx,
  data: Uint8Array.from({ length: sidePx ** 2 * 3 }, (_, i) => (i * 37) % 256),
};

Deno.test("a run's network gives the same maps on each engine, in the order of the names", async () => {
  await inFolder(async (folder) => {
    await writeRun(folder);
    const names = ["block_16_project", "block_3_expand_relu", "dec5_conv2"];
    const weights = new Float32Array(sidePx ** 2).fill(-1 / sidePx ** 2);
    const all = [];
    for (const engine of [undefined, await EagerEngine.create("cpu")]) {
      const network = await GradCamNetwork.open(folder, engine);
      expect(defaultStages(network)).toEqual([
        "block_6_expand_relu",
        "block_13_expand_relu",
        "block_16_project",
        "dec5_conv2",
      ]);
      await network.explain(noise, weights, { stageNames: ["dec5_conv2"] });
      const maps = await network.explain(noise, weights, { stageNames: names });
      expect(maps.map(({ stage }) => stage.name)).toEqual(names);
      expect(maps.map(({ map }) => map.data.length)).toEqual([1, 64, 1024]);
      await expect(network.explain(noise, weights, { stageNames: ["mask"] })).rejects.toThrow(
        "got mask. Take the bottleneck's name",
      );
      await expect(network.explain(noise, weights.subarray(1), { stageNames: names })).rejects
        .toThrow(
          "32×32 pixels and 1023 weights",
        );
      await network.dispose();
      all.push(maps.flatMap(({ map }) => [...map.data]));
    }
    const [compiled = [], eager = []] = all;
    const most = Math.max(...eager);
    expect(most).toBeGreaterThan(0);
    compiled.forEach((value, i) => expect(Math.abs(value - eager[i]!)).toBeLessThan(1e-4 * most));
  });
});

Deno.test("a run without its tfjs model has no gradients", async () => {
  await inFolder(async (folder) => {
    await expect(GradCamNetwork.open(folder)).rejects.toThrow(
      /Cannot open the network .*model.json.* Give a finished run folder/,
    );
  });
});

const SIDE_PX = 64;

/** Foreground where a picture is bright; the same at every place of a stage speaks for it. */
function standIns() {
  const asked: Float32Array[] = [];
  const methods: (string | undefined)[] = [];
  const stages = ["bottleneck", "decoder"].map((
    role,
  ) => ({ name: role, sidePx: 2, role } as Stage));
  const predict = ({ data }: { data: Uint8Array }) =>
    Float32Array.from({ length: SIDE_PX ** 2 }, (_, i) => (data[i * 3] as number) / 255);
  const explainers: Explainers = {
    predictor: {
      inputSidePx: SIDE_PX,
      threshold: 0.5,
      predict: (image) => Promise.resolve(predict(image)),
      predictBatch: (images) => Promise.resolve(images.map(predict)),
    },
    gradCam: {
      stages,
      explain: (_, weights, { stageNames: names, weighting }) => {
        asked.push(weights);
        methods.push(weighting);
        const map = { data: Float32Array.of(0, 0, 1, 1), sidePx: 2 };
        return Promise.resolve(names.map((name) => ({ stage: { ...stages[0]!, name }, map })));
      },
    },
  };
  return { explainers, asked, methods };
}

/** The right half is bright, and of that the upper half is true. */
async function writeCase(folder: string): Promise<Case> {
  const [imagePath, maskPath] = [join(folder, "photo.png"), join(folder, "mask.png")];
  await halves(128, 64).png().toFile(imagePath);
  const data = Uint8Array.from(
    { length: 128 * 64 },
    (_, i) => i % 128 >= 64 && i < 128 * 32 ? 255 : 0,
  );
  await sharp(data, { raw: { width: 128, height: 64, channels: 1 } }).png().toFile(maskPath);
  return { id: "photo", imagePath, maskPaths: [maskPath], maskEncoding: { kind: "threshold" } };
}

Deno.test("a case is looked at from all sides", async () => {
  await inFolder(async (folder) => {
    const item = await writeCase(folder);
    const { explainers, asked, methods } = standIns();
    await explainCase(explainers, item);
    await explainCase(explainers, item, { against: true, weighting: "local" });
    expect(methods).toEqual(["mean", "local"]);
    expect(asked.splice(0).map((weights) => weights.find((weight) => weight !== 0)))
      .toEqual([1 / 2048, -1 / 2048]);
    const explanation = await explainCase(explainers, item, { target: "invented" });
    expect([methods[2], explanation.weighting]).toEqual(["local", "local"]);
    const { counts, photo, errors, gradCam } = explanation;
    expect(photo).toEqual({ widthPx: 128, heightPx: 64 });
    expect(counts).toMatchObject({ truePositives: 32 * 64, falsePositives: 32 * 64 });
    expect(errors?.mostCapture).toBeCloseTo(0.05 / 0.25, 12);
    // All that is invented, and nothing else, has a weight: a quarter of the network's pixels.
    expect(asked[0]?.filter((weight) => weight === 1 / 1024).length).toBe(1024);
    expect(asked[0]?.filter((weight) => weight === 0).length).toBe(3 * 1024);
    // Enlarged, 28 of 32 parts of the stand-in's map lie in the lower half, and half of those on the target.
    expect(gradCam[0]?.shareOnTarget).toBeCloseTo(28 / 32 / 2, 6);
    expect(gradCam.map(({ stage }) => stage.name)).toEqual(["bottleneck", "decoder"]);

    const png = await renderExplanation(explanation, { panelPx: 100 });
    const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({
      resolveWithObject: true,
    });
    const colours = new Set<string>();
    for (let i = 0; i < data.length; i += 3) colours.add(data.subarray(i, i + 3).join());
    expect(info.width).toBe(12 + 4 * 112);
    // Viridis' end for a probability of 1; blue for what is invented on white.
    expect([...colours]).toEqual(expect.arrayContaining(["253,231,37", "89,174,221"]));
  });
});

Deno.test("a photo without a mask has no errors; without a target nothing speaks for it", async () => {
  await inFolder(async (folder) => {
    const item = { ...await writeCase(folder), maskPaths: [] };
    const { explainers, asked } = standIns();
    const strict = { ...explainers, predictor: { ...explainers.predictor, threshold: 1.5 } };
    const explanation = await explainCase(strict, item);
    expect([explanation.truth, explanation.counts, explanation.errors]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([explanation.gradCam.length, asked.length]).toEqual([0, 0]);
    expect((await renderExplanation(explanation)).length).toBeGreaterThan(0);
    await expect(explainCase(explainers, item, { target: "missed" })).rejects.toThrow(
      "a photo without one",
    );
  });
});
