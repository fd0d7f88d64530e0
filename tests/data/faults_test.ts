import { join } from "@std/path";
import { expect } from "expect";
import sharp, { type Sharp } from "sharp";
import { parseClasses } from "papilio/core/classes.ts";
import { usableCases } from "papilio/data/data_set.ts";
import { describeFaults, examineDataSet } from "papilio/data/faults.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { inFolder, writeBytes, writeInstance, writePng } from "./_files.ts";

const MASK = [255, 0, 0, 0];

/** A folder with one case for each fault that only decoding shows, and one good case. */
async function writeFaultyDataSet(folder: string): Promise<void> {
  await writeInstance(folder, "a good", [MASK, [0, 0, 255, 0]]);
  await writeInstance(folder, "b wrong size", [MASK]);
  await writePng(join(folder, "b wrong size", "masks", "1.png"), 3, [255, 0, 0]);
  await writeInstance(folder, "c broken image", [MASK]);
  const broken = join(folder, "c broken image", "images", "c broken image.png");
  await Deno.truncate(broken, (await Deno.stat(broken)).size - 30);
  await writeInstance(folder, "d two broken masks", [MASK]);
  await writeBytes(join(folder, "d two broken masks", "masks", "1.png"), "text");
  await writeBytes(join(folder, "d two broken masks", "masks", "2.png"), "");
  await writeInstance(folder, "e empty", [[0, 0, 0, 0]]);
  await writeInstance(folder, "f labels", [[0, 1, 2, 3]]);
  await writeInstance(folder, "g copy", [MASK]);
  await Deno.copyFile(
    join(folder, "a good", "images", "a good.png"),
    join(folder, "g copy", "images", "g copy.png"),
  );
  await writeInstance(folder, "h grey", [[255, 120, 130, 140]]);
  await writePng(join(folder, "i no image", "masks", "0.png"), 2, MASK);
}

Deno.test("every fault is found, each in its own words, and the rest goes on", () =>
  inFolder(async (folder) => {
    await writeFaultyDataSet(folder);
    const { faults } = await examineDataSet(await readDataSet(folder));
    const found = faults.map(({ severity, kind, id, message }) =>
      `${severity} | ${kind} | ${id} | ${message}`
    );
    const whole = "expected an image file that is whole, got";
    expect(found.toSorted()).toEqual([
      `error | missing image | i no image | there is no image`,
      `error | size mismatch | b wrong size | the mask has 3×1 pixels, its image 2×2`,
      `error | unreadable image | c broken image | ${whole} one that is cut off or damaged`,
      "error | unreadable mask | d two broken masks | expected a file that can be read, got an empty file",
      `error | unreadable mask | d two broken masks | ${whole} a file that is no image, or cut off`,
      "error | unreadable mask | f labels | expected a mask: values 0 and 1, or foreground from 128 to 255, " +
      "got the values 0, 1, 2, 3",
      "warning | duplicate image | g copy | the same file as a good",
      "warning | empty mask | e empty | no pixel is foreground",
      "warning | grey mask | h grey | 75 % of what is not 0 lies in the middle of the range: not a clear mask",
    ]);
  }));

Deno.test("rows: one for each case and for what should have been one; errors make a case unusable", () =>
  inFolder(async (folder) => {
    await writeFaultyDataSet(folder);
    const dataSet = await readDataSet(folder);
    const progress: string[] = [];
    const { rows, faults } = await examineDataSet(dataSet, {
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    expect(rows.map(({ id }) => id[0]).join("")).toBe("abcdefghi");
    expect(rows[0]).toEqual({
      id: "a good",
      widthPx: 2,
      heightPx: 2,
      channels: 3,
      maskCount: 2,
      foregroundFraction: 0.5,
      classPixels: null,
      problem: "",
    });
    expect(rows[8]).toEqual({
      id: "i no image",
      widthPx: null,
      heightPx: null,
      channels: null,
      maskCount: null,
      foregroundFraction: null,
      classPixels: null,
      problem: "missing image: there is no image",
    });
    expect(rows[4]?.foregroundFraction).toBe(0);
    expect(rows[1]?.foregroundFraction).toBe(null);
    const usable = usableCases({ cases: dataSet.cases, faults });
    expect(usable.map(({ id }) => id[0]).join("")).toBe("aegh");
    expect(progress).toEqual(Array.from({ length: 8 }, (_, i) => `${i + 1}/8`));
  }));

Deno.test("faults are grouped by kind, errors first, and cut at the limit", () =>
  inFolder(async (folder) => {
    for (const id of ["a", "b", "c"]) await writeInstance(folder, id, []);
    await writeBytes(join(folder, "notes.txt"), "x");
    const { faults } = await readDataSet(folder);
    const line = (id: string) => `  ${id}: there is no mask [${join(folder, id, "masks")}]`;
    expect(describeFaults(faults, 2)).toEqual([
      "error: missing masks (3)",
      line("a"),
      line("b"),
      "  … and 1 more",
      "  → Add the mask under the name of its image, or leave the case for prediction alone.",
      "warning: stray file (1)",
      `  notes.txt is not used [${join(folder, "notes.txt")}]`,
      "  → Move it away, or rename it if it should be part of a case.",
    ]);
  }));

async function foundIn(folder: string, options: Parameters<typeof examineDataSet>[1]) {
  const { rows, faults } = await examineDataSet(await readDataSet(folder), options);
  return {
    rows,
    found: faults.map(({ severity, kind, id, message }) =>
      `${severity} | ${kind} | ${id} | ${message}`
    ),
  };
}

Deno.test("with classes: label images are no unclear masks, and what no case has is told", () =>
  inFolder(async (folder) => {
    await writeInstance(folder, "a", [[0, 1, 2, 9]]);
    await writeInstance(folder, "b", [[1, 1, 1, 1], [0, 0, 0, 2]]);
    const classes = parseClasses("background=0,pet=1,border=2,bird=3+bird*,wing=wing*");
    const { rows, found } = await foundIn(folder, { classes });
    expect(rows.map(({ classPixels }) => classPixels)).toEqual([[1, 1, 1, 0, 0], [0, 3, 1, 0, 0]]);
    expect(rows.map(({ foregroundFraction }) => foregroundFraction)).toEqual([0.5, 1]);
    expect(found).toEqual([
      "warning | absent class |  | no case has a pixel of bird (3+bird*)",
      "warning | absent class |  | no case has a pixel of wing (wing*)",
      "warning | unclaimed value | a | value 9 in 1 of 1 mask, 25.0 % of all pixels, is of no class: " +
      "it is ignored",
    ]);
    expect(describeFaults((await examineDataSet(await readDataSet(folder), { classes })).faults))
      .toContain(`  no case has a pixel of wing (wing*) [${folder}]`);
  }));

Deno.test("with classes: values that no class claims are told one by one, and values that are nowhere", () =>
  inFolder(async (folder) => {
    await writeInstance(folder, "a", [[0, 128, 128, 255]]);
    await writeInstance(folder, "b", [[0, 0, 128, 255]]);
    await writeInstance(folder, "c", [[0, 255, 77, 9]]);
    for (const id of "defg") await writeInstance(folder, id, [[0, 128, 255, 255]]);
    const told = async (classes: string) =>
      (await foundIn(folder, { classes: parseClasses(classes) })).found
        .filter((line) => line.includes(" value"));
    const isIgnored = "of all pixels, is of no class: it is ignored";
    expect(await told("background=0,pet=255+999")).toEqual([
      `warning | unclaimed value |  | value 128 in 6 of 7 masks, 25.0 % ${isIgnored}`,
      `warning | unclaimed value | c | value 9 in 1 of 7 masks, 3.6 % ${isIgnored}`,
      `warning | unclaimed value | c | value 77 in 1 of 7 masks, 3.6 % ${isIgnored}`,
      "warning | absent value |  | no mask has the value 999 (of pet)",
    ]);
    expect(await told("background=0+128,pet=255+9+77,border=127")).toEqual([]);
    await writeInstance(folder, "h", [[0, 77, 255, 255]]);
    expect(await told("background=0+9+128,pet=255")).toEqual([
      `warning | unclaimed value |  | value 77 in 2 of 8 masks (c, h), 6.3 % ${isIgnored}`,
    ]);
    // With a class for what is left, nothing is without one; of an absent class its own warning tells.
    expect(await told("background,pet=255")).toEqual([]);
    expect(await told("background=0+9+77+128,pet=255,border=127")).toEqual([]);
  }));

Deno.test("with classes: many values are told as few, and those that a second file claims are not", () =>
  inFolder(async (folder) => {
    const values = Array.from({ length: 36 }, (_, i) => i);
    await writePng(join(folder, "a", "images", "a.png"), 6, Array(108).fill(7), 3);
    await writePng(join(folder, "a", "masks", "a.png"), 6, values);
    const classes = parseClasses("background=0,pet=1");
    const { found } = await foundIn(folder, { classes });
    expect(found.length).toBe(17);
    expect(found.at(-1)).toContain("18 other values, 50.0 % of all pixels, are of no class");
    await writePng(join(folder, "a", "masks", "b.png"), 6, Array(36).fill(1));
    const second = (await foundIn(folder, { classes })).found;
    expect(second.filter((line) => line.includes("unclaimed value"))).toEqual([]);
  }));

Deno.test("with classes: sizes, unclear files, nothing there, and names that no rule asks for", () =>
  inFolder(async (folder) => {
    for (const id of ["a good", "b size", "c grey", "d nothing", "e other names"]) {
      await writeInstance(folder, id, []);
    }
    const write = (id: string, name: string, widthPx: number, values: number[]) =>
      writePng(join(folder, id, "masks", name), widthPx, values);
    await write("a good", "wing.png", 2, [255, 0, 0, 0]);
    await write("a good", "notes.png", 3, [9, 9, 9]); // No class asks for it: not even its size counts.
    await write("b size", "wing.png", 3, [255, 0, 0]);
    await write("c grey", "wing.png", 2, [255, 120, 130, 140]);
    await write("d nothing", "wing.png", 2, [0, 0, 0, 0]);
    await write("e other names", "body.png", 2, [255, 0, 0, 0]);
    const { rows, found } = await foundIn(folder, { classes: parseClasses("background,wing=w*") });
    expect(found).toEqual([
      "warning | unclaimed file | a good | no class asks for a file of this name",
      "error | size mismatch | b size | the mask has 3×1 pixels, its image 2×2",
      "warning | grey mask | c grey | 75 % of what is not 0 lies in the middle of the range: not a clear mask",
      "warning | empty mask | d nothing | every pixel is background, or of no class",
      "error | unclaimed masks | e other names | expected mask files with names such as wing=w*, got body.png",
    ]);
    expect(rows.map(({ classPixels }) => classPixels?.join() ?? null))
      .toEqual(["3,1", null, "1,3", "4,0", null]);
  }));

Deno.test("masks that hold labels where foreground is asked for are told, blurred ones are not", () =>
  inFolder(async (folder) => {
    await writeInstance(folder, "labels", [[1, 1, 2, 255]]);
    await writeInstance(folder, "one dark pixel", [[0, 1, 255, 255]]);
    const soft = Array.from({ length: 40 }, (_, i) => i < 30 ? i : 255);
    const image = soft.flatMap((value) => [value, 9, 9]);
    await writePng(join(folder, "soft", "images", "soft.png"), 2, image, 3);
    await writePng(join(folder, "soft", "masks", "0.png"), 2, soft);
    const { found } = await foundIn(folder, {});
    expect(found.filter((line) => line.includes("label values"))).toEqual([
      "warning | label values | labels | the values 1, 2 count as background, and are most that is not 0",
    ]);
  }));

Deno.test("masks of few values are told as labels, also where most is in the middle; soft borders are not", () =>
  inFolder(async (folder) => {
    const encode = (image: Sharp) => void image.png();
    await writeDiscs(folder, "labels.png", { values: [0, 128, 255], encode });
    const { found } = await foundIn(folder, {});
    expect(found).toEqual([
      "warning | label values | labels | 3 values (0, 128, 255): if they are classes, give --classes",
    ]);
    const border = Array.from(
      { length: 400 },
      (_, i) => i % 20 < 9 ? 0 : i % 20 > 9 ? 255 : 85 + i / 20,
    );
    await writePng(join(folder, "images", "labels.png"), 20, Array(1200).fill(7), 3);
    await writePng(join(folder, "masks", "labels.png"), 20, border);
    expect((await foundIn(folder, {})).found).toEqual([]);
  }));

Deno.test("images with other channels than the network takes are errors", () =>
  inFolder(async (folder) => {
    await writeInstance(folder, "a", [MASK]);
    await writeInstance(folder, "b", [MASK]);
    await writePng(join(folder, "b", "images", "b.png"), 2, Array(16).fill(7), 4);
    expect((await foundIn(folder, { channels: 1 })).found).toEqual([]);
    expect((await foundIn(folder, { channels: 4 })).found).toEqual([
      "error | other channels | a | expected 4 channels, got 3",
    ]);
  }));

/** A disc within a disc, in a format that sharp writes; values outside, around and inside. */
async function writeDiscs(
  folder: string,
  name: string,
  { values, encode }: { values: [number, number, number]; encode: (image: Sharp) => void },
): Promise<void> {
  const [id = ""] = name.split(".");
  const sidePx = 64;
  const data = Uint8Array.from({ length: sidePx ** 2 }, (_, i) => {
    const radius = Math.hypot(i % sidePx - 32, Math.floor(i / sidePx) - 30);
    return values[radius < 8 ? 2 : radius < 24 ? 1 : 0];
  });
  const raw = { width: sidePx, height: sidePx, channels: 1 } as const;
  const image = sharp(data, { raw }).toColourspace("b-w");
  encode(image);
  await writeBytes(join(folder, "masks", name), await image.toBuffer());
  const colours = Array.from({ length: sidePx ** 2 * 3 }, (_, i) => i * id.length % 251);
  await writePng(join(folder, "images", `${id}.png`), sidePx, colours, 3);
}

Deno.test("label images of a lossy format are told with what became of them, others are not", () =>
  inFolder(async (folder) => {
    const values: [number, number, number] = [0, 128, 255];
    const write = (name: string, encode: (image: Sharp) => void) =>
      writeDiscs(folder, name, { values, encode });
    await write("a.jpg", (image) => image.jpeg({ quality: 90 }));
    await write("bb.tif", (image) => image.tiff({ compression: "jpeg", quality: 80 }));
    await write("ccc.tif", (image) => image.tiff({ compression: "lzw" }));
    await write("dddd.webp", (image) => image.webp({ lossless: true }));
    await write("eeeee.webp", (image) => image.webp({ quality: 80 }));
    await write("ffffff.png", (image) => image.png());
    const { found } = await foundIn(folder, {
      classes: parseClasses("background=0,a=128,b=255"),
    });
    const changes = "whose compression changes label values";
    expect(found).toEqual([
      expect.stringMatching(
        `^warning \\| lossy labels \\| a \\| a JPEG of \\d\\d values, ${changes}$`,
      ),
      expect.stringMatching(`bb \\| a TIFF with JPEG compression of \\d+ values, ${changes}$`),
      "error | unreadable mask | eeeee | expected labels as a grey or palette PNG, got a lossy WebP " +
      `with colours, ${changes}`,
    ]);
  }));

Deno.test("a JPEG of a sharp binary mask is no fault; a soft one, and one of small labels, are", () =>
  inFolder(async (folder) => {
    const encode = (image: Sharp) => void image.jpeg({ quality: 75 });
    await writeDiscs(folder, "sharp.jpg", { values: [0, 255, 255], encode });
    await writeDiscs(folder, "softer.jpg", { values: [0, 255, 170], encode });
    await writeDiscs(folder, "soft_png.png", { values: [0, 255, 170], encode: (png) => png.png() });
    await writeDiscs(folder, "numbers.jpg", { values: [0, 20, 40], encode });
    const { found } = await foundIn(folder, {});
    expect(found).toEqual([
      expect.stringMatching(
        /unreadable mask \| numbers .* values 0, 1, .*… of a JPEG, whose compression changes label v/,
      ),
      "warning | label values | soft_png | 3 values (0, 170, 255): if they are classes, give --classes",
      expect.stringMatching(
        /^warning \| lossy mask \| softer \| a JPEG, with \d+ % of what is not 0/,
      ),
    ]);
  }));

Deno.test("16-bit images that use a small part of their range are told, unless it is stretched", () =>
  inFolder(async (folder) => {
    const write = async (id: string, values: readonly number[]) => {
      await writeInstance(folder, id, [[255, 0, 0, 255]]);
      const raw = { width: 2, height: 2, channels: 1 } as const;
      const png = sharp(Uint16Array.from(values), { raw }).toColourspace("grey16").png();
      await writeBytes(join(folder, id, "images", `${id}.png`), await png.toBuffer());
    };
    await write("bits12", [0, 1000, 4095, 4095]);
    await write("bits8in16", [0, 10, 20, 255]);
    await write("bits15", [0, 1000, 20000, 32767]);
    await write("bright", [60000, 60000, 64000, 64000]);
    await write("black", [0, 0, 0, 0]);
    await writeInstance(folder, "ordinary", [[255, 0, 0, 255]]);
    expect((await foundIn(folder, { intensityRange: "image" })).found).toEqual([]);
    const narrow = "a 16-bit image that uses 6 % of its range, and is read in 16 levels of 256";
    expect((await foundIn(folder, {})).found).toEqual([
      "warning | narrow range | bits12 | " + narrow,
      "warning | narrow range | bits8in16 | a 16-bit image that uses less than 1 % of its range, and is " +
      "read in 1 level of 256",
      "warning | narrow range | bright | " + narrow,
    ]);
  }));
