import { join } from "@std/path";
import { expect } from "expect";
import sharp from "sharp";
import { sortedNames } from "papilio/core/files.ts";
import { writeAnnotationSet } from "papilio/predict/annotation_manifest.ts";
import { exportMasks } from "papilio/predict/export.ts";
import { photosAt } from "papilio/predict/sources.ts";
import { halves, inFolder, parseCsv, withPredictor } from "./_fixtures.ts";

/** Exports what is in `<folder>/photos` to `<folder>/masks`. */
async function exportPhotos(folder: string): Promise<string> {
  const out = join(folder, "masks");
  await withPredictor(async (predictor) => {
    const { photos } = await photosAt(join(folder, "photos"), { layout: "photos" });
    await exportMasks(predictor, photos, { out });
  });
  return out;
}

async function readManifest(path: string): Promise<Record<string, string>[]> {
  return parseCsv(await Deno.readTextFile(path));
}

/** A black picture of the network's size with white rectangles, each `[left, top, width, height]`. */
function drawing(...boxes: [number, number, number, number][]) {
  const data = new Uint8Array(64 * 64 * 3);
  for (const [left, top, width, height] of boxes) {
    for (let y = top; y < top + height; y++) {
      data.fill(255, (y * 64 + left) * 3, (y * 64 + left + width) * 3);
    }
  }
  return sharp(data, { raw: { width: 64, height: 64, channels: 3 } });
}

Deno.test("a row for each finished photo: two pictures, hidden columns, the objects as they are shown", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "photos"));
    await halves(300, 200).jpeg().toFile(join(folder, "photos", "0010, a.jpg"));
    // The second object is a speck: fewer than 4096 / 1000 pixels.
    await drawing([40, 10, 20, 4], [2, 2, 2, 2], [10, 40, 8, 8]).png()
      .toFile(join(folder, "photos", "b.png"));
    await Deno.writeTextFile(join(folder, "photos", "broken.jpg"), "no picture");
    const out = join(folder, "set");
    const masks = await exportPhotos(folder);
    const { subjects, manifestPath } = await writeAnnotationSet(masks, { out, longestSidePx: 150 });
    expect(subjects).toBe(2);
    const [half, drawn] = await readManifest(manifestPath);

    expect(half?.id).toBe("0010, a");
    expect(half?.image).toBe("0010__a_photo.jpg");
    expect([half?.["#photo_width"], half?.["#photo_height"]]).toEqual(["300", "200"]);
    expect([half?.["#width"], half?.["#height"]]).toEqual(["150", "100"]);
    expect(JSON.parse(half?.["#objects"] ?? "")).toEqual([
      { box: [75, 0, 75, 100], centroid: [112.5, 50], area: 7500 },
    ]);
    expect([drawn?.image, drawn?.overlay]).toEqual(["b_photo.jpg", "b_overlay.jpg"]);
    expect(JSON.parse(drawn?.["#objects"] ?? "")).toEqual([
      { box: [40, 10, 20, 4], centroid: [50, 12], area: 80 },
      { box: [10, 40, 8, 8], centroid: [14, 44], area: 64 },
    ]);
    expect(drawn?.["#object_count"]).toBe("2");

    const files = [half, drawn].flatMap((row) => [row?.image, row?.overlay]);
    expect(await sortedNames(out)).toEqual([...files, "manifest.csv"].sort());
    for (const file of files.slice(0, 2)) {
      const { width, height, format } = await sharp(join(out, file ?? "")).metadata();
      expect([width, height, format]).toEqual([150, 100, "jpeg"]);
    }
  });
});

Deno.test("no cell is empty, and none but image and overlay is the name of a file", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "photos"));
    for (const name of ["a b.jpg", "a_b.jpg", "a_b_overlay.jpg"]) {
      await drawing().png().toFile(join(folder, "photos", name));
    }
    const out = join(folder, "set");
    const { manifestPath } = await writeAnnotationSet(await exportPhotos(folder), { out });
    const names = await sortedNames(out);
    expect(names.length).toBe(2 * 3 + 1);
    for (const row of await readManifest(manifestPath)) {
      const { image, overlay, ...others } = row;
      expect(names).toEqual(expect.arrayContaining([image, overlay]));
      for (const value of Object.values(others)) {
        expect(value).not.toBe("");
        expect(names).not.toContain(value);
      }
    }
  });
});

Deno.test("pictures are brought below the limit, both to one size", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "photos"));
    const noise = Uint8Array.from({ length: 400 * 300 * 3 }, (_, i) => (i * i * 7919) % 251);
    await sharp(noise, { raw: { width: 400, height: 300, channels: 3 } }).withExif({
      IFD0: { Copyright: "nobody" },
    }).jpeg({ quality: 100 }).toFile(join(folder, "photos", "noise.jpg"));
    const [masks, out] = [await exportPhotos(folder), join(folder, "set")];
    const { manifestPath } = await writeAnnotationSet(masks, { out, mostBytes: 20_000 });
    const [row] = await readManifest(manifestPath);
    for (const name of [row?.image, row?.overlay]) {
      const path = join(out, name ?? "");
      expect((await Deno.stat(path)).size).toBeLessThanOrEqual(20_000);
      const { width, height, exif } = await sharp(path).metadata();
      expect([String(width), String(height)]).toEqual([row?.["#width"], row?.["#height"]]);
      expect(width).toBeLessThan(400);
      expect(Math.abs(width / height - 4 / 3)).toBeLessThan(0.02);
      expect(exif).toBeUndefined();
    }
    await expect(writeAnnotationSet(masks, { out, mostBytes: 200 })).rejects.toThrow(
      "expected a limit that a small picture keeps, got 200 bytes.",
    );
  });
});

Deno.test("a tiny photo is shown as it is", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "photos"));
    await halves(8, 6).png().toFile(join(folder, "photos", "tiny.png"));
    const out = join(folder, "set");
    const { manifestPath } = await writeAnnotationSet(await exportPhotos(folder), { out });
    const [row] = await readManifest(manifestPath);
    expect([row?.["#width"], row?.["#height"]]).toEqual(["8", "6"]);
  });
});

Deno.test("what is no export, has nothing finished, or no longer fits its photos, is told", async () => {
  await inFolder(async (folder) => {
    const out = join(folder, "set");
    await expect(writeAnnotationSet(folder, { out })).rejects.toThrow(
      `Cannot use what an export has found: expected the folder of an export, with its predictions.csv, got nothing at`,
    );
    await Deno.mkdir(join(folder, "photos"));
    const photo = join(folder, "photos", "a.png");
    await Deno.writeTextFile(photo, "no picture");
    const masks = await exportPhotos(folder);
    await expect(writeAnnotationSet(masks, { out })).rejects.toThrow(
      "expected at least one photo with a mask, got 1 failed one in",
    );
    await drawing().png().toFile(photo);
    await exportPhotos(folder);
    await halves(20, 30).png().toFile(photo);
    await expect(writeAnnotationSet(masks, { out })).rejects.toThrow(
      "expected a photo of 64×64 pixels, as when it was predicted, got 20×30.",
    );
  });
});
