import { join } from "@std/path";
import { expect } from "expect";
import fc from "fast-check";
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { PapilioError } from "papilio/core/errors.ts";
import type { BinaryMask, Case, MaskEncoding } from "papilio/data/case.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { imageSize } from "papilio/data/decode.ts";
import {
  foregroundFraction,
  readMask,
  readMaskFile,
  readMaskResizedAny,
  resizeMask,
} from "papilio/data/masks.ts";
import golden from "../golden/masks.json" with { type: "json" };
import { inFolder, pngChunk, writeBytes, writePng } from "./_files.ts";

const THRESHOLD: MaskEncoding = { kind: "threshold" };
const LABELS: MaskEncoding = { kind: "labels", foreground: [1, 3] };

function caseOf(maskPaths: string[], maskEncoding: MaskEncoding = THRESHOLD): Case {
  return { id: "c", imagePath: "c.png", maskPaths, maskEncoding };
}

async function valuesOf(path: string, encoding = THRESHOLD): Promise<number[]> {
  return [...(await readMaskFile(path, encoding)).data];
}

async function problemWith(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => null, (thrown) => thrown);
  expect(error).toBeInstanceOf(PapilioError);
  return error.message;
}

Deno.test("8 bits: foreground from 128", () =>
  inFolder(async (folder) => {
    const path = await writePng(join(folder, "m.png"), 4, [0, 127, 128, 255]);
    expect(await valuesOf(path)).toEqual([0, 0, 1, 1]);
  }));

Deno.test("only 0 and 1: taken as such; only 0: empty", () =>
  inFolder(async (folder) => {
    const binary = await writePng(join(folder, "m.png"), 4, [0, 1, 1, 0]);
    expect(await valuesOf(binary)).toEqual([0, 1, 1, 0]);
    const empty = await writePng(join(folder, "e.png"), 2, [0, 0]);
    expect(await valuesOf(empty)).toEqual([0, 0]);
  }));

Deno.test("16 bits: foreground from half the range, {0, 1} too", () =>
  inFolder(async (folder) => {
    const write = async (name: string, values: number[]) => {
      const raw = { width: values.length, height: 1, channels: 1 } as const;
      const png = sharp(Uint16Array.from(values), { raw }).toColourspace("grey16").png();
      return writeBytes(join(folder, name), await png.toBuffer());
    };
    expect(await valuesOf(await write("a.png", [0, 32767, 32768, 65535]))).toEqual([0, 0, 1, 1]);
    expect(await valuesOf(await write("b.png", [0, 1, 0, 1]))).toEqual([0, 1, 0, 1]);
    const dim = await write("c.png", [0, 255]);
    expect(await problemWith(readMaskFile(dim, THRESHOLD))).toContain(
      "foreground from 32768 to 65535, got the values 0, 255",
    );
  }));

Deno.test("colours count by their brightest channel; alpha does not count", () =>
  inFolder(async (folder) => {
    const path = await writePng(join(folder, "m.png"), 3, [
      255,
      0,
      0,
      9,
      0,
      0,
      200,
      0,
      90,
      90,
      90,
      255,
    ], 4);
    expect(await valuesOf(path)).toEqual([1, 1, 0]);
  }));

Deno.test("label numbers are no mask under threshold; the message lists them", () =>
  inFolder(async (folder) => {
    const path = await writePng(join(folder, "m.png"), 10, Array.from({ length: 10 }, (_, i) => i));
    expect(await problemWith(readMaskFile(path, THRESHOLD, "c7"))).toBe(
      `Cannot read mask ${path} of case c7: expected a mask: values 0 and 1, or foreground from 128 ` +
        "to 255, got the values 0, 1, 2, 3, 4, 5, 6, 7, …. If these are labels, say which with " +
        "--classes; else save 0 and 255.",
    );
  }));

Deno.test("the share of grey values tells soft masks from clear ones", () =>
  inFolder(async (folder) => {
    const soft = await writePng(join(folder, "s.png"), 4, [0, 100, 150, 255]);
    const clear = await writePng(join(folder, "c.png"), 4, [0, 3, 250, 255]);
    expect((await readMaskFile(soft, THRESHOLD)).greyShare).toBeCloseTo(2 / 3);
    expect((await readMaskFile(clear, THRESHOLD)).greyShare).toBe(0);
  }));

/** A palette or grey PNG of 4 pixels by hand, at any bit depth. */
function lowBitPng(indices: readonly number[], bits: 1 | 2 | 4 | 8, colourType: 0 | 3): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, indices.length);
  view.setUint32(4, 1);
  header.set([bits, colourType], 8);
  const row = new Uint8Array(1 + Math.ceil(indices.length * bits / 8));
  indices.forEach((index, i) => {
    const position = 1 + Math.floor(i * bits / 8);
    row[position] = (row[position] ?? 0) | index << (8 - bits - i * bits % 8);
  });
  const palette = Uint8Array.of(250, 250, 250, 10, 10, 10, 200, 0, 0, 0, 0, 0); // Bright is index 0.
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10),
    pngChunk("IHDR", header),
    ...(colourType === 3
      ? [pngChunk("PLTE", palette.subarray(0, 3 * 2 ** Math.min(bits, 2)))]
      : []),
    ...(colourType === 3 ? [pngChunk("tRNS", Uint8Array.of(0, 128))] : []),
    pngChunk("IDAT", deflateSync(row)),
    pngChunk("IEND", new Uint8Array()),
  ];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

Deno.test("labels: palette indices and grey levels as stored, at every bit depth", () =>
  inFolder(async (folder) => {
    for (const colourType of [0, 3] as const) {
      for (const bits of [2, 4, 8] as const) {
        const png = lowBitPng([0, 1, 2, 3, 3, 0], bits, colourType);
        const path = await writeBytes(join(folder, `${colourType}-${bits}.png`), png);
        expect(await valuesOf(path, LABELS)).toEqual([0, 1, 0, 1, 1, 0]);
      }
      const png = lowBitPng([0, 1, 1, 0, 1, 0, 0, 0, 1], 1, colourType);
      const path = await writeBytes(join(folder, `${colourType}-1.png`), png);
      expect(await valuesOf(path, LABELS)).toEqual([0, 1, 1, 0, 1, 0, 0, 0, 1]);
    }
  }));

Deno.test("a palette mask under threshold counts by its colours", () =>
  inFolder(async (folder) => {
    const path = await writeBytes(join(folder, "p.png"), lowBitPng([0, 1, 2, 3], 2, 3));
    expect(await valuesOf(path)).toEqual([1, 0, 1, 0]);
  }));

Deno.test("labels in colours are an error, grey saved as RGB or RGBA is none", () =>
  inFolder(async (folder) => {
    const grey = await writePng(join(folder, "g.png"), 3, [1, 1, 1, 2, 2, 2, 3, 3, 3], 3);
    expect(await valuesOf(grey, LABELS)).toEqual([1, 0, 1]);
    const alpha = await writePng(join(folder, "a.png"), 2, [1, 1, 1, 9, 2, 2, 2, 255], 4);
    expect(await valuesOf(alpha, LABELS)).toEqual([1, 0]);
    const path = await writePng(join(folder, "m.png"), 2, [1, 2, 3, 4, 5, 6], 3);
    expect(await problemWith(readMaskFile(path, LABELS))).toContain(
      "expected labels as a grey or palette PNG, got png with colours. Save the labels as a grey PNG.",
    );
  }));

Deno.test("the mask of a case is the union of its files", () =>
  inFolder(async (folder) => {
    const a = await writePng(join(folder, "a.png"), 2, [255, 0, 0, 0]);
    const b = await writePng(join(folder, "b.png"), 2, [0, 0, 1, 0]); // Its own way of saying 1.
    const mask = await readMask(caseOf([a, b]), { widthPx: 2, heightPx: 2 });
    expect(mask).toEqual({ data: Uint8Array.of(1, 0, 1, 0), widthPx: 2, heightPx: 2 });
  }));

Deno.test("a mask of another size is an error with both sizes; a case without masks, too", () =>
  inFolder(async (folder) => {
    const path = await writePng(join(folder, "a.png"), 2, [255, 0, 0, 0]);
    expect(await problemWith(readMask(caseOf([path]), { widthPx: 4, heightPx: 2 }))).toBe(
      `Cannot read mask ${path} of case c: expected 4×2 pixels, as its image, got 2×2 pixels. ` +
        "Export the mask at the size of its image.",
    );
    expect(await problemWith(readMask(caseOf([]), { widthPx: 4, heightPx: 2 }))).toBe(
      "Cannot read the mask of case c: expected at least one mask file for c.png, got none. " +
        "Add its masks, or leave the case out.",
    );
  }));

Deno.test("a mask follows its EXIF orientation as its image does", () =>
  inFolder(async (folder) => {
    const raw = { width: 2, height: 1, channels: 1 } as const;
    const png = sharp(Uint8Array.of(255, 0), { raw }).withMetadata({ orientation: 8 }).png();
    const path = await writeBytes(join(folder, "m.png"), await png.toBuffer());
    const mask = await readMaskFile(path, THRESHOLD);
    expect([mask.widthPx, mask.heightPx, ...mask.data]).toEqual([1, 2, 0, 1]);
  }));

Deno.test("resizeMask: by hand, down and up", () => {
  const mask = { data: Uint8Array.of(0, 0, 1, 0, 1), widthPx: 5, heightPx: 1 };
  // Centres at 5 * (0.5, 1.5, 2.5) / 3 = 0.83, 2.5, 4.17.
  expect([...resizeMask(mask, 3, 1).data]).toEqual([0, 1, 1]);
  expect([...resizeMask(mask, 10, 1).data]).toEqual([0, 0, 0, 0, 1, 1, 0, 0, 1, 1]);
});

const anyMask: fc.Arbitrary<BinaryMask> = fc.tuple(
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 1, max: 12 }),
).chain(([widthPx, heightPx]) =>
  fc.array(fc.constantFrom(0, 1), { minLength: widthPx * heightPx, maxLength: widthPx * heightPx })
    .map((values) => ({ data: Uint8Array.from(values), widthPx, heightPx }))
);

Deno.test("resizeMask: k times up and back down is the mask itself", () => {
  fc.assert(fc.property(anyMask, fc.integer({ min: 1, max: 5 }), (mask, k) => {
    const large = resizeMask(mask, mask.widthPx * k, mask.heightPx * k);
    expect(resizeMask(large, mask.widthPx, mask.heightPx)).toEqual(mask);
    expect(foregroundFraction(large)).toBeCloseTo(foregroundFraction(mask), 12);
  }));
});

Deno.test("resizing by `any` gives scikit-image's pixels", () =>
  inFolder(async (folder) => {
    for (const [i, example] of golden.small.entries()) {
      const values = [...example.mask].map((digit) => Number(digit) * 255);
      const path = await writePng(join(folder, `${i}.png`), example.widthPx, values);
      const mask = await readMaskResizedAny(caseOf([path]), example.sidePx);
      expect([...mask.data].join("")).toBe(example.any);
    }
  }));

Deno.test("foreground fractions of nuclei at 128²: nearest keeps them, any grows them", async () => {
  const shared = Deno.env.get("PAPILIO_TEST_SHARED");
  if (!shared) return console.log("skipped: masks of nuclei (PAPILIO_TEST_SHARED is not set)");
  const { cases } = await readDataSet(join(shared, "data", "nuclei"));
  for (const expected of golden.nuclei) {
    const item = cases.find(({ id }) => id === expected.id) as Case;
    const mask = await readMask(item, await imageSize(item.imagePath));
    expect(foregroundFraction(mask)).toBeCloseTo(expected.native, 12);
    expect(foregroundFraction(resizeMask(mask, 128, 128))).toBeCloseTo(expected.nearest, 12);
    expect(foregroundFraction(await readMaskResizedAny(item, 128))).toBeCloseTo(expected.any, 12);
  }
});
