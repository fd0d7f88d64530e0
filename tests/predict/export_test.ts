import { fromFileUrl, join } from "@std/path";
import { expect } from "expect";
import sharp from "sharp";
import { readLabelImage } from "papilio/annotation/label_image.ts";
import { exportMasks } from "papilio/predict/export.ts";
import { writeOutputs } from "papilio/predict/outputs.ts";
import { Predictor } from "papilio/predict/predictor.ts";
import { photosAt } from "papilio/predict/sources.ts";
import {
  brightnessModel,
  halves,
  inFolder,
  parseCsv,
  readPng,
  withPredictor,
} from "./_fixtures.ts";

interface Place {
  photos: string;
  out: string;
}

/** A folder of `count` photos of 40×20 pixels, and one to write to. */
async function withPhotos(count: number, test: (place: Place) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const photos = join(folder, "photos");
    await Deno.mkdir(photos);
    for (let i = 0; i < count; i++) await halves(40, 20).png().toFile(join(photos, `p${i}.png`));
    await test({ photos, out: join(folder, "out") });
  });
}

async function run(predictor: Predictor, { photos, out }: Place, options = {}) {
  const { photos: list } = await photosAt(photos);
  return await exportMasks(predictor, list, { out, ...options });
}

async function rows(place: Place, name = "predictions.csv") {
  return parseCsv(await Deno.readTextFile(join(place.out, name)));
}

async function filesBelow(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) names.push(...await filesBelow(join(folder, name)));
    else names.push(name);
  }
  return names.sort();
}

Deno.test("a mask has the photo's size, 8 bits, and 0 or 255 where the photo is dark or bright", async () => {
  await withPhotos(1, async (place) => {
    await withPredictor(async (predictor) => {
      const summary = await run(predictor, place);
      expect(summary).toMatchObject({ total: 1, done: 1, skipped: 0, failed: 0 });
      expect(summary.wasInterrupted).toBe(false);
    });
    const { data, metadata, info } = await readPng(join(place.out, "p0", "p0_pred.png"));
    expect([metadata.width, metadata.height, metadata.depth, metadata.channels])
      .toEqual([40, 20, "uchar", 1]);
    expect(info.channels).toBe(1);
    const row = [...Array(20).fill(0), ...Array(20).fill(255)];
    expect([...data]).toEqual(Array.from({ length: 20 }, () => row).flat());
  });
});

Deno.test("a table that cannot be written is said with what to do; the masks are not made twice", () =>
  withPhotos(1, async (place) => {
    const table = join(place.out, "predictions.csv");
    await Deno.mkdir(table, { recursive: true }); // As good as one that a spreadsheet holds.
    await withPredictor(async (predictor) => {
      await expect(run(predictor, place)).rejects.toThrow(
        `Cannot write ${table}: expected a file that no other program holds`,
      );
      await Deno.remove(table);
      expect(await run(predictor, place)).toMatchObject({ done: 0, skipped: 1 });
    });
    expect(await rows(place)).toHaveLength(1);
  }));

Deno.test("the table holds a row for each photo", async () => {
  await withPhotos(2, async (place) => {
    await withPredictor((predictor) => run(predictor, place).then(() => {}));
    const table = await rows(place);
    expect(table.map(({ id }) => id)).toEqual(["p0", "p1"]);
    expect(table[0]).toMatchObject({
      source: join(place.photos, "p0.png"),
      width: "40",
      height: "20",
      foreground_fraction: "0.500000",
      status: "done",
      error: "",
    });
    expect(Number(table[0]?.mean_confidence)).toBeGreaterThan(0.95);
    expect(Number(table[0]?.milliseconds)).toBeGreaterThan(0);
    expect(await filesBelow(place.out)).toEqual([
      "p0_pred.png",
      "p1_pred.png",
      "predictions.csv",
      "predictions.journal.jsonl",
    ]);
  });
});

Deno.test("probabilities, overlay and cut-out on request", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "grey.png");
    const grey = { width: 30, height: 50, channels: 3 as const, background: "rgb(51,51,51)" };
    await sharp({ create: grey }).png().toFile(path);
    const out = join(folder, "out");
    await withPredictor(async (predictor) => {
      const { photos } = await photosAt(path);
      await exportMasks(predictor, photos, {
        out,
        probabilities: true,
        overlays: true,
        cutouts: true,
      });
    }, { threshold: 0.1 });
    const file = (ending: string) => join(out, "grey", `grey_${ending}`);
    const probability = await readPng(file("probability.png"));
    expect([probability.metadata.depth, probability.info.channels]).toEqual(["ushort", 1]);
    const values = new Uint16Array(probability.data.buffer);
    expect(new Set(values)).toEqual(new Set([Math.round(51 / 255 * 65535)]));
    const cutout = await readPng(file("cutout.png"));
    expect(cutout.info.channels).toBe(4);
    expect([...cutout.data.slice(0, 4)]).toEqual([51, 51, 51, 255]);
    const overlay = await sharp(file("overlay.jpg")).metadata();
    expect([overlay.format, overlay.width, overlay.height]).toEqual(["jpeg", 30, 50]);
  });
});

Deno.test("a cut-out is transparent outside the mask", async () => {
  await withPhotos(1, async (place) => {
    await withPredictor((predictor) => run(predictor, place, { cutouts: true }).then(() => {}));
    const { data } = await readPng(join(place.out, "p0", "p0_cutout.png"));
    expect([data[3], data[39 * 4 + 3]]).toEqual([0, 255]);
  });
});

Deno.test("a picture of a huge photo is refused before anything is decoded", async () => {
  await inFolder(async (out) => {
    const size = { widthPx: 20000, heightPx: 20000 };
    const map = { data: new Float32Array(1), sidePx: 1 };
    const found = { map, mask: { ...size, data: new Uint8Array() } };
    const options = { out, interpolation: "nearest", overlays: true } as const;
    await expect(writeOutputs({ id: "a", path: "a.png" }, found, options)).rejects.toThrow(
      "Cannot draw an overlay or cut-out of a.png: expected at most 100 million pixels, got " +
        "20000×20000. Leave --overlays and --cutouts away for its mask, or scale it down first.",
    );
  });
});

Deno.test("a second export skips what is done, and keeps its rows", async () => {
  await withPhotos(3, async (place) => {
    await withPredictor(async (predictor) => {
      await run(predictor, place);
      const before = await rows(place);
      await halves(10, 10).png().toFile(join(place.photos, "p9.png"));
      expect(await run(predictor, place)).toMatchObject({ total: 4, done: 1, skipped: 3 });
      expect((await rows(place)).slice(0, 3)).toEqual(before);
    });
  });
});

Deno.test("done is done again: on demand, or if mask, photo, threshold or way of resizing changed", async () => {
  await withPhotos(2, async (place) => {
    await withPredictor(async (predictor) => {
      const again = async (options = {}) => (await run(predictor, place, options)).done;
      expect(await again()).toBe(2);
      expect(await again()).toBe(0);
      expect(await again({ overwrite: true })).toBe(2);
      await Deno.remove(join(place.out, "p1", "p1_pred.png"));
      expect(await again()).toBe(1);
      await halves(50, 50).png().toFile(join(place.photos, "p0.png"));
      expect(await again()).toBe(1);
      expect(await again({ resizeProbabilities: true })).toBe(2);
      expect(await again({ resizeProbabilities: true, overlays: true })).toBe(2);
    });
    await withPredictor(async (predictor) => {
      expect((await run(predictor, place)).done).toBe(2);
    }, { threshold: 0.4 });
  });
});

Deno.test("masks of other photos under the same names are not overwritten unasked", async () => {
  await withPhotos(1, async (place) => {
    await withPredictor(async (predictor) => {
      await run(predictor, place);
      const other = join(place.photos, "..", "other");
      await Deno.mkdir(other);
      await halves(8, 8).png().toFile(join(other, "p0.png"));
      const elsewhere = { photos: other, out: place.out };
      await expect(run(predictor, elsewhere)).rejects.toThrow(
        `Cannot write the mask of ${
          join(other, "p0.png")
        }: expected a folder without masks of other ` +
          `photos under the same names, got "p0", the mask of ${join(place.photos, "p0.png")}. ` +
          "Choose another folder with --out, or replace its masks with --overwrite.",
      );
      expect((await run(predictor, elsewhere, { overwrite: true })).done).toBe(1);
    });
  });
});

Deno.test("a bad photo is a row with its error, the others go on, and it is tried again", async () => {
  await withPhotos(3, async (place) => {
    await Deno.writeTextFile(join(place.photos, "p1.png"), 'no picture, "quoted"');
    await withPredictor(async (predictor) => {
      expect(await run(predictor, place)).toMatchObject({ total: 3, done: 2, failed: 1 });
      const bad = (await rows(place))[1];
      expect(bad).toMatchObject({ id: "p1", width: "0", status: "failed" });
      expect(bad?.error).toContain(`Cannot read image ${join(place.photos, "p1.png")}`);
      await halves(8, 8).png().toFile(join(place.photos, "p1.png"));
      expect(await run(predictor, place)).toMatchObject({ done: 1, skipped: 2, failed: 0 });
      expect((await rows(place))[1]).toMatchObject({ id: "p1", status: "done", error: "" });
    });
  });
});

Deno.test("shards share a folder; an export without a shard joins them and computes nothing", async () => {
  await withPhotos(5, async (place) => {
    await withPredictor(async (predictor) => {
      const first = await run(predictor, place, { shard: { index: 1, count: 2 } });
      const second = await run(predictor, place, { shard: { index: 2, count: 2 } });
      expect([first.done, second.done]).toEqual([3, 2]);
      expect((await rows(place, "predictions.1-of-2.csv")).map(({ id }) => id))
        .toEqual(["p0", "p2", "p4"]);
      expect((await rows(place, "predictions.2-of-2.csv")).map(({ id }) => id)).toEqual([
        "p1",
        "p3",
      ]);
      expect(await run(predictor, place)).toMatchObject({ total: 5, done: 0, skipped: 5 });
    });
    expect((await rows(place)).map(({ id }) => id)).toEqual(["p0", "p1", "p2", "p3", "p4"]);
  });
});

Deno.test("an interrupt ends the work after what is being written, and the next export goes on", async () => {
  await withPhotos(30, async (place) => {
    await withPredictor(async (predictor) => {
      const controller = new AbortController();
      const progress = {
        update: (done: number) => done === 3 && controller.abort(),
        log: () => {},
        stop: () => {},
      };
      const options = { signal: controller.signal, startProgress: () => progress };
      const summary = await run(predictor, place, options);
      expect(summary.wasInterrupted).toBe(true);
      expect(summary.done).toBeGreaterThanOrEqual(3);
      expect(summary.done).toBeLessThan(15);
      expect((await rows(place)).length).toBe(summary.done);
      const rest = await run(predictor, place);
      expect([rest.skipped, rest.done]).toEqual([summary.done, 30 - summary.done]);
    });
  });
});

Deno.test("a line cut off by a kill costs that photo alone, and leftovers are removed", async () => {
  await withPhotos(3, async (place) => {
    await withPredictor(async (predictor) => {
      await run(predictor, place);
      const journal = join(place.out, "predictions.journal.jsonl");
      const text = await Deno.readTextFile(journal);
      await Deno.writeTextFile(journal, text.slice(0, -20));
      await Deno.writeTextFile(join(place.out, "p2", "p2_pred.png.1-1.partial"), "half");
      await Deno.remove(join(place.out, "predictions.csv"));
      expect(await run(predictor, place)).toMatchObject({ done: 1, skipped: 2 });
    });
    expect((await rows(place)).map(({ id }) => id)).toEqual(["p0", "p1", "p2"]);
    expect((await filesBelow(place.out)).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });
});

Deno.test("what the network throws ends the export; what was finished stays", async () => {
  await withPhotos(6, async (place) => {
    let calls = 0;
    const network = {
      metadata: { "papilio.threshold": "0.5" },
      inputs: [{ name: "image", dims: ["n", 8, 8, 3] }],
      outputs: [{ name: "probability", dims: ["n", 8, 8, 1] }],
      run: () =>
        ++calls > 3
          ? Promise.reject(new Error("out of memory"))
          : Promise.resolve({ probability: { shape: [1, 8, 8, 1], data: new Float32Array(64) } }),
      dispose: () => Promise.resolve(),
    };
    await expect(run(new Predictor(network, "hash"), place)).rejects.toThrow("out of memory");
    const finished = await rows(place);
    expect(finished.every(({ status }) => status === "done")).toBe(true);
  });
});

Deno.test("a kill in the middle loses no photo that was finished", async () => {
  await withPhotos(30, async (place) => {
    const script = `
      import { readLabelImage } from "papilio/annotation/label_image.ts";
import { exportMasks } from "papilio/predict/export.ts";
      import { Predictor } from "papilio/predict/predictor.ts";
      import { photosAt } from "papilio/predict/sources.ts";
      const predictor = await Predictor.open(${JSON.stringify(brightnessModel)}, { threads: 1 });
      const { photos } = await photosAt(${JSON.stringify(place.photos)});
      const update = (done) => { if (done === 10) Deno.kill(Deno.pid, "SIGKILL"); };
      const startProgress = () => ({ update, log() {}, stop() {} });
      await exportMasks(predictor, photos, { out: ${JSON.stringify(place.out)}, startProgress });`;
    const { signal } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", script],
      cwd: fromFileUrl(new URL("../..", import.meta.url)),
    }).output();
    expect(signal).toBe("SIGKILL");
    await withPredictor(async (predictor) => {
      const summary = await run(predictor, place);
      expect(summary.skipped).toBe(10);
      expect(summary.done).toBe(20);
    });
    expect((await rows(place)).length).toBe(30);
  });
});

Deno.test("masks are post-processed, split into objects, and done again when the recipe changes", async () => {
  await withPhotos(1, async (place) => {
    await withPredictor(async (predictor) => {
      await run(predictor, place, { labels: true, overlays: true });
      const labels = await readLabelImage(join(place.out, "p0", "p0_labels.png"));
      expect([labels.count, labels.widthPx, labels.heightPx]).toEqual([1, 40, 20]);
      const recipe = { labels: true, postProcessing: { minArea: 500 } };
      expect(await run(predictor, place, recipe)).toMatchObject({ done: 1, skipped: 0 });
      expect(await run(predictor, place, recipe)).toMatchObject({ done: 0, skipped: 1 });
    });
    // The bright half has 400 pixels.
    expect((await rows(place))[0]?.foreground_fraction).toBe("0.000000");
    expect((await readLabelImage(join(place.out, "p0", "p0_labels.png"))).count).toBe(0);
    // Files of other masks that nobody asked for again are gone.
    expect(await filesBelow(join(place.out, "p0"))).toEqual(["p0_labels.png", "p0_pred.png"]);
  });
});

Deno.test("tiles give the same mask of a photo that is bright on one side, one photo at a time", async () => {
  await withPhotos(3, async (place) => {
    await withPredictor(async (predictor) => {
      const tiles = { overlap: 0.25 };
      expect(await run(predictor, place, { tiles })).toMatchObject({ done: 3, failed: 0 });
      await Deno.writeTextFile(join(place.photos, "p1.png"), "no photo");
      expect(await run(predictor, place, { tiles })).toMatchObject({ failed: 1, skipped: 2 });
      const stopped = { tiles, overwrite: true, signal: AbortSignal.abort() };
      expect(await run(predictor, place, stopped)).toMatchObject({ done: 0, wasInterrupted: true });
    });
    expect((await rows(place))[2]?.foreground_fraction).toBe("0.500000");
  });
});
