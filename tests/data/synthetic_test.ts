import { createHash } from "node:crypto";
import { expect } from "expect";
import { join } from "@std/path";
import sharp from "sharp";
import { Random } from "papilio/core/random.ts";
import { exists } from "papilio/core/files.ts";
import { drawScene, labelMapSvg } from "papilio/data/_scene.ts";
import { makeSyntheticDataSet } from "papilio/data/synthetic.ts";

const small = { count: 8, seed: 7, minSidePx: 64, maxSidePx: 128 };

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every file with its hash, by path. */
async function hashes(folder: string, below = ""): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const entry of Deno.readDir(join(folder, below))) {
    const path = join(below, entry.name);
    if (entry.isDirectory) Object.assign(found, await hashes(folder, path));
    else {
      const bytes = await Deno.readFile(join(folder, path));
      found[path] = createHash("sha256").update(bytes).digest("hex");
    }
  }
  return found;
}

async function namesIn(...parts: string[]): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(join(...parts)), (entry) => entry.name)).sort();
}

async function readGrey(path: string) {
  expect((await sharp(path).metadata()).channels).toBe(1);
  const { data, info } = await sharp(path).extractChannel(0).raw().toBuffer({
    resolveWithObject: true,
  });
  return { data, widthPx: info.width, heightPx: info.height };
}

Deno.test("the same seed gives the same bytes, another seed others", async () => {
  await withFolder(async (folder) => {
    await makeSyntheticDataSet(join(folder, "a"), small);
    await makeSyntheticDataSet(join(folder, "b"), small);
    await makeSyntheticDataSet(join(folder, "c"), { ...small, seed: 8 });
    const first = await hashes(join(folder, "a"));
    expect(await hashes(join(folder, "b"))).toEqual(first);
    const image = Object.keys(first).find((path) => path.includes("masks")) as string;
    expect((await hashes(join(folder, "c")))[image]).not.toBe(first[image]);
  });
});

Deno.test("a longer set begins with the shorter one", async () => {
  await withFolder(async (folder) => {
    await makeSyntheticDataSet(join(folder, "a"), { ...small, count: 2 });
    await makeSyntheticDataSet(join(folder, "b"), { ...small, count: 3 });
    const { "sample.json": _, ...cases } = await hashes(join(folder, "a"));
    expect(await hashes(join(folder, "b"))).toMatchObject(cases);
  });
});

Deno.test("cases: instance masks that are disjoint, parts that make them up, sizes that vary", async () => {
  await withFolder(async (parent) => {
    const folder = join(parent, "set");
    const heard: number[] = [];
    await makeSyntheticDataSet(folder, {
      ...small,
      jpegShare: 0.5,
      onProgress: (done) => heard.push(done),
    });
    expect(heard).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const ids = (await namesIn(folder)).filter((name) => name !== "sample.json");
    expect(ids.length).toBe(8);
    expect(ids[0]).toBe("sample_0001");
    const sizes = new Set<string>();
    const formats = new Set<string>();
    let mostInstances = 0;
    for (const id of ids) {
      const images = await namesIn(folder, id, "images");
      expect(images.length).toBe(1);
      const { width, height, format, channels } = await sharp(
        join(folder, id, "images", images[0] as string),
      ).metadata();
      expect(channels).toBe(3);
      sizes.add(`${width}x${height}`);
      formats.add(format);
      const maskNames = await namesIn(folder, id, "masks");
      expect(maskNames).toEqual(maskNames.map((_, k) => `${id}_${k}.png`));
      mostInstances = Math.max(mostInstances, maskNames.length);
      const count = await coverage(folder, id, "masks", maskNames, width, height);
      const parts = await coverage(
        folder,
        id,
        "parts",
        await namesIn(folder, id, "parts"),
        width,
        height,
      );
      expect(Math.max(...count)).toBe(1);
      expect(parts).toEqual(count);
    }
    expect(sizes.size).toBe(8);
    expect(formats).toEqual(new Set(["png", "jpeg"]));
    expect(mostInstances).toBeGreaterThan(1);
  });
});

/** In how many of the masks each pixel lies. */
async function coverage(
  folder: string,
  id: string,
  kind: string,
  names: string[],
  widthPx: number,
  heightPx: number,
): Promise<number[]> {
  const count = new Array<number>(widthPx * heightPx).fill(0);
  for (const name of names) {
    const mask = await readGrey(join(folder, id, kind, name));
    expect([mask.widthPx, mask.heightPx]).toEqual([widthPx, heightPx]);
    const values = new Set(mask.data);
    expect(values.has(255) || kind === "parts").toBe(true);
    expect([...values].every((value) => value === 0 || value === 255)).toBe(true);
    mask.data.forEach((value, i) => count[i] = count[i]! + value / 255);
  }
  return count;
}

Deno.test("the masks' edge is the drawing's, to less than a pixel", async () => {
  for (let seed = 0; seed < 6; seed++) {
    const scene = drawScene(
      { minSidePx: 160, maxSidePx: 220, maxButterflies: 3 },
      Random.from(seed),
    );
    const crisp = labelMapSvg(scene);
    const smooth = crisp.replace(`shape-rendering="crispEdges"`, "")
      .replaceAll(/color="rgb\([^)]*\)"/g, `color="white"`);
    const inMask = (await rasterise(crisp)).map((red) => red > 0 ? 1 : 0);
    const cover = await rasterise(smooth); // 0…255: how much of the pixel is butterfly
    const strays = [...inMask].filter((value, i) => value === 1 && cover[i]! < 13).length;
    const missed = [...inMask].filter((value, i) => value === 0 && cover[i]! > 242).length;
    expect({ strays, missed }).toEqual({ strays: 0, missed: 0 });
    const area = cover.reduce((sum, value) => sum + value / 255, 0);
    const maskArea = inMask.reduce((sum, value) => sum + value, 0);
    expect(Math.abs(maskArea / area - 1)).toBeLessThan(0.03);
  }
});

/** The red channel of an SVG. */
async function rasterise(svg: string): Promise<Uint8Array> {
  return await sharp(new TextEncoder().encode(svg)).removeAlpha().extractChannel(0).raw()
    .toBuffer();
}

Deno.test("a whole set of the same settings is kept, anything else is refused", async () => {
  await withFolder(async (parent) => {
    const folder = join(parent, "set");
    const settings = { ...small, count: 2 };
    expect((await makeSyntheticDataSet(folder, settings)).made).toBe(true);
    const before = await hashes(folder);
    expect((await makeSyntheticDataSet(folder, settings)).made).toBe(false);
    const other = makeSyntheticDataSet(folder, { ...settings, count: 3 });
    await expect(other).rejects.toThrow(
      /expected a new or empty folder.*got a set of other settings/s,
    );
    expect(await hashes(folder)).toEqual(before);
    await Deno.writeTextFile(join(parent, "mine.txt"), "mine");
    await expect(makeSyntheticDataSet(parent, settings)).rejects.toThrow("other things in it");
    expect(await Deno.readTextFile(join(parent, "mine.txt"))).toBe("mine");
  });
});

Deno.test("what an interrupted run left does not stand in the way", async () => {
  await withFolder(async (parent) => {
    const folder = join(parent, "set");
    await Deno.mkdir(join(`${folder}.partial`, "sample_0009"), { recursive: true });
    await Deno.mkdir(folder);
    await makeSyntheticDataSet(folder, { ...small, count: 1 });
    expect(await namesIn(folder)).toEqual(["sample.json", "sample_0001"]);
    expect(await exists(`${folder}.partial`)).toBe(false);
  });
});

Deno.test("settings out of range are named", async () => {
  const wrong = (settings: object) => makeSyntheticDataSet("/nowhere", settings);
  await expect(wrong({ count: 0 })).rejects.toThrow(/got count .*data:sample --help/);
  await expect(wrong({ minSidePx: 300, maxSidePx: 200 })).rejects.toThrow(
    "minSidePx is above maxSidePx",
  );
});
