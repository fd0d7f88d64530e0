import { basename, join } from "@std/path";
import { expect } from "expect";
import { parseClasses } from "papilio/core/classes.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { readClassMask } from "papilio/data/class_masks.ts";
import type { DataSet } from "papilio/data/data_set.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { readMask } from "papilio/data/masks.ts";
import { inFolder, writeBytes, writeInstance, writePng } from "./_files.ts";

const MASK = [255, 0, 0, 0];

function faultsOf({ faults }: DataSet): string[] {
  return faults.map(({ kind, id, message }) => `${kind} | ${id} | ${message}`);
}

function idsOf({ cases }: DataSet): string[] {
  return cases.map(({ id }) => id);
}

Deno.test("instances: one image and its masks a folder, sorted; hidden files passed over", () =>
  inFolder(async (folder) => {
    await writeInstance(folder, "b 蝶", [MASK, MASK]);
    await writeInstance(folder, "a", [MASK]);
    await writeBytes(join(folder, ".DS_Store"), "x");
    await writeBytes(join(folder, "a", "masks", "._0.png"), "x");
    const dataSet = await readDataSet(folder);
    expect([dataSet.layout, ...idsOf(dataSet)]).toEqual(["instances", "a", "b 蝶"]);
    expect(dataSet.cases[1]?.maskPaths.map((path) => basename(path))).toEqual(["0.png", "1.png"]);
    expect(dataSet.cases[0]?.maskEncoding).toEqual({ kind: "threshold" });
    expect(dataSet.faults).toEqual([]);
  }));

Deno.test("instances: any image extension", () =>
  inFolder(async (folder) => {
    await writePng(join(folder, "a", "images", "x.JPG"), 2, MASK);
    await writePng(join(folder, "a", "masks", "y.TIFF"), 2, MASK);
    const [item] = (await readDataSet(folder)).cases;
    expect([basename(item?.imagePath ?? ""), item?.maskPaths.length]).toEqual(["x.JPG", 1]);
  }));

Deno.test("instances: every fault that names show, in one go", () =>
  inFolder(async (folder) => {
    await writeInstance(folder, "good", [MASK]);
    await writeInstance(folder, "no masks", []);
    await writePng(join(folder, "no image", "masks", "0.png"), 2, MASK);
    await writeInstance(folder, "two", [MASK]);
    await writePng(join(folder, "two", "images", "other.png"), 2, MASK);
    await writeBytes(join(folder, "elsewhere", "notes.txt"), "x");
    await writeBytes(join(folder, "labels.csv"), "x");
    await writeBytes(join(folder, "good", "masks", "list.txt"), "x");
    const dataSet = await readDataSet(folder);
    expect(idsOf(dataSet)).toEqual(["good", "no masks"]);
    expect(faultsOf(dataSet).toSorted()).toEqual([
      "missing image | no image | there is no image",
      "missing masks | no masks | there is no mask",
      "several images | two | there are 2 images: other.png, two.png",
      "stray file |  | labels.csv is not used",
      "stray file |  | list.txt is not used",
      "stray file |  | the folder elsewhere has neither images nor masks",
    ]);
  }));

Deno.test("parts: found where there are no masks, else when asked for", () =>
  inFolder(async (folder) => {
    await writePng(join(folder, "a", "images", "a.png"), 2, MASK);
    await writePng(join(folder, "a", "parts", "wings.png"), 2, MASK);
    await writePng(join(folder, "a", "parts", "body.png"), 2, MASK);
    await writeBytes(join(folder, "a", "parts", "._body.png"), "x");
    const alone = await readDataSet(folder);
    expect([alone.layout, ...idsOf(alone), ...faultsOf(alone)]).toEqual(["parts", "a"]);
    expect(alone.cases[0]?.maskPaths.map((path) => basename(path))).toEqual([
      "body.png",
      "wings.png",
    ]);
    await writeInstance(folder, "b", [MASK]);
    expect((await readDataSet(folder)).layout).toBe("instances");
    const named = await readDataSet(folder, "parts");
    expect([named.layout, ...idsOf(named)]).toEqual(["parts", "a", "b"]);
    expect(faultsOf(named)).toEqual(["missing masks | b | there is no mask"]);
  }));

Deno.test("instances: images alone are cases without masks", () =>
  inFolder(async (folder) => {
    await writePng(join(folder, "a", "images", "a.png"), 2, MASK);
    expect((await readDataSet(folder)).layout).toBe("instances");
    expect(await messageFor(folder, "parts")).toContain("<id>/parts/* (parts), got 1 folder");
  }));

Deno.test("pets: trimaps 1 and 3 are foreground, and the lists are the split", () =>
  inFolder(async (folder) => {
    for (const id of ["Cat_1", "Cat_2", "dog_1"]) {
      await writePng(join(folder, "images", `${id}.jpg`), 3, Array(9).fill(7), 3);
      await writePng(join(folder, "annotations", "trimaps", `${id}.png`), 3, [1, 2, 3]);
    }
    await writeBytes(join(folder, "annotations", "trimaps", "._Cat_1.png"), "x");
    await writeBytes(join(folder, "images", "Cat_1.mat"), "x");
    await writeBytes(
      join(folder, "annotations", "trainval.txt"),
      "#id\nCat_1 1 1 1\nCat_2 1 1 1\n",
    );
    await writeBytes(join(folder, "annotations", "test.txt"), "dog_1 2 2 1\r\ngone_9 2 2 1\r\n");
    const dataSet = await readDataSet(folder);
    expect([dataSet.layout, ...idsOf(dataSet)]).toEqual(["pets", "Cat_1", "Cat_2", "dog_1"]);
    expect([...dataSet.listedSplit ?? []]).toEqual([
      ["Cat_1", "train"],
      ["Cat_2", "train"],
      ["dog_1", "test"],
      ["gone_9", "test"],
    ]);
    expect(faultsOf(dataSet)).toEqual([
      "stray file |  | Cat_1.mat is not used",
      "listed but absent | gone_9 | it is in the test list, but has no image",
    ]);
    const [item] = dataSet.cases;
    const mask = item && await readMask(item, { widthPx: 3, heightPx: 1 });
    expect([...mask?.data ?? []]).toEqual([1, 0, 1]);
  }));

Deno.test("leeds: images beside segmentations/<id>_seg0.png", () =>
  inFolder(async (folder) => {
    await writePng(join(folder, "images", "0010001.png"), 4, Array(12).fill(7), 3);
    await writePng(join(folder, "segmentations", "0010001_seg0.png"), 4, [0, 1, 2, 3]);
    const dataSet = await readDataSet(folder);
    expect([dataSet.layout, ...idsOf(dataSet)]).toEqual(["leeds", "0010001"]);
    const [item] = dataSet.cases;
    const mask = item && await readMask(item, { widthPx: 4, heightPx: 1 });
    expect([...mask?.data ?? []]).toEqual([0, 1, 0, 1]);
  }));

Deno.test("paired: by stem; what has no partner, or two, is a fault", () =>
  inFolder(async (folder) => {
    for (const name of ["a.jpg", "b.png", "c.png", "c.jpg"]) {
      await writePng(join(folder, "images", name), 2, MASK);
    }
    for (const name of ["a.png", "c.png", "d.png"]) {
      await writePng(join(folder, "masks", name), 2, MASK);
    }
    const dataSet = await readDataSet(folder);
    expect([dataSet.layout, ...idsOf(dataSet)]).toEqual(["paired", "a", "b"]);
    expect(faultsOf(dataSet)).toEqual([
      "several images | c | c.jpg and c.png have the same name",
      "missing masks | b | there is no mask",
      "missing image | d | d.png has no image",
    ]);
  }));

Deno.test("a class table is used in every layout, and overrides its labels", () =>
  inFolder(async (folder) => {
    const image = Array(12).fill(7);
    const sets = {
      pets: [join("images", "a.jpg"), join("annotations", "trimaps", "a.png")],
      leeds: [join("images", "a.png"), join("segmentations", "a_seg0.png")],
      paired: [join("images", "a.png"), join("masks", "a.tif")],
      instances: [join("a", "images", "a.png"), join("a", "masks", "0.png")],
      parts: [join("a", "images", "a.png"), join("a", "parts", "body.png")],
    };
    for (const [layout, [imageName = "", maskName = ""]] of Object.entries(sets)) {
      await writePng(join(folder, layout, imageName), 4, image, 3);
      await writePng(join(folder, layout, maskName), 4, [0, 1, 2, 3]);
      const dataSet = await readDataSet(join(folder, layout));
      expect(dataSet.layout).toBe(layout);
      const [item] = dataSet.cases;
      const size = { widthPx: 4, heightPx: 1 };
      const mask = item && await readClassMask(item, size, parseClasses("rest,three=3,two=2"));
      expect([...mask?.data ?? []]).toEqual([0, 0, 2, 1]);
    }
  }));

async function messageFor(folder: string, layout?: "pets" | "parts"): Promise<string> {
  const error = await readDataSet(folder, layout).then(() => null, (thrown) => thrown);
  expect(error).toBeInstanceOf(PapilioError);
  return error.message;
}

Deno.test("a folder that fits no layout: what was looked for, and what was found", () =>
  inFolder(async (folder) => {
    await writeBytes(join(folder, "photo.png"), "x");
    await writeBytes(join(folder, "sub", "photo.png"), "x");
    expect(await messageFor(folder)).toBe(
      `Cannot read the data set ${folder}: expected images/<id>.jpg and annotations/trimaps/<id>.png ` +
        "(pets), or images/<id>.png and segmentations/<id>_seg0.png (leeds), or images/<id>.* and " +
        "masks/<id>.* (paired), or <id>/images/* and <id>/masks/* (instances), or " +
        "<id>/images/* and <id>/parts/* (parts), got 1 folder and 1 file: sub/, photo.png. Give " +
        "the folder that holds these, or name its layout with --layout.",
    );
    expect(await messageFor(folder, "pets")).toContain("trimaps/<id>.png (pets), got 1 folder");
    const absent = join(folder, "absent");
    expect(await messageFor(absent)).toBe(
      `Cannot read the data set ${absent}: expected a folder, got nothing at this path. Check the path.`,
    );
  }));
