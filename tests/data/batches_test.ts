import { expect } from "expect";
import { join } from "@std/path";
import sharp from "sharp";
import { IGNORED, parseClasses } from "papilio/core/classes.ts";
import { resolveConfig } from "papilio/core/config.ts";
import { Random } from "papilio/core/random.ts";
import { augment } from "papilio/data/augment.ts";
import { type Batch, BatchSource, type EpochOptions } from "papilio/data/batches.ts";
import type { Case } from "papilio/data/case.ts";
import { readClassMask } from "papilio/data/class_masks.ts";
import { decodeResized, imageSize } from "papilio/data/decode.ts";
import { readMask, resizeMask } from "papilio/data/masks.ts";

const sidePx = 32;
const options = {
  sidePx,
  maskResize: "nearest" as const,
  cacheMegabytes: 10,
  seed: 11,
  augment: { ...resolveConfig().augment, enabled: true },
};

/** Seven cases of noise with masks that are half full, in a new folder. */
async function withCases(body: (cases: Case[], folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const ids = ["a", "b", "c", "d", "e", "f", "g"];
    await body(await Promise.all(ids.map((id, i) => writeCase(folder, id, i))), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function writeCase(folder: string, id: string, index: number): Promise<Case> {
  const width = 40 + index;
  const height = 30;
  const random = Random.from(index);
  const pixels = Uint8Array.from({ length: width * height * 3 }, () => random.integer(0, 255));
  const half = Uint8Array.from(
    { length: width * height },
    (_, i) => i % width < width / 2 ? 255 : 0,
  );
  const imagePath = join(folder, `${id}.png`);
  const maskPath = join(folder, `${id}_mask.png`);
  await sharp(pixels, { raw: { width, height, channels: 3 } }).png().toFile(imagePath);
  await sharp(half, { raw: { width, height, channels: 1 } }).png().toFile(maskPath);
  return { id, imagePath, maskPaths: [maskPath], maskEncoding: { kind: "threshold" } };
}

async function batchesOf(source: BatchSource, epoch: EpochOptions): Promise<Batch[]> {
  return await Array.fromAsync(source.epoch(epoch));
}

Deno.test("every case once, in order, the last batch smaller", async () => {
  await withCases(async (cases) => {
    const source = new BatchSource(cases, options);
    const batches = await batchesOf(source, { batchSize: 3 });
    expect(batches.map((batch) => batch.ids.join(""))).toEqual(["abc", "def", "g"]);
    expect(batches.map((batch) => batch.size)).toEqual([3, 3, 1]);
    expect(batches[2]?.images.length).toBe(sidePx * sidePx * 3);
  });
});

Deno.test("a batch holds the resized images and masks, one after another", async () => {
  await withCases(async (cases) => {
    const [batch] = await batchesOf(new BatchSource(cases, options), { batchSize: 7 });
    const pixels = sidePx * sidePx;
    for (const [i, item] of cases.entries()) {
      const image = await decodeResized(item.imagePath, sidePx);
      const mask = await readMask(item, await imageSize(item.imagePath));
      expect(batch?.images.slice(i * pixels * 3, (i + 1) * pixels * 3)).toEqual(image.data);
      expect(batch?.masks.slice(i * pixels, (i + 1) * pixels))
        .toEqual(resizeMask(mask, sidePx, sidePx).data);
    }
    expect(new Set(batch?.masks)).toEqual(new Set([0, 1]));
  });
});

Deno.test("maskResize any grows masks", async () => {
  await withCases(async (cases) => {
    const foreground = async (maskResize: "nearest" | "any") => {
      const source = new BatchSource(cases, { ...options, maskResize });
      const [batch] = await batchesOf(source, { batchSize: 7 });
      return batch?.masks.reduce((sum, value) => sum + value, 0) ?? 0;
    };
    expect(await foreground("any")).toBeGreaterThan(await foreground("nearest"));
  });
});

Deno.test("order and augmentation follow from seed and epoch, whatever was run before", async () => {
  await withCases(async (cases) => {
    const epoch = { batchSize: 4, epoch: 3, shuffle: true, augment: true };
    const through = new BatchSource(cases, options);
    for (const before of [0, 1, 2]) await batchesOf(through, { ...epoch, epoch: before });
    const third = await batchesOf(through, epoch);
    expect(await batchesOf(new BatchSource(cases, options), epoch)).toEqual(third);
    const ids = (batches: Batch[]) => batches.flatMap((batch) => batch.ids);
    expect(ids(third).toSorted()).toEqual(cases.map((item) => item.id));
    expect(ids(third)).not.toEqual(cases.map((item) => item.id));
    expect(ids(await batchesOf(through, { ...epoch, epoch: 4 }))).not.toEqual(ids(third));
    const otherSeed = new BatchSource(cases, { ...options, seed: 12 });
    expect(await batchesOf(otherSeed, epoch)).not.toEqual(third);
  });
});

Deno.test("a case is augmented by its own stream, and only if asked", async () => {
  await withCases(async (cases) => {
    const source = new BatchSource(cases.slice(0, 1), options);
    const [plain] = await batchesOf(source, { batchSize: 1, epoch: 2 });
    const [varied] = await batchesOf(source, { batchSize: 1, epoch: 2, augment: true });
    const size = { widthPx: sidePx, heightPx: sidePx };
    const expected = augment(
      { data: plain!.images, ...size },
      { data: plain!.masks, ...size },
      options.augment,
      Random.from(options.seed, "augment", 2, "a"),
    );
    expect(varied!.images).toEqual(expected.image.data);
    expect(varied!.masks).toEqual(expected.mask.data);
    for (const none of [null, { ...options.augment, enabled: false }]) {
      const unvaried = new BatchSource(cases.slice(0, 1), { ...options, augment: none });
      expect(await batchesOf(unvaried, { batchSize: 1, epoch: 2, augment: true })).toEqual([plain]);
    }
  });
});

Deno.test("cached and uncached give the same bytes, and the cache keeps to its cap", async () => {
  await withCases(async (cases, folder) => {
    const epoch = { batchSize: 3, epoch: 1, shuffle: true, augment: true };
    const none = new BatchSource(cases, { ...options, cacheMegabytes: 0 });
    const threeCases = 3.5 * sidePx * sidePx * 4 / 1e6;
    const some = new BatchSource(cases, { ...options, cacheMegabytes: threeCases });
    const all = new BatchSource(cases, options);
    const first = await batchesOf(none, epoch);
    for (const source of [none, some, some, all]) {
      expect(await batchesOf(source, epoch)).toEqual(first);
    }
    expect([none, some, all].map((source) => source.cachedCount)).toEqual([0, 3, 7]);
    await Deno.remove(folder, { recursive: true });
    expect(await batchesOf(all, epoch)).toEqual(first);
    await expect(batchesOf(some, epoch)).rejects.toThrow("Cannot");
    await Deno.mkdir(folder);
  });
});

Deno.test("a case that cannot be read is named, after the batches before it", async () => {
  await withCases(async (cases, folder) => {
    await Deno.writeTextFile(join(folder, "e.png"), "no image");
    const ids: string[] = [];
    const read = async () => {
      for await (const batch of new BatchSource(cases, options).epoch({ batchSize: 2 })) {
        ids.push(...batch.ids);
      }
    };
    await expect(read()).rejects.toThrow(/Cannot .*case e\b/);
    expect(ids.join("")).toBe("abcd");
  });
});

Deno.test("leaving an epoch early leaves no failure unhandled", async () => {
  await withCases(async (cases, folder) => {
    await Deno.writeTextFile(join(folder, "c.png"), "no image");
    await Deno.writeTextFile(join(folder, "d_mask.png"), "no image");
    const unhandled: unknown[] = [];
    const listener = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      unhandled.push(event.reason);
    };
    globalThis.addEventListener("unhandledrejection", listener);
    for await (const _ of new BatchSource(cases, options).epoch({ batchSize: 1 })) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
    globalThis.removeEventListener("unhandledrejection", listener);
    expect(unhandled).toEqual([]);
  });
});

Deno.test("with classes, masks hold their numbers, and 255 where there is none", async () => {
  await withCases(async (cases) => {
    const classes = parseClasses("left=255,never=7");
    const source = new BatchSource(cases, { ...options, classes });
    for (const augment of [false, true]) {
      const [batch] = await batchesOf(source, { batchSize: 7, augment });
      expect(batch?.masks.length).toBe(7 * sidePx * sidePx);
      expect([...new Set(batch?.masks)].toSorted()).toEqual([0, IGNORED]);
      if (augment) continue;
      for (const [i, item] of cases.entries()) {
        const size = await imageSize(item.imagePath);
        const mask = resizeMask(await readClassMask(item, size, classes), sidePx, sidePx);
        const start = i * sidePx * sidePx;
        expect(batch?.masks.subarray(start, start + sidePx * sidePx)).toEqual(mask.data);
      }
    }
  });
});

Deno.test("images have the channels that the network takes", async () => {
  await withCases(async (cases) => {
    const grey = new BatchSource(cases, { ...options, channels: 1 });
    const [batch] = await batchesOf(grey, { batchSize: 7 });
    const first = await decodeResized(cases[0]!.imagePath, sidePx, { channels: 1 });
    expect(batch?.images.length).toBe(7 * sidePx * sidePx);
    expect(batch?.images.subarray(0, sidePx * sidePx)).toEqual(first.data);
    const [varied] = await batchesOf(grey, { batchSize: 7, augment: true });
    expect(varied?.images.length).toBe(7 * sidePx * sidePx);
    const four = new BatchSource(cases, { ...options, channels: 4 });
    await expect(batchesOf(four, { batchSize: 1 })).rejects.toThrow(
      "of case a: expected 4 channels",
    );
  });
});

Deno.test("classes cannot be resized by `any`", () => {
  const classes = parseClasses("background,a=1,b=2");
  expect(() => new BatchSource([], { ...options, classes, maskResize: "any" })).toThrow(
    'Cannot resize masks of 3 classes by "any": expected "nearest"; "any" would let every class ' +
      'grow over the others, got "any". Leave --mask-resize out, or --classes.',
  );
});

Deno.test("more channels fill the cache sooner", async () => {
  await withCases(async (cases) => {
    const cacheMegabytes = 3 * sidePx * sidePx * 4 / 1e6; // Three of RGB and mask.
    const rgb = new BatchSource(cases, { ...options, cacheMegabytes });
    const grey = new BatchSource(cases, { ...options, cacheMegabytes, channels: 1 });
    await batchesOf(rgb, { batchSize: 7 });
    await batchesOf(grey, { batchSize: 7 });
    expect([rgb.cachedCount, grey.cachedCount]).toEqual([3, 6]);
  });
});
