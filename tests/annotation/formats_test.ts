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
import { annotatePhoto } from "papilio/annotation/photo.ts";
import { redraw } from "papilio/annotation/rasterize.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import { inFolder } from "../data/_files.ts";
import { comparable, readers } from "./_readers.ts";
import { goldenFolder } from "./_golden.ts";
import { anyLabels, labelsOf, rowsOf } from "./_random_labels.ts";

const photoOf = (labels: LabelImage) => annotatePhoto({ id: "a", path: "photos/a.png", labels });

for (const [name, read] of Object.entries(readers)) {
  Deno.test(`${name}: written, read and drawn again, every pixel has its object`, async () => {
    await inFolder(async (out) => {
      await fc.assert(
        fc.asyncProperty(anyLabels, async (labels) => {
          const formats = [name as AnnotationFormatName];
          await writeAnnotations([photoOf(labels)], { out, formats });
          const data = await read(out, labels);
          expect(comparable(name, data)).toEqual(comparable(name, labels.data));
        }),
        { numRuns: 30 },
      );
    });
  });
}

for (const name of ["geojson", "roi", "labelme"] as const) {
  Deno.test(`${name}: label and class of an object are kept`, async () => {
    await inFolder(async (out) => {
      const photo = annotatePhoto({ id: "a", path: "a.png", labels: labelsOf("3.7") }, {
        className: "Ærø 2",
      });
      await writeAnnotations([photo], { out, formats: [name] });
      const { objects } = await {
        geojson: () => readGeoJson(join(out, "a", "a_objects.geojson")),
        roi: () => readRoiZip(join(out, "a", "a_rois.zip")),
        labelme: () => readLabelme(join(out, "a", "a_labelme.json")),
      }[name]();
      expect(objects.map(({ label, className }) => `${label} ${className}`))
        .toEqual(["3 Ærø 2", "7 Ærø 2"]);
    });
  });
}

Deno.test("QuPath's file: closed rings, holes, class, label and measurements", async () => {
  await inFolder(async (out) => {
    const photo = annotatePhoto({
      id: "a",
      path: "a.png",
      labels: labelsOf("111.1", "1.1..", "111.."),
    }, {
      className: "nucleus",
    });
    await writeAnnotations([photo], { out, formats: ["geojson", "geojson-annotations"] });
    const read = async (name: string) => JSON.parse(await Deno.readTextFile(join(out, "a", name)));
    const { type, features: [feature] } = await read("a_objects.geojson");
    expect(type).toBe("FeatureCollection");
    expect(feature.geometry).toEqual({
      type: "MultiPolygon",
      coordinates: [
        [[[0, 0], [3, 0], [3, 3], [0, 3], [0, 0]], [[1, 2], [2, 2], [2, 1], [1, 1], [1, 2]]],
        [[[4, 0], [5, 0], [5, 1], [4, 1], [4, 0]]],
      ],
    });
    const { objectType, name, classification, measurements } = feature.properties;
    expect([objectType, name, classification.name]).toEqual(["detection", "1", "nucleus"]);
    expect(measurements["Area px^2"]).toBe(9);
    const editable = await read("a_annotations.geojson");
    expect(editable.features[0].properties.objectType).toBe("annotation");
  });
});

Deno.test("LabelMe's file: polygons of one group, a mask for what has holes, the photo's path", async () => {
  await inFolder(async (out) => {
    const path = join(out, "photos", "a.png");
    const photo = annotatePhoto({ id: "a", path, labels: labelsOf("1.222", "..2.2", "1.222") });
    await writeAnnotations([photo], { out, formats: ["labelme", "labelme-masks"] });
    const read = async (name: string) => JSON.parse(await Deno.readTextFile(join(out, "a", name)));
    const { imagePath, imageData, imageWidth, imageHeight, shapes } = await read("a_labelme.json");
    expect([imagePath, imageData, imageWidth, imageHeight]).toEqual([
      "../photos/a.png",
      null,
      5,
      3,
    ]);
    expect(
      shapes.map((
        shape: { group_id: number; shape_type: string; points: number[][] },
      ) => [shape.group_id, shape.shape_type, shape.points]),
    ).toEqual([
      [1, "polygon", [[0, 0], [1, 0], [1, 1], [0, 1]]],
      [1, "polygon", [[0, 2], [1, 2], [1, 3], [0, 3]]],
      [2, "mask", [[2, 0], [4, 2]]],
    ]);
    const masks = await read("a_labelme_masks.json");
    expect(masks.shapes.map((shape: { shape_type: string }) => shape.shape_type))
      .toEqual(["mask", "mask"]);
  });
});

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
      .rejects.toThrow(/exists|directory/i);
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

Deno.test("run lengths: a column of classes where there are several, and none where there is one", async () => {
  await inFolder(async (out) => {
    const [wings, body] = [{ name: "wings" }, { name: "bo,dy" }];
    const photo = (id: string, text: string) =>
      annotatePhoto({ id, path: `${id}.png`, labels: labelsOf(text) }, {
        classes: [wings, body, wings],
      });
    const photos = [photo("a", "1.22.3"), photo("b", "......")];
    const path = join(out, "annotations_dsb.csv");
    const written = async (classNames: string[]) => {
      await writeAnnotations(photos, { out, formats: ["dsb"], classNames });
      return await Deno.readTextFile(path);
    };
    expect(await written(["wings", "bo,dy"])).toBe(
      'ImageId,EncodedPixels,class\na,1 1,wings\na,3 2,"bo,dy"\na,6 1,wings\nb,,\n',
    );
    // Read as files without the column are.
    const masks = await readDsbCsv(path, () => ({ widthPx: 6, heightPx: 1 }));
    expect(masks.get("a")?.map(({ data }) => data.join(""))).toEqual([
      "100000",
      "001100",
      "000001",
    ]);
    expect(masks.get("b")).toEqual([]);
    expect(await written(["object"])).toBe(
      "ImageId,EncodedPixels\na,1 1\na,3 2\na,6 1\nb,\n",
    );
  });
});
