import { join } from "@std/path";
import { expect } from "expect";
import { writeAnnotationFiles } from "papilio/predict/annotation_files.ts";
import { exportMasks } from "papilio/predict/export.ts";
import { photosAt } from "papilio/predict/sources.ts";
import { halves, inFolder, withPredictor } from "./_fixtures.ts";

/** Exports two photos of 40×20 pixels whose right, or left, half is bright, and one that is none. */
async function withExport(options: object, test: (out: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const photos = join(folder, "photos");
    await Deno.mkdir(photos);
    for (const name of ["a", "b"]) await halves(40, 20).png().toFile(join(photos, `${name}.png`));
    await Deno.writeTextFile(join(photos, "c.png"), "no photo");
    const out = join(folder, "out");
    await withPredictor(async (predictor) => {
      await exportMasks(predictor, (await photosAt(photos)).photos, { out, ...options });
    });
    await test(out);
  });
}

const cocoOf = async (out: string) =>
  JSON.parse(await Deno.readTextFile(join(out, "annotations_coco.json")));

Deno.test("one file for the set and one a photo, of the photos that are done", async () => {
  await withExport({}, async (out) => {
    const options = { formats: ["coco", "geojson"], className: "wing" } as const;
    const written = await writeAnnotationFiles(out, options);
    expect(written).toEqual({
      photos: 2,
      objects: 2,
      leftOut: 0,
      setFiles: [join(out, "annotations_coco.json")],
    });
    const { images, annotations, categories } = await cocoOf(out);
    expect(images.map(({ file_name }: { file_name: string }) => file_name)).toEqual([
      "a.png",
      "b.png",
    ]);
    expect(annotations[0]).toMatchObject({ area: 400, iscrowd: 0 });
    expect(annotations[0].bbox.slice(2)).toEqual([20, 20]);
    expect(categories[0].name).toBe("wing");
    expect((await Deno.stat(join(out, "b", "b_objects.geojson"))).isFile).toBe(true);
  });
});

Deno.test("objects come from the label image where there is one", async () => {
  await withExport({ labels: true, postProcessing: { minArea: 500 } }, async (out) => {
    expect(await writeAnnotationFiles(out, { formats: ["coco"] })).toMatchObject({ objects: 0 });
  });
});

Deno.test("contours between pixels come from the probabilities", async () => {
  await withExport({ probabilities: true, resizeProbabilities: true }, async (out) => {
    const xOf = async (options: object) => {
      await writeAnnotationFiles(out, { formats: ["coco"], ...options });
      return (await cocoOf(out)).annotations[0].segmentation[0].filter((_: number, i: number) =>
        i % 2 === 0
      );
    };
    const whole = await xOf({});
    expect(whole.every(Number.isInteger)).toBe(true);
    const fine = await xOf({ subpixelThreshold: 0.5 });
    expect(fine.some((x: number) => !Number.isInteger(x))).toBe(true);
    expect(Math.abs(Math.min(...fine) - Math.min(...whole))).toBeLessThan(1);
  });
});

Deno.test("a folder that is no export is an error that says how to make one", async () => {
  await inFolder(async (folder) => {
    await expect(writeAnnotationFiles(folder, { formats: ["coco"] })).rejects.toThrow(
      "deno task export",
    );
  });
});
