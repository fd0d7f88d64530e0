import { join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import sharp from "sharp";
import { readLabelImage } from "papilio/annotation/label_image.ts";
import { readClassMaskFile } from "papilio/data/class_mask_file.ts";
import { exportOnnx } from "papilio/engine/compiled/export.ts";
import { writeAnnotationFiles } from "papilio/predict/annotation_files.ts";
import { writeAnnotationSet } from "papilio/predict/annotation_manifest.ts";
import { exportMasks, type ExportOptions } from "papilio/predict/export.ts";
import { readProbabilities } from "papilio/predict/outputs.ts";
import { drawnClasses, Predictor, type PredictorOptions } from "papilio/predict/predictor.ts";
import { photosAt } from "papilio/predict/sources.ts";
import { inFolder, parseCsv, readPng, withPredictor } from "./_fixtures.ts";

tf.enableProdMode(); // No advice to install another backend.

const SIDE_PX = 32;
const NAMES = ["background", "red/one", "green"];
const COLOURS = ["#ffffff", "#ff00ff", "#00ffff"];

/** Softmax of (1, red / 32, green / 32): a photo's pure colours decide. */
async function writeSoftmax(path: string, names = NAMES): Promise<void> {
  const input = tf.input({ shape: [SIDE_PX, SIDE_PX, 3] });
  const conv = tf.layers.conv2d({ filters: 3, kernelSize: 1, activation: "softmax" });
  const model = tf.model({ inputs: input, outputs: conv.apply(input) as tf.SymbolicTensor });
  const kernel = tf.tensor4d([0, 1, 0, 0, 0, 1, 0, 0, 0].map((value) => value / 32), [1, 1, 3, 3]);
  const weights = [kernel, tf.tensor1d([1, 0, 0])];
  conv.setWeights(weights);
  const metadata = {
    "papilio.inputSidePx": String(SIDE_PX),
    "papilio.classes": JSON.stringify(names),
    "papilio.classColours": JSON.stringify(COLOURS),
  };
  await Deno.writeFile(path, exportOnnx(model, { metadata }));
  tf.dispose(weights);
  model.dispose();
}

/** A photo of 64×32 pixels: black, with a red square at the left and a green one at the right. */
async function writePhoto(path: string): Promise<void> {
  const data = new Uint8Array(64 * 32 * 3);
  for (let y = 8; y < 24; y++) {
    for (let x = 0; x < 16; x++) {
      data[(y * 64 + x + 8) * 3] = 255;
      data[(y * 64 + x + 40) * 3 + 1] = 255;
    }
  }
  await sharp(data, { raw: { width: 64, height: 32, channels: 3 } }).png().toFile(path);
}

interface Place {
  predictor: Predictor;
  photos: string;
  out: string;
}

async function withClasses(
  test: (place: Place) => Promise<void>,
  options: PredictorOptions & { names?: string[] } = {},
): Promise<void> {
  await inFolder(async (folder) => {
    const [model, photos] = [join(folder, "model.onnx"), join(folder, "photos")];
    await writeSoftmax(model, options.names);
    await Deno.mkdir(photos);
    await writePhoto(join(photos, "a.png"));
    const predictor = await Predictor.open(model, { threads: 1, ...options });
    try {
      await test({ predictor, photos, out: join(folder, "out") });
    } finally {
      await predictor.dispose();
    }
  });
}

async function run({ predictor, photos, out }: Place, options: Partial<ExportOptions> = {}) {
  return await exportMasks(predictor, (await photosAt(photos)).photos, { out, ...options });
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

/** 1 at the red square, 2 at the green one. */
const expected = Uint8Array.from({ length: 64 * 32 }, (_, i) => {
  const [x, y] = [i % 64, Math.floor(i / 64)];
  if (y < 8 || y >= 24) return 0;
  return x >= 8 && x < 24 ? 1 : x >= 40 && x < 56 ? 2 : 0;
});

Deno.test("an exported softmax network: indices are classes, one map of probabilities each", () =>
  withClasses(async (place) => {
    await run(place, { probabilities: true, overlays: true, cutouts: true, labels: true });
    const folder = join(place.out, "a");
    const names = await namesIn(folder);
    const red = names.find((name) => name.startsWith("a_prob_red_one-")) ?? "";
    expect(names).toEqual([
      ...["a_cutout.png", "a_labels.png", "a_overlay.jpg", "a_pred.png"],
      ...["a_prob_background.png", "a_prob_green.png", red],
    ]);
    const mask = await readClassMaskFile(join(folder, "a_pred.png"), 3);
    expect(mask).toEqual({ data: expected, widthPx: 64, heightPx: 32 });
    const colours = await sharp(join(folder, "a_pred.png")).removeAlpha().raw().toBuffer();
    const at = (
      data: Uint8Array,
      x: number,
      y: number,
      channels = 3,
    ) => [...data.subarray((y * 64 + x) * channels, (y * 64 + x + 1) * channels)];
    expect([at(colours, 0, 0), at(colours, 16, 16), at(colours, 48, 16)])
      .toEqual([[255, 255, 255], [255, 0, 255], [0, 255, 255]]);
    // Softmax of (1, 255 / 32, 0) inside the red square, and of (1, 0, 0) outside.
    const [inside, outside] = [[1, 255 / 32, 0], [1, 0, 0]].map((logits) => {
      const powers = logits.map(Math.exp);
      return powers[1]! / powers.reduce((a, b) => a + b);
    });
    const { data: probabilities } = await readProbabilities(join(folder, red));
    expect(probabilities[16 * 64 + 16]).toBeCloseTo(inside!, 4);
    expect(probabilities[0]).toBeCloseTo(outside!, 4);
    const cutout = await readPng(join(folder, "a_cutout.png"));
    expect([at(cutout.data, 0, 0, 4)[3], at(cutout.data, 48, 16, 4)[3]]).toEqual([0, 255]);
    const labels = await readLabelImage(join(folder, "a_labels.png"));
    expect([...labels.data]).toEqual([...expected]);
    const legended = sharp(join(folder, "a_overlay.jpg"));
    // The legend below is wider than the photo of 64×32 pixels, and has as many lines as entries.
    expect(await legended.metadata()).toMatchObject({ width: 82, height: 32 + 2 * 22 + 8 });
    const corner = legended.extract({ left: 0, top: 0, width: 64, height: 32 });
    // A third of magenta over red; JPEG is off by a few.
    const tint = at(await corner.raw().toBuffer(), 16, 16);
    [255, 0, 89].forEach((value, i) => expect(Math.abs(tint[i]! - value)).toBeLessThan(12));
  }));

Deno.test("the table has the share of each class", () =>
  withClasses(async (place) => {
    await Deno.writeTextFile(join(place.photos, "b.png"), "no photo");
    await run(place);
    const [done, failed] = parseCsv(await Deno.readTextFile(join(place.out, "predictions.csv")));
    expect(done).toMatchObject({
      foreground_fraction: "0.250000",
      fraction_background: "0.750000",
      "fraction_red/one": "0.125000",
      fraction_green: "0.125000",
    });
    expect(failed).toMatchObject({ status: "failed", fraction_background: "" });
    // Where nothing is, background has e / (e + 2) of the probability.
    const sure = (logits: number[]) =>
      Math.max(...logits.map(Math.exp)) / logits.map(Math.exp).reduce((a, b) => a + b);
    const mean = 0.75 * sure([1, 0, 0]) + 0.25 * sure([1, 255 / 32, 0]);
    expect(Number(done?.mean_confidence)).toBeCloseTo(mean, 2);
  }));

Deno.test("what is done is skipped while its files are there, and files of other settings go", () =>
  withClasses(async (place) => {
    expect((await run(place, { probabilities: true })).done).toBe(1);
    expect((await run(place, { probabilities: true })).skipped).toBe(1);
    await Deno.remove(join(place.out, "a", "a_prob_green.png"));
    expect((await run(place, { probabilities: true })).done).toBe(1);
    expect((await run(place, { overwrite: true })).done).toBe(1);
    expect(await namesIn(join(place.out, "a"))).toEqual(["a_pred.png"]);
    await withPredictor(async (predictor) => {
      expect((await run({ ...place, predictor }, { probabilities: true })).done).toBe(1);
    });
    expect(await namesIn(join(place.out, "a"))).toEqual(["a_pred.png", "a_probability.png"]);
    expect((await run(place)).done).toBe(1);
    expect(await namesIn(join(place.out, "a"))).toEqual(["a_pred.png"]);
  }));

Deno.test("views and tiles of a network that looks at single pixels give the same classes", () =>
  withClasses(async (place) => {
    const mask = async (options: Partial<ExportOptions>) => {
      await run(place, options);
      return (await readClassMaskFile(join(place.out, "a", "a_pred.png"), 3)).data.join("");
    };
    const tiles = { scale: 1, overlap: 0.25 };
    const ways = [
      { postProcessing: { tta: "all" } },
      { tiles },
      { tiles, resizeProbabilities: true },
      { tiles, postProcessing: { tta: "rotations" } },
    ] as const;
    for (const way of ways) expect(await mask(way)).toBe(expected.join(""));
  }));

Deno.test("what classes do not know is refused before anything is written", () =>
  withClasses(async (place) => {
    await expect(run(place, { postProcessing: { guidedFilter: 0.02 } })).rejects.toThrow(
      "Cannot post-process masks of several classes",
    );
    await expect(Deno.stat(place.out)).rejects.toThrow(Deno.errors.NotFound);
    await expect(withClasses(() => Promise.resolve(), { threshold: 0.4 })).rejects.toThrow(
      "Cannot use a threshold: expected a network of one class, got one of 3, of which each pixel gets " +
        "the likeliest. Leave --threshold away.",
    );
  }));

Deno.test("objects have the names and colours of their classes", () =>
  withClasses(async (place) => {
    await run(place);
    const { out, predictor } = place;
    const classes = drawnClasses(predictor);
    const formats = ["coco", "cvat", "geojson", "labelme", "objects", "roi"] as const;
    const written = await writeAnnotationFiles(out, { formats, classes });
    expect(written).toMatchObject({ photos: 1, objects: 2 });
    const text = (...names: string[]) => Deno.readTextFile(join(out, ...names));
    const coco = JSON.parse(await text("annotations_coco.json"));
    expect(coco.categories.map(({ id, name }: { id: number; name: string }) => [id, name]))
      .toEqual([[1, "red/one"], [2, "green"]]);
    const found = coco.annotations.map((
      each: { category_id: number; bbox: number[] },
    ) => [each.category_id, ...each.bbox]);
    expect(found).toEqual([[1, 8, 8, 16, 16], [2, 40, 8, 16, 16]]);
    expect(await text("annotations_cvat.xml")).toMatch(
      /<name>green<\/name>\s*<color>#00ffff<\/color>/,
    );
    const { features } = JSON.parse(await text("a", "a_objects.geojson"));
    const kinds = features.map((each: { properties: { classification: unknown } }) =>
      each.properties.classification
    );
    expect(kinds).toEqual([
      { name: "red/one", color: [255, 0, 255] },
      { name: "green", color: [0, 255, 255] },
    ]);
    const { shapes } = JSON.parse(await text("a", "a_labelme.json"));
    expect(shapes.map(({ label }: { label: string }) => label)).toEqual(["red/one", "green"]);
    const rows = parseCsv(await text("objects.csv"));
    expect(rows.map((row) => row.class)).toEqual(["red/one", "green"]);
    const set = join(out, "set");
    const { manifestPath } = await writeAnnotationSet(out, { out: set, classes });
    const [subject] = parseCsv(await Deno.readTextFile(manifestPath));
    const objects = JSON.parse(subject?.["#objects"] ?? "");
    expect(objects.map((each: { class: string }) => each.class)).toEqual(["red/one", "green"]);
    // Both pictures have one size; the legend is a file of its own.
    for (const name of [subject?.image, subject?.overlay]) {
      expect(await sharp(join(set, name!)).metadata()).toMatchObject({ width: 64, height: 32 });
    }
    const legend = await sharp(join(set, "legend.png")).raw().toBuffer();
    expect([
      legend.toString("hex").includes("ff00ffff00ff"),
      legend.toString("hex").includes("00ffff00ffff"),
    ])
      .toEqual([true, true]);
  }));

Deno.test("a folder with masks of two networks: those of this export alone are annotated", () =>
  withClasses(async (place) => {
    const { predictor, out, photos } = place;
    const ofClasses = await run(place);
    const more = join(photos, "..", "more");
    await Deno.mkdir(more);
    for (const name of ["b.png", "c.png"]) await writePhoto(join(more, name));
    await withPredictor(async (binary) => {
      const { settings } = await run({ predictor: binary, photos: more, out });
      const options = { formats: ["coco"], settings } as const;
      expect(await writeAnnotationFiles(out, options)).toMatchObject({ photos: 2, leftOut: 1 });
      const set = { out: join(out, "set"), settings };
      expect(await writeAnnotationSet(out, set)).toMatchObject({ subjects: 2, leftOut: 1 });
    });
    const { settings } = ofClasses;
    const options = { classes: drawnClasses(predictor), settings };
    const written = await writeAnnotationFiles(out, { formats: ["coco"], ...options });
    expect(written).toMatchObject({ photos: 1, objects: 2, leftOut: 2 });
    const { images } = JSON.parse(await Deno.readTextFile(join(out, "annotations_coco.json")));
    expect(images.map(({ file_name }: { file_name: string }) => file_name)).toEqual(["a.png"]);
    const set = await writeAnnotationSet(out, { out: join(out, "set"), ...options });
    expect(set).toMatchObject({ subjects: 1, leftOut: 2 });
    await expect(writeAnnotationSet(out, { out, settings: "other" })).rejects.toThrow(
      "expected at least one photo with a mask of this export, got 3 of others in",
    );
  }));

Deno.test("two classes without a background are both objects, and both stay", () =>
  withClasses(async (place) => {
    await run(place, { cutouts: true });
    const [row] = parseCsv(await Deno.readTextFile(join(place.out, "predictions.csv")));
    expect(row?.foreground_fraction).toBe("1.000000");
    const { data } = await readPng(join(place.out, "a", "a_cutout.png"));
    expect(data.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
  }, { names: ["ground", "red", "green"] }));

/** Foreground where the last channel of an image is bright. */
function lastChannel(channels: number): Predictor {
  return new Predictor({
    metadata: { "papilio.threshold": "0.5", "papilio.inputChannels": String(channels) },
    inputs: [{ name: "image", dims: ["n", 8, 8, channels] }],
    outputs: [{ name: "probability", dims: ["n", 8, 8, 1] }],
    run: ({ image }) => {
      const { shape, data } = image!;
      const pixels = data.length / channels;
      const last = Float32Array.from(
        { length: pixels },
        (_, i) => data[(i + 1) * channels - 1]! / 255,
      );
      return Promise.resolve({ probability: { shape: [...shape.slice(0, 3), 1], data: last } });
    },
    dispose: () => Promise.resolve(),
  }, `last of ${channels}`);
}

Deno.test("networks of one and of four channels get their images so, and pictures are of the photo", () =>
  inFolder(async (folder) => {
    const [photos, out] = [join(folder, "photos"), join(folder, "out")];
    await Deno.mkdir(photos);
    // Red everywhere; opaque in the right half alone.
    const data = Uint8Array.from(
      { length: 16 * 8 * 4 },
      (_, i) => i % 4 === 0 ? 200 : i % 4 === 3 && Math.floor(i / 4) % 16 >= 8 ? 255 : 0,
    );
    await sharp(data, { raw: { width: 16, height: 8, channels: 4 } }).png()
      .toFile(join(photos, "a.png"));
    const list = (await photosAt(photos)).photos;
    const rightHalf = Array.from({ length: 128 }, (_, i) => i % 16 >= 8 ? 255 : 0);
    for (const tiles of [undefined, { scale: 1, overlap: 0.25 }]) {
      const wanted = { out, overlays: true, cutouts: true, tiles };
      expect((await exportMasks(lastChannel(4), list, wanted)).failed).toBe(0);
      expect([...(await readPng(join(out, "a", "a_pred.png"))).data]).toEqual(rightHalf);
      const { data: cutout } = await readPng(join(out, "a", "a_cutout.png"));
      expect([...cutout.slice(0, 4), ...cutout.slice(-4)]).toEqual([200, 0, 0, 0, 200, 0, 0, 255]);
      expect((await exportMasks(lastChannel(1), list, wanted)).failed).toBe(0);
      // The luminance of that red is below the half.
      const { data: mask } = await readPng(join(out, "a", "a_pred.png"));
      expect(mask.every((value) => value === 0)).toBe(true);
    }
    await writePhoto(join(photos, "a.png"));
    expect((await exportMasks(lastChannel(4), list, { out })).failed).toBe(1);
    const [row] = parseCsv(await Deno.readTextFile(join(out, "predictions.csv")));
    expect(row?.error).toContain("expected 4 channels, got 3");
  }));
