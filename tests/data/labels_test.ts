import { join } from "@std/path";
import { expect } from "expect";
import sharp from "sharp";
import type { BinaryMask, Case } from "papilio/data/case.ts";
import { labelParts, maskOfLabels, readLabels, renumber } from "papilio/data/labels.ts";
import { inFolder } from "./_files.ts";

function maskOf(...rows: string[]): BinaryMask {
  const data = Uint8Array.from(rows.join(""), (character) => character === "#" ? 1 : 0);
  return { data, widthPx: rows[0]?.length ?? 0, heightPx: rows.length };
}

const rowsOf = ({ data, widthPx }: { data: Int32Array; widthPx: number }) =>
  [...data].join("").match(new RegExp(`.{${widthPx}}`, "g"));

// By hand, and the same by skimage.measure.label with connectivity 1 and 2.
const mask = maskOf(
  ".#..##",
  "#...#.",
  "#.#..#",
  "..##..",
);

Deno.test("parts that touch along sides", () => {
  expect(rowsOf(labelParts(mask, 4))).toEqual(["010022", "300020", "304005", "004400"]);
});

Deno.test("parts that touch at corners too", () => {
  const labels = labelParts(mask);
  expect(rowsOf(labels)).toEqual(["010022", "100020", "103002", "003300"]);
  expect(labels.count).toBe(3);
  expect(maskOfLabels(labels)).toEqual(mask);
});

Deno.test("numbers without gaps, in their order", () => {
  const labels = renumber(Int32Array.of(9, 0, 4, 0, 4, 12), { widthPx: 3, heightPx: 2 });
  expect(labels).toEqual({
    data: Int32Array.of(2, 0, 1, 0, 1, 3),
    widthPx: 3,
    heightPx: 2,
    count: 3,
  });
});

async function caseOf(folder: string, masks: readonly string[][]): Promise<Case> {
  const maskPaths = masks.map((_, i) => join(folder, `${i}.png`));
  for (const [i, rows] of masks.entries()) {
    const { data, widthPx: width, heightPx: height } = maskOf(...rows);
    await sharp(data.map((value) => 255 * value), { raw: { width, height, channels: 1 } })
      .png().toFile(maskPaths[i] as string);
  }
  return { id: "a", imagePath: "a.png", maskPaths, maskEncoding: { kind: "threshold" } };
}

Deno.test("one object a file; the first file keeps a pixel of two, and empty files are none", async () => {
  await inFolder(async (folder) => {
    const item = await caseOf(folder, [["##..", "...."], ["....", "...."], [".###", "#..."]]);
    const labels = await readLabels(item, { widthPx: 4, heightPx: 2 });
    expect(rowsOf(labels)).toEqual(["1122", "2000"]);
    expect(labels.count).toBe(2);
  });
});

Deno.test("one file for all: its connected parts", async () => {
  await inFolder(async (folder) => {
    const item = await caseOf(folder, [["##.#", "...."]]);
    const labels = await readLabels(item, { widthPx: 4, heightPx: 2 });
    expect(rowsOf(labels)).toEqual(["1102", "0000"]);
    await expect(readLabels(item, { widthPx: 2, heightPx: 2 })).rejects.toThrow("a");
  });
});
