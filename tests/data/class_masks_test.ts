import { join } from "@std/path";
import { createHash } from "node:crypto";
import { expect } from "expect";
import fc from "fast-check";
import sharp from "sharp";
import { type ClassEntry, IGNORED, parseClasses } from "papilio/core/classes.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { applyAugmentation, identityAugmentation } from "papilio/data/augment.ts";
import type { Case, MaskEncoding } from "papilio/data/case.ts";
import { readClassMask } from "papilio/data/class_masks.ts";
import { countClasses } from "papilio/data/class_shares.ts";
import { imageSize } from "papilio/data/decode.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { readMask, resizeMask } from "papilio/data/masks.ts";
import pets from "../golden/classes/pets.json" with { type: "json" };
import { inFolder, writeBytes, writeInstance, writePng } from "./_files.ts";

const THRESHOLD: MaskEncoding = { kind: "threshold" };
const GOLDEN = join(import.meta.dirname ?? "", "..", "golden", "classes", "parts");

function caseOf(maskPaths: string[], maskEncoding = THRESHOLD): Case {
  return { id: "c", imagePath: "c.png", maskPaths, maskEncoding };
}

/** The class numbers of files of one row each, by their names. */
async function classesOf(
  folder: string,
  files: Record<string, number[]>,
  classes: string | ClassEntry[],
  encoding = THRESHOLD,
): Promise<number[]> {
  const names = Object.keys(files);
  const widthPx = files[names[0] ?? ""]?.length ?? 0;
  const paths = await Promise.all(
    names.map((name) => writePng(join(folder, name), widthPx, files[name] ?? [])),
  );
  const table = typeof classes === "string" ? parseClasses(classes) : classes;
  const mask = await readClassMask(caseOf(paths, encoding), { widthPx, heightPx: 1 }, table);
  return [...mask.data];
}

async function problemWith(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => null, (thrown) => thrown);
  expect(error).toBeInstanceOf(PapilioError);
  return error.message;
}

Deno.test("values: each class has its own, what has none is ignored or the rest", () =>
  inFolder(async (folder) => {
    const files = { "a.png": [0, 1, 2, 3, 7, 255] };
    expect(await classesOf(folder, files, "background=2,pet=1+3"))
      .toEqual([IGNORED, 1, 0, 1, IGNORED, IGNORED]);
    expect(await classesOf(folder, files, "pet=1+3,rest,seven=7")).toEqual([1, 0, 1, 0, 2, 1]);
  }));

Deno.test("the class table overrides the layout's labels; files alone keep them", () =>
  inFolder(async (folder) => {
    const labels = { kind: "labels", foreground: [1, 3] } as const;
    const files = { "Abyssinian_1.png": [1, 2, 3] };
    expect(await classesOf(folder, files, "background,two=2", labels)).toEqual([0, 1, 0]);
    expect(await classesOf(folder, files, "background,dog=[a-z]*,cat=A*", labels))
      .toEqual([2, 0, 2]);
    const path = await writePalette(join(folder, "Abyssinian_2.png"), [1, 2, 3, 0]);
    const mask = await readClassMask(
      caseOf([path], labels),
      { widthPx: 4, heightPx: 1 },
      parseClasses("background,cat=A*"),
    );
    const indices = await paletteIndices(path);
    const expected = indices([1, 2, 3, 0].map((label) => colours[label] ?? []))
      .map((index) => [1, 3].includes(index) ? 1 : 0);
    expect([...mask.data]).toEqual(expected);
  }));

Deno.test("files: foreground of those that match; the last of the table lies uppermost", () =>
  inFolder(async (folder) => {
    const files = {
      "wing_left.png": [255, 255, 0, 0, 0],
      "body.png": [0, 255, 255, 0, 0],
      "wing_right.png": [0, 0, 0, 200, 0],
      "notes.png": [255, 255, 255, 255, 255],
    };
    const two = { "wing_left.png": [255, 0] };
    expect(await classesOf(folder, two, "a=wing*,background,b=*left")).toEqual([2, 1]);
    expect(await classesOf(folder, files, "background,wings=wing*,body=body"))
      .toEqual([1, 2, 2, 1, 0]);
    expect(await classesOf(folder, files, "background,body=body,wings=wing*"))
      .toEqual([2, 2, 1, 2, 0]);
    expect(await classesOf(folder, files, "body=body,wings=*_right+*_left"))
      .toEqual([1, 1, 0, 1, IGNORED]);
  }));

Deno.test("a file that no rule asks for is not even opened", () =>
  inFolder(async (folder) => {
    const wing = await writePng(join(folder, "wing.png"), 2, [0, 255]);
    const notes = await writeBytes(join(folder, "notes.png"), "no image");
    const item = caseOf([notes, wing]);
    const mask = await readClassMask(
      item,
      { widthPx: 2, heightPx: 1 },
      parseClasses("background,wings=wing*"),
    );
    expect([...mask.data]).toEqual([0, 1]);
  }));

Deno.test("values of certain files, beside the foreground of others", () =>
  inFolder(async (folder) => {
    const files = { "organs.png": [1, 2, 2, 0], "tumour.png": [0, 0, 255, 0] };
    const table = parseClasses("background,liver=1+organs,kidney=2+organs,tumour=tumour");
    expect(await classesOf(folder, files, table)).toEqual([1, 2, 3, 0]);
  }));

Deno.test("one file, asked for by its values and as foreground", () =>
  inFolder(async (folder) => {
    const files = { "a.png": [0, 100, 200, 255] };
    expect(await classesOf(folder, files, "background,bright=a*,hundred=100,white=255"))
      .toEqual([0, 2, 1, 3]);
  }));

Deno.test("where files of parts lie beside the masks, the error names their layout", () =>
  inFolder(async (folder) => {
    await writeInstance(folder, "a", [[0, 0, 255, 255]]);
    const { cases: [item] } = await readDataSet(folder);
    const size = { widthPx: 2, heightPx: 2 };
    const problem = () =>
      problemWith(readClassMask(item!, size, parseClasses("background,b=wings")));
    const remedy =
      "Write the patterns of --classes as the files are called, without their extensions";
    expect(await problem()).toContain(`got 0.png. ${remedy}.`);
    await writePng(join(folder, "a", "parts", "wings.png"), 2, [0, 0, 255, 255]);
    expect(await problem()).toContain(`got 0.png. ${remedy}, or choose --layout parts.`);
  }));

Deno.test("patterns stand for whole names, and only * is special", () =>
  inFolder(async (folder) => {
    const files = { "body.v1.png": [255], "antibody.png": [255], "bodyXv1.png": [255] };
    const of = (pattern: string) => classesOf(folder, files, `background,b=${pattern}`);
    expect(await of("body.v1")).toEqual([1]);
    const problem = await problemWith(of("body"));
    expect(problem).toBe(
      "Cannot read the mask of case c: expected mask files with names such as b=body, got " +
        "body.v1.png, antibody.png, bodyXv1.png. Write the patterns of --classes as the files are " +
        "called, without their extensions.",
    );
    const other = await problemWith(classesOf(folder, { "bodyXv1.png": [255] }, "a,b=body.v1"));
    expect(other).toContain("got bodyXv1.png");
  }));

Deno.test("an absent part is no error, a case without masks or of another size is", () =>
  inFolder(async (folder) => {
    const table = parseClasses("background,wings=wing*,body=body");
    expect(await classesOf(folder, { "wing.png": [0, 255] }, table)).toEqual([0, 1]);
    const none = readClassMask(caseOf([]), { widthPx: 1, heightPx: 1 }, table);
    expect(await problemWith(none)).toContain("expected at least one mask file");
    const path = await writePng(join(folder, "body.png"), 2, [0, 255]);
    const small = readClassMask(caseOf([path]), { widthPx: 1, heightPx: 2 }, table);
    expect(await problemWith(small)).toContain("expected 1×2 pixels, as its image, got 2×1 pixels");
  }));

Deno.test("a palette PNG and a grey PNG of the same labels give the same mask; 16 bits too", () =>
  inFolder(async (folder) => {
    const labels = Array.from({ length: 24 }, (_, i) => i % 4);
    const grey = await writePng(join(folder, "g.png"), 6, labels);
    const palette = await writePalette(join(folder, "p.png"), labels, 6);
    const indices = await paletteIndices(palette);
    const deep = join(folder, "d.png");
    await sharp(Uint16Array.from(labels), { raw: { width: 6, height: 4, channels: 1 } })
      .toColourspace("grey16").png().toFile(deep);
    const size = { widthPx: 6, heightPx: 4 };
    const table = (values: number[]): ClassEntry[] =>
      values.map((value, i) => ({ name: `c${i}`, values: [value], files: [] }));
    const expected = await readClassMask(caseOf([grey]), size, table([0, 1, 2, 3]));
    expect([...expected.data]).toEqual(labels);
    expect(await readClassMask(caseOf([deep]), size, table([0, 1, 2, 3]))).toEqual(expected);
    expect(await readClassMask(caseOf([palette]), size, table(indices(colours)))).toEqual(expected);
  }));

/** Far apart, so that an encoder keeps them; it orders its palette as it likes. */
const colours = [[0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255]];

async function writePalette(path: string, labels: number[], width = labels.length) {
  const data = Uint8Array.from(labels.flatMap((label) => colours[label] ?? []));
  await sharp(data, { raw: { width, height: labels.length / width, channels: 3 } })
    .png({ palette: true, colours: 4, dither: 0 }).toFile(path);
  return path;
}

/** Where colours stand in the palette of a PNG. */
async function paletteIndices(path: string): Promise<(colours: number[][]) => number[]> {
  const bytes = await Deno.readFile(path);
  const start = new TextDecoder("latin1").decode(bytes).indexOf("PLTE") + 4;
  const entries = Array.from(
    { length: 4 },
    (_, i) => bytes.slice(start + i * 3, start + i * 3 + 3),
  );
  return (colours) =>
    colours.map((colour) => entries.findIndex((entry) => entry.join() === colour.join()));
}

async function greyOf(name: string): Promise<number[]> {
  return [...await sharp(join(GOLDEN, name)).extractChannel(0).raw().toBuffer()];
}

Deno.test("overlapping parts of a drawn butterfly: NumPy's numbers", async () => {
  const parts = ["antennae", "body", "wings"].map((name) => join(GOLDEN, `${name}.png`));
  const size = await imageSize(parts[0] ?? "");
  const read = (table: string) => readClassMask(caseOf(parts), size, parseClasses(table));
  const whole = await read("background,wings=wing*,body=body*,antennae=antenna*");
  expect([...whole.data]).toEqual(await greyOf("expected.png"));
  const withoutRest = await read("body=body,wings=wings,antennae=antennae");
  expect([...withoutRest.data]).toEqual(await greyOf("without_rest.png"));
});

Deno.test("trimaps of pets as three classes: Pillow's and NumPy's numbers", async () => {
  const shared = Deno.env.get("PAPILIO_TEST_SHARED");
  if (!shared) return console.log("skipped: classes of pets (PAPILIO_TEST_SHARED is not set)");
  const { cases } = await readDataSet(join(shared, "data", "pets"));
  const table = parseClasses("background=2,pet=1,border=3");
  const digest = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
  for (const expected of pets) {
    const item = cases.find(({ id }) => id === expected.id) as Case;
    const size = await imageSize(item.imagePath);
    const mask = await readClassMask(item, size, table);
    expect({
      id: item.id,
      pixels: countClasses(mask, 3),
      native: digest(mask.data),
      nearest: digest(resizeMask(mask, 128, 128).data),
    }).toEqual(expected);
  }
});

const anyLabels = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([widthPx, heightPx]) =>
    fc.array(fc.constantFrom(0, 1, 2, 9), {
      minLength: widthPx * heightPx,
      maxLength: widthPx * heightPx,
    }).map((values) => ({ values, widthPx, heightPx }))
  );

Deno.test("classes of a flipped file are the flipped classes, as augmentation flips them", () =>
  inFolder(async (folder) => {
    await fc.assert(
      fc.asyncProperty(anyLabels, async ({ values, widthPx, heightPx }) => {
        const table = parseClasses("one=1,none=0,two=2");
        const path = join(folder, "a.png");
        const read = async (labels: number[]) =>
          await readClassMask(
            caseOf([await writePng(path, widthPx, labels)]),
            { widthPx, heightPx },
            table,
          );
        const mask = await read(values);
        const flipped = await read(
          values.map((_, i) => values[i - i % widthPx + widthPx - 1 - i % widthPx] as number),
        );
        const image = { ...mask, data: new Uint8Array(mask.data.length * 3) };
        const flip = { ...identityAugmentation, flipHorizontal: true };
        expect(applyAugmentation(image, mask, flip).mask).toEqual(flipped);
        expect(applyAugmentation(image, flipped, flip).mask).toEqual(mask);
      }),
      { numRuns: 40 },
    );
  }));

Deno.test("two classes of 0 and 255 are the mask of the binary case", () =>
  inFolder(async (folder) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(0, 255), { minLength: 1 }), async (values) => {
        const item = caseOf([await writePng(join(folder, "a.png"), values.length, values)]);
        const size = { widthPx: values.length, heightPx: 1 };
        const binary = await readMask(item, size);
        for (const table of ["background,all=*", "background=0,all=255", "background,all=255"]) {
          expect(await readClassMask(item, size, parseClasses(table))).toEqual(binary);
        }
      }),
      { numRuns: 20 },
    );
  }));
