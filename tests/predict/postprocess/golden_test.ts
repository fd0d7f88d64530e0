import { join } from "@std/path";
import { expect } from "expect";
import sharp from "sharp";
import type { BinaryMask } from "papilio/data/case.ts";
import { imageSize } from "papilio/data/decode.ts";
import { depths } from "papilio/data/distances.ts";
import { labelParts } from "papilio/data/labels.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { readMask } from "papilio/data/masks.ts";
import { close, dilate, erode, open } from "papilio/predict/postprocess/disks.ts";
import { fillHoles, removeSmallParts } from "papilio/predict/postprocess/parts.ts";
import { watershed } from "papilio/predict/postprocess/watershed.ts";

const folder = join(import.meta.dirname!, "../../golden/postprocess");
type Entry = Record<string, unknown> & { case: string; smallAreaPx: number; labels?: string };
const golden: Entry[] = JSON.parse(await Deno.readTextFile(join(folder, "postprocess.json")));

async function summary({ data }: BinaryMask) {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(data));
  return {
    areaPx: data.reduce((sum, value) => sum + value, 0),
    sha256: new Uint8Array(digest).toHex(),
  };
}

async function forEachMask(use: (mask: BinaryMask, entry: Entry) => Promise<void>) {
  const shared = Deno.env.get("PAPILIO_TEST_SHARED");
  if (!shared) return console.log("skipped: real masks (PAPILIO_TEST_SHARED is not set)");
  const sets = new Map<string, Awaited<ReturnType<typeof readDataSet>>>();
  for (const entry of golden) {
    const [set, id] = entry.case.split("/") as [string, string];
    if (!sets.has(set)) sets.set(set, await readDataSet(join(shared, "data", set)));
    const item = sets.get(set)!.cases.find((one) => one.id === id)!;
    await use(await readMask(item, await imageSize(item.imagePath)), entry);
  }
}

Deno.test("morphology of real masks is that of scikit-image and SciPy, to the pixel", () =>
  forEachMask(async (mask, entry) => {
    const inverse = { ...mask, data: mask.data.map((value) => 1 - value) };
    const results: [string, BinaryMask][] = [
      ["mask", mask],
      ["dilate3", dilate(mask, 3)],
      ["erode2", erode(mask, 2)],
      ["open1", open(mask, 1)],
      ["open4", open(mask, 4)],
      ["close2", close(mask, 2)],
      ["close5", close(mask, 5)],
      ["fillHoles", fillHoles(inverse)],
      ["removeSmall4", removeSmallParts(mask, entry.smallAreaPx, 4)],
      ["removeSmall8", removeSmallParts(mask, entry.smallAreaPx, 8)],
    ];
    for (const [name, result] of results) {
      expect([entry.case, name, await summary(result)]).toEqual([entry.case, name, entry[name]]);
    }
  }));

Deno.test("the watershed of real nuclei is scikit-image's, at equal heights too", () =>
  forEachMask(async (mask, entry) => {
    if (!entry.labels) return;
    const { data } = await sharp(join(folder, entry.labels)).toColourspace("grey16")
      .raw({ depth: "ushort" }).toBuffer({ resolveWithObject: true });
    const expected = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
    const markers = labelParts(erode(mask, 4));
    expect(markers.count).toBe(entry["markers"]);
    const labels = watershed(depths(mask), markers, { mask });
    const differing = labels.data.reduce((n, label, i) => label === expected[i] ? n : n + 1, 0);
    expect([entry.case, differing]).toEqual([entry.case, 0]);
  }));
