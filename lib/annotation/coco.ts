import { z } from "zod";
import { version } from "papilio/core/version.ts";
import type { AnnotationSink, SetOptions } from "papilio/annotation/format.ts";
import {
  maskPolygons,
  notOfFormat,
  readJson,
  rounded,
  toPolygon,
} from "papilio/annotation/_parse.ts";
import type { AnnotatedObject, AnnotatedPhoto, LabelledPhoto } from "papilio/annotation/photo.ts";
import type { Polygon } from "papilio/annotation/polygons.ts";
import {
  columnRuns,
  fillRuns,
  fromCounts,
  packCounts,
  toCounts,
  unpackCounts,
} from "papilio/annotation/rle.ts";
import { StreamedFile } from "papilio/annotation/_streamed_file.ts";

/**
 * Begins a file of COCO instances.
 *
 * An object is a list of polygons; one with holes, which that list cannot say, is a run-length encoded
 * mask (`iscrowd` stays 0). `area` and `bbox` are those of its pixels. Under `masksOnly` all are masks.
 * What the format cannot hold: nothing; masks are exact to the pixel even where polygons are finer.
 *
 * Only the list of images is kept in memory until the end.
 *
 * Source: cocodataset.org, "Data format", sections 1 and 2.
 */
export function openCoco(
  path: string,
  { classNames, masksOnly = false }: SetOptions & { masksOnly?: boolean },
): AnnotationSink {
  const file = new StreamedFile(
    path,
    `{"info":${JSON.stringify(info())},"licenses":[],"annotations":[`,
  );
  const images: unknown[] = [];
  const classes = [...classNames];
  let annotations = 0;
  return {
    async add(photo) {
      images.push(imageOf(photo, images.length + 1));
      for (const object of photo.objects) {
        const annotation = {
          id: annotations + 1,
          image_id: images.length,
          category_id: numberOf(object.className, classes),
          ...shapeOf(photo, object, masksOnly),
          iscrowd: 0,
        };
        await file.write((annotations++ === 0 ? "\n" : ",\n") + JSON.stringify(annotation));
      }
    },
    async finish() {
      const categories = classes.map((name, i) => ({ id: i + 1, name, supercategory: "" }));
      const end = `"images":${JSON.stringify(images)},"categories":${JSON.stringify(categories)}`;
      await file.write(`\n],${end}}\n`);
      await file.close();
    },
    abandon: (reason) => file.abandon(reason),
  };
}

function info() {
  return { description: "Masks predicted by Papilio", version, url: "", contributor: "" };
}

function imageOf({ fileName, widthPx, heightPx }: LabelledPhoto, id: number) {
  return { id, file_name: fileName, width: widthPx, height: heightPx };
}

/** A class that was not announced gets the next number. */
function numberOf(className: string, classes: string[]): number {
  const index = classes.indexOf(className);
  return index >= 0 ? index + 1 : classes.push(className);
}

function shapeOf(photo: LabelledPhoto, { label, polygons }: AnnotatedObject, masksOnly: boolean) {
  const region = photo.regions[label - 1];
  if (region === undefined) throw new Error(`Internal mistake: no region of label ${label}`);
  const { areaPx, box } = region;
  const hasHoles = polygons.some(({ holes }) => holes.length > 0);
  const runs = () => packCounts(toCounts(columnRuns(photo.labels, label, box), photo));
  return {
    segmentation: masksOnly || hasHoles
      ? { size: [photo.heightPx, photo.widthPx], counts: runs() }
      : polygons.map(({ outer }) => Array.from(outer, rounded)),
    area: areaPx,
    bbox: [box.leftPx, box.topPx, box.widthPx, box.heightPx],
  };
}

const segmentationSchema = z.union([
  z.array(z.array(z.number()).min(6)),
  z.object({
    size: z.tuple([z.number(), z.number()]),
    counts: z.union([z.string(), z.array(z.number())]),
  }),
]);

const cocoSchema = z.object({
  images: z.array(z.object({
    id: z.number(),
    file_name: z.string(),
    width: z.number(),
    height: z.number(),
  })),
  annotations: z.array(z.object({
    image_id: z.number(),
    category_id: z.number(),
    segmentation: segmentationSchema,
  })),
  categories: z.array(z.object({ id: z.number(), name: z.string() })),
});

/**
 * Reads a file of COCO instances; masks become polygons along their pixels.
 *
 * @throws {PapilioError} if it is none; the message names the place in it.
 */
export async function readCoco(path: string): Promise<AnnotatedPhoto[]> {
  const { images, annotations, categories } = await readJson(path, cocoSchema, "COCO instances");
  const names = new Map(categories.map(({ id, name }) => [id, name]));
  const byImage = Map.groupBy(annotations, ({ image_id }) => image_id);
  const known = new Set(images.map(({ id }) => id));
  const stray = annotations.find(({ image_id }) => !known.has(image_id));
  if (stray) throw notOfFormat(path, "COCO instances", `no image of id ${stray.image_id}`);
  return images.map(({ id, file_name, width, height }) => ({
    fileName: file_name,
    widthPx: width,
    heightPx: height,
    objects: (byImage.get(id) ?? []).map(({ segmentation, category_id }, index) => ({
      label: index + 1,
      className: names.get(category_id) ?? String(category_id),
      polygons: polygonsOf(segmentation),
    })),
  }));
}

function polygonsOf(segmentation: z.output<typeof segmentationSchema>): Polygon[] {
  if (Array.isArray(segmentation)) return segmentation.map((flat) => toPolygon(pairs(flat)));
  const { size: [heightPx, widthPx], counts } = segmentation;
  const runs = fromCounts(typeof counts === "string" ? unpackCounts(counts) : counts);
  return maskPolygons(fillRuns(runs, { widthPx, heightPx }));
}

function pairs(flat: readonly number[]): number[][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => flat.slice(2 * i, 2 * i + 2));
}
