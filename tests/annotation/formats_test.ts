import { join } from "@std/path";
import { expect } from "expect";
import fc from "fast-check";
import { readCoco } from "papilio/annotation/coco.ts";
import { readCvat } from "papilio/annotation/cvat.ts";
import { readDsbCsv } from "papilio/annotation/dsb_csv.ts";
import {
  type AnnotationFormatName,
  annotationFormats,
  writeAnnotations,
} from "papilio/annotation/formats.ts";
import { readGeoJson } from "papilio/annotation/geojson.ts";
import { readRoiZip } from "papilio/annotation/imagej_roi.ts";
import { readLabelImage } from "papilio/annotation/label_image.ts";
import { readLabelme } from "papilio/annotation/labelme.ts";
import { type AnnotatedPhoto, annotatePhoto } from "papilio/annotation/photo.ts";
import { redraw } from "papilio/annotation/rasterize.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import { inFolder } from "../data/_files.ts";
import { goldenFolder } from "./_golden.ts";
import { anyLabels, labelsOf, rowsOf } from "./_random_labels.ts";

type Reader = (folder: string, labels: LabelImage) => Promise<ArrayLike<number>>;

const drawn = (photo: AnnotatedPhoto | undefined, labels: LabelImage) => {
  const { data } = redraw(photo?.objects ?? [], labels);
  const own = photo?.objects.map(({ label }) => label) ?? [];
  return data.map((index) => index === 0 ? 0 : own[index - 1] as number);
};
const ofPhoto =
  (ending: string, read: (path: string) => Promise<AnnotatedPhoto>): Reader =>
  async (folder, labels) => drawn(await read(join(folder, "a", `a${ending}`)), labels);
const ofSet =
  (name: string, read: (path: string) => Promise<AnnotatedPhoto[]>): Reader =>
  async (folder, labels) => drawn((await read(join(folder, name)))[0], labels);

/** How each format that holds shapes is read back into labels. */
const readers = {
  coco: ofSet("annotations_coco.json", readCoco),
  "coco-masks": ofSet("annotations_coco_masks.json", readCoco),
  cvat: ofSet("annotations_cvat.xml", readCvat),
  geojson: ofPhoto("_objects.geojson", readGeoJson),
  roi: ofPhoto("_rois.zip", readRoiZip),
  labelme: ofPhoto("_labelme.json", readLabelme),
  "labels-png": async (folder) => (await readLabelImage(join(folder, "a", "a_labels.png"))).data,
  "labels-tiff": async (folder) => (await readLabelImage(join(folder, "a", "a_labels.tif"))).data,
  dsb: async (folder, labels) => {
    const masks = await readDsbCsv(join(folder, "annotations_dsb.csv"), () => labels);
    const data = new Int32Array(labels.data.length);
    for (const [index, mask] of (masks.get("a") ?? []).entries()) {
      for (let i = 0; i < data.length; i++) if (mask.data[i] === 1) data[i] = index + 1;
    }
    return data;
  },
} satisfies Partial<Record<AnnotationFormatName, Reader>>;

/** These count the objects anew. */
const renumbering = new Set<string>(["coco", "coco-masks", "cvat", "dsb"]);

/** Numbers in the order of the first pixels. */
function canonical(data: ArrayLike<number>): number[] {
  const next = new Map([[0, 0]]);
  return Array.from(data, (label) => {
    if (!next.has(label)) next.set(label, next.size);
    return next.get(label) as number;
  });
}

const photoOf = (labels: LabelImage) => annotatePhoto({ id: "a", path: "photos/a.png", labels });

for (const [name, read] of Object.entries(readers)) {
  Deno.test(`${name}: written, read and drawn again, every pixel has its object`, async () => {
    await inFolder(async (out) => {
      await fc.assert(
        fc.asyncProperty(anyLabels, async (labels) => {
          const formats = [name as AnnotationFormatName];
          await writeAnnotations([photoOf(labels)], { out, formats });
          const data = await read(out, labels);
          const compared = renumbering.has(name) ? canonical : Array.from<number>;
          expect(compared(data)).toEqual(compared(labels.data));
        }),
        { numRuns: 30 },
      );
    });
  });
}

/** A slope of probabilities, whose border lies between pixel centres. */
const slope = (() => {
  const labels = labelsOf("......", ".1111.", ".1111.", ".1111.", "......");
  const data = Float32Array.from(labels.data, (label, i) => label === 1 ? 0.7 + i / 1000 : 0.15);
  const image = { data, widthPx: 6, heightPx: 5 };
  return annotatePhoto({ id: "a", path: "a.png", labels }, {
    probability: { image, threshold: 0.5 },
  });
})();

for (const name of ["coco", "cvat", "geojson", "roi", "labelme"] as const) {
  Deno.test(`${name}: borders finer than pixels come back to a thousandth`, async () => {
    await inFolder(async (out) => {
      await writeAnnotations([slope], { out, formats: [name] });
      const read = {
        coco: async () => (await readCoco(join(out, "annotations_coco.json")))[0],
        cvat: async () => (await readCvat(join(out, "annotations_cvat.xml")))[0],
        geojson: () => readGeoJson(join(out, "a", "a_objects.geojson")),
        roi: () => readRoiZip(join(out, "a", "a_rois.zip")),
        labelme: () => readLabelme(join(out, "a", "a_labelme.json")),
      };
      const ring = (await read[name]())?.objects[0]?.polygons[0]?.outer ?? [];
      const written = slope.objects[0]?.polygons[0]?.outer ?? new Float64Array();
      expect(written.some((value) => value * 2 % 1 !== 0)).toBe(true);
      expect(ring.length).toBe(written.length);
      for (const [i, value] of written.entries()) {
        expect(Math.abs((ring[i] ?? NaN) - value)).toBeLessThan(0.00051);
      }
    });
  });
}

Deno.test("a photo without objects is in the files of the set, and has files of its own", async () => {
  await inFolder(async (out) => {
    const empty = annotatePhoto({ id: "a", path: "a.png", labels: labelsOf("...") });
    const formats = Object.keys(annotationFormats) as AnnotationFormatName[];
    await writeAnnotations([empty], { out, formats });
    expect(await Deno.readTextFile(join(out, "annotations_dsb.csv")))
      .toBe("ImageId,EncodedPixels\na,\n");
    const [photo] = await readCoco(join(out, "annotations_coco.json"));
    expect(photo).toEqual({ fileName: "a.png", widthPx: 3, heightPx: 1, objects: [] });
    expect((await readCvat(join(out, "annotations_cvat.xml")))[0]?.objects).toEqual([]);
    expect((await readRoiZip(join(out, "a", "a_rois.zip"))).objects).toEqual([]);
    expect((await readGeoJson(join(out, "a", "a_objects.geojson"))).objects).toEqual([]);
  });
});

Deno.test("several photos: numbers go on, names are kept, classes as announced", async () => {
  await inFolder(async (out) => {
    const photos = ["a", 'b & "c"'].map((id) =>
      annotatePhoto({ id: id.replaceAll(/\W/g, "_"), path: `${id}.png`, labels: labelsOf("1.2") }, {
        className: "butterfly",
      })
    );
    const options = { out, formats: ["coco", "cvat"] as const, classNames: ["moth", "butterfly"] };
    const { photos: count, objects, setFiles } = await writeAnnotations(photos, options);
    expect([count, objects, setFiles.length]).toEqual([2, 4, 2]);
    const coco = JSON.parse(await Deno.readTextFile(join(out, "annotations_coco.json")));
    expect(coco.annotations.map(({ id }: { id: number }) => id)).toEqual([1, 2, 3, 4]);
    expect(coco.annotations[3]).toEqual({
      id: 4,
      image_id: 2,
      category_id: 2,
      segmentation: [[2, 0, 3, 0, 3, 1, 2, 1]],
      area: 1,
      bbox: [2, 0, 1, 1],
      iscrowd: 0,
    });
    const names = (await readCvat(join(out, "annotations_cvat.xml"))).map(({ fileName }) =>
      fileName
    );
    expect(names).toEqual(["a.png", 'b & "c".png']);
  });
});

Deno.test("when a photo fails, no file of the set appears, and nothing half-written stays", async () => {
  await inFolder(async (out) => {
    const photos = async function* () {
      yield await Promise.resolve(photoOf(labelsOf("1")));
      throw new Error("photo b cannot be read");
    };
    const formats = ["coco", "cvat", "dsb", "objects", "objects-parquet"] as const;
    await expect(writeAnnotations(photos(), { out, formats })).rejects
      .toThrow("photo b cannot be read");
    expect(await Array.fromAsync(Deno.readDir(out))).toEqual([]);
  });
});

Deno.test("a folder that cannot be written is an error, not a wait", async () => {
  await inFolder(async (folder) => {
    const out = join(folder, "file");
    await Deno.writeTextFile(out, "");
    await expect(writeAnnotations([photoOf(labelsOf("1"))], { out, formats: ["coco", "objects"] }))
      .rejects.toThrow();
  });
});

Deno.test("files of another kind are named, with the place", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "x.json");
    await Deno.writeTextFile(path, '{"images":[],"annotations":[{}],"categories":[]}');
    await expect(readCoco(path)).rejects.toThrow(
      /x\.json: expected COCO instances, got at annotations\.0/,
    );
    await expect(readGeoJson(path)).rejects.toThrow(
      "expected GeoJSON of Polygons and MultiPolygons",
    );
    await expect(readLabelme(path)).rejects.toThrow("expected LabelMe's JSON, got at imagePath");
    await expect(readRoiZip(path)).rejects.toThrow("expected a zip of ImageJ selections");
    await expect(readCvat(path)).rejects.toThrow("expected CVAT for images 1.1");
    await expect(readLabelImage(path)).rejects.toThrow("expected a grey image of labels");
    await expect(readDsbCsv(path, () => ({ widthPx: 1, heightPx: 1 }))).rejects
      .toThrow("expected a table with the columns ImageId,EncodedPixels, got");
  });
});

Deno.test("more objects than 16 bits can number are refused", async () => {
  await inFolder(async (out) => {
    const labels = { data: new Int32Array(1), widthPx: 1, heightPx: 1, count: 65536 };
    const photo = { ...photoOf(labelsOf("1")), labels };
    await expect(annotationFormats["labels-png"].write(photo, join(out, "a.png"))).rejects
      .toThrow("expected at most 65535 objects, the numbers that 16 bits hold, got 65536 in a");
  });
});

Deno.test("selections that ImageJ wrote: composite, traced, rectangle, sub-pixel", async () => {
  const { objects } = await readRoiZip(join(goldenFolder, "imagej_rois.zip"));
  expect(objects.map(({ label, className }) => `${className} ${label}`))
    .toEqual(["cell 1", "cell 2", "cell 3", "cell 4"]);
  expect(rowsOf(redraw(objects, { widthPx: 12, heightPx: 7 }))).toEqual([
    "............",
    ".1111....11.",
    ".1..1....11.",
    ".1111.......",
    ".22..444333.",
    ".222..44333.",
    ".......4....",
  ]);
  expect([...objects[3]?.polygons[0]?.outer ?? []]).toEqual([5, 4.25, 7.75, 4.25, 7.75, 6.75]);
});
