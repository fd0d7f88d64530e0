import { join } from "@std/path";
import { expect } from "expect";
import sharp from "sharp";
import { parseClasses } from "papilio/core/classes.ts";
import type { Case } from "papilio/data/case.ts";
import type { Stage } from "papilio/model/stages.ts";
import { writeAnnotationFiles } from "papilio/predict/annotation_files.ts";
import { explainCase } from "papilio/predict/explain_case.ts";
import { exportMasks } from "papilio/predict/export.ts";
import { sweepPostProcessing } from "papilio/predict/postprocess/sweep.ts";
import { sweepCases } from "papilio/predict/postprocess/sweep_cases.ts";
import { drawnClasses, Predictor } from "papilio/predict/predictor.ts";
import { photosAt } from "papilio/predict/sources.ts";
import { halves, inFolder, parseCsv, readPng } from "./_fixtures.ts";

const SIDE_PX = 64;

/** A network of two classes: bright pixels are a pet, dark ones background. */
const predictor = new Predictor({
  metadata: {
    "papilio.classes": '["background","pet"]',
    "papilio.classTable": JSON.stringify(parseClasses("background=0,pet=1")),
  },
  inputs: [{ name: "image", dims: ["n", SIDE_PX, SIDE_PX, 3] }],
  outputs: [{ name: "probability", dims: ["n", SIDE_PX, SIDE_PX, 2] }],
  run: ({ image }) => {
    const { shape, data } = image!;
    const probability = Float32Array.from({ length: data.length * 2 / 3 }, (_, i) => {
      const pet = data[3 * Math.floor(i / 2)]! / 255;
      return i % 2 === 1 ? pet : 1 - pet;
    });
    return Promise.resolve({
      probability: { shape: [...shape.slice(0, 3), 2], data: probability },
    });
  },
  dispose: () => Promise.resolve(),
}, "a pet where it is bright");

/**
 * A photo of 128×64 whose right half is bright: 64·32 of its pixels are a pet, 32·32 are none, and of 32·32
 * nothing is known.
 */
async function writeCase(folder: string): Promise<Case> {
  const [photos, maskPath] = [join(folder, "photos"), join(folder, "mask.png")];
  await Deno.mkdir(photos);
  await halves(128, 64).png().toFile(join(photos, "a.png"));
  const data = Uint8Array.from({ length: 128 * 64 }, (_, i) => {
    const [x, y] = [i % 128, Math.floor(i / 128)];
    return x < 64 ? 0 : y < 32 ? 1 : x < 96 ? 9 : 0;
  });
  const raw = { width: 128, height: 64, channels: 1 } as const;
  await sharp(data, { raw }).toColourspace("b-w").png().toFile(maskPath);
  const item = { id: "a", imagePath: join(photos, "a.png"), maskPaths: [maskPath] };
  return { ...item, maskEncoding: { kind: "threshold" } };
}

Deno.test("one class and the background are exported and annotated as binary masks", () =>
  inFolder(async (folder) => {
    await writeCase(folder);
    const out = join(folder, "out");
    const { photos } = await photosAt(join(folder, "photos"));
    const { settings } = await exportMasks(predictor, photos, { out, probabilities: true });
    const names = await Array.fromAsync(Deno.readDir(join(out, "a")), ({ name }) => name);
    expect(names.sort()).toEqual(["a_pred.png", "a_probability.png"]);
    const row = Array.from({ length: 128 }, (_, x) => x < 64 ? 0 : 255);
    expect([...(await readPng(join(out, "a", "a_pred.png"))).data])
      .toEqual(Array(64).fill(row).flat());
    const [line] = parseCsv(await Deno.readTextFile(join(out, "predictions.csv")));
    expect(Object.keys(line!).filter((name) => name.startsWith("fraction_"))).toEqual([]);
    expect(line?.foreground_fraction).toBe("0.500000");
    const options = { classes: drawnClasses(predictor), className: "pet", settings };
    await writeAnnotationFiles(out, { formats: ["coco"], ...options });
    const coco = JSON.parse(await Deno.readTextFile(join(out, "annotations_coco.json")));
    expect(coco.categories).toMatchObject([{ id: 1, name: "pet" }]);
    expect(coco.annotations).toMatchObject([{ category_id: 1, bbox: [64, 0, 64, 64] }]);
  }));

Deno.test("a sweep over one class judges what is known", () =>
  inFolder(async (folder) => {
    const rows = await sweepPostProcessing(sweepCases(predictor, [await writeCase(folder)]), {
      threshold: predictor.threshold,
      settings: [{ largest: true }],
    });
    // 64·32 right ones, and 32·32 invented.
    expect(rows.map(({ setting, micro }) => [setting, micro.iou]))
      .toEqual([["none", 2 / 3], ["largest", 2 / 3]]);
  }));

Deno.test("one class is explained by its own channel, without what is not known", () =>
  inFolder(async (folder) => {
    const item = await writeCase(folder);
    const asked: unknown[] = [];
    const stage = { name: "bottleneck", sidePx: 2, role: "bottleneck" } as Stage;
    const gradCam = {
      stages: [stage],
      explain: (_: unknown, weights: Float32Array, { channel }: { channel?: number }) => {
        asked.push(channel, weights.filter((weight) => weight !== 0).length);
        return Promise.resolve([{ stage, map: { data: new Float32Array(4), sidePx: 2 } }]);
      },
    };
    const explainers = { predictor, gradCam };
    const { counts } = await explainCase(explainers, item, { className: "pet" });
    expect(counts).toEqual({
      truePositives: 64 * 32,
      falsePositives: 32 * 32,
      falseNegatives: 0,
      trueNegatives: 64 * 64,
    });
    await explainCase(explainers, item, { target: "invented" });
    // The square is half as wide as the photo: half of it was predicted.
    expect(asked).toEqual([1, 32 * 64, 1, 16 * 32]);
    await expect(explainCase(explainers, item, { className: "background" })).rejects.toThrow(
      'expected one of pet, got "background".',
    );
  }));
