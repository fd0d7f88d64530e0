import { join } from "@std/path";
import { openCoco } from "papilio/annotation/coco.ts";
import { openCvat } from "papilio/annotation/cvat.ts";
import { openDsbCsv } from "papilio/annotation/dsb_csv.ts";
import type {
  AnnotationSink,
  PhotoFormat,
  SetFormat,
  SetOptions,
} from "papilio/annotation/format.ts";
import { writeGeoJson } from "papilio/annotation/geojson.ts";
import { writeRoiZip } from "papilio/annotation/imagej_roi.ts";
import { writeLabelImage } from "papilio/annotation/label_image.ts";
import { writeLabelme } from "papilio/annotation/labelme.ts";
import { openObjectCsv, openObjectParquet } from "papilio/annotation/object_table.ts";
import type { LabelledPhoto } from "papilio/annotation/photo.ts";

/** What objects can be written as, by name. */
export const annotationFormats = {
  coco: {
    description: "COCO instances: polygons, objects with holes as masks",
    scope: "set",
    fileName: "annotations_coco.json",
    open: openCoco,
  },
  "coco-masks": {
    description: "COCO instances: all objects as masks, exact to the pixel",
    scope: "set",
    fileName: "annotations_coco_masks.json",
    open: (path, options) => openCoco(path, { ...options, masksOnly: true }),
  },
  cvat: {
    description: "CVAT for images 1.1",
    scope: "set",
    fileName: "annotations_cvat.xml",
    open: openCvat,
  },
  dsb: {
    description:
      "run lengths as in the Data Science Bowl 2018, with several classes a column of them",
    scope: "set",
    fileName: "annotations_dsb.csv",
    open: openDsbCsv,
  },
  objects: {
    description: "measurements of each object, CSV",
    scope: "set",
    fileName: "objects.csv",
    open: openObjectCsv,
  },
  "objects-parquet": {
    description: "measurements of each object, Parquet",
    scope: "set",
    fileName: "objects.parquet",
    open: openObjectParquet,
  },
  geojson: {
    description: "GeoJSON for QuPath: detections with measurements",
    scope: "photo",
    ending: "_objects.geojson",
    write: (photo, path) => writeGeoJson(photo, path),
  },
  "geojson-annotations": {
    description: "GeoJSON for QuPath: annotations, which can be edited there, with measurements",
    scope: "photo",
    ending: "_annotations.geojson",
    write: (photo, path) => writeGeoJson(photo, path, { objectType: "annotation" }),
  },
  roi: {
    description: "selections for ImageJ and Fiji",
    scope: "photo",
    ending: "_rois.zip",
    write: writeRoiZip,
  },
  labelme: {
    description: "LabelMe: polygons, objects with holes as masks",
    scope: "photo",
    ending: "_labelme.json",
    write: (photo, path) => writeLabelme(photo, path),
  },
  "labelme-masks": {
    description: "LabelMe: all objects as masks, exact to the pixel",
    scope: "photo",
    ending: "_labelme_masks.json",
    write: (photo, path) => writeLabelme(photo, path, { masksOnly: true }),
  },
  "labels-png": {
    description: "label image, PNG of 16 bits: a pixel's value is its object's number",
    scope: "photo",
    ending: "_labels.png",
    write: (photo, path) => writeLabelImage(photo, path, "png"),
  },
  "labels-tiff": {
    description: "label image, TIFF of 16 bits",
    scope: "photo",
    ending: "_labels.tif",
    write: (photo, path) => writeLabelImage(photo, path, "tiff"),
  },
} satisfies Record<string, PhotoFormat | SetFormat>;

export type AnnotationFormatName = keyof typeof annotationFormats;

/**
 * Writes photo after photo in all formats: `<out>/<id>/<id><ending>`, and `<out>/<fileName>` for those
 * with one file for the set.
 *
 * One photo is in memory at a time. A file appears under its name only when it is whole; those for the
 * set at the end, and none of them if a photo cannot be written or `photos` throws. `onPhoto` is told
 * after each one.
 *
 * @throws {PapilioError} as the formats do.
 */
export async function writeAnnotations(
  photos: AsyncIterable<LabelledPhoto> | Iterable<LabelledPhoto>,
  { out, formats, classNames = ["object"], classColours, onPhoto }: {
    out: string;
    formats: readonly AnnotationFormatName[];
    onPhoto?: (photo: LabelledPhoto) => void;
  } & Partial<SetOptions>,
): Promise<{ photos: number; objects: number; setFiles: string[] }> {
  const chosen = [...new Set(formats)].map((name): PhotoFormat | SetFormat =>
    annotationFormats[name]
  );
  const perPhoto = chosen.filter((format) => format.scope === "photo");
  const perSet = chosen.filter((format) => format.scope === "set");
  const options = { classNames, classColours };
  const sinks = perSet.map((format) => format.open(join(out, format.fileName), options));
  const counts = { photos: 0, objects: 0 };
  try {
    for await (const photo of photos) {
      await writePhoto(photo, out, perPhoto);
      for (const sink of sinks) await sink.add(photo);
      counts.photos++;
      counts.objects += photo.objects.length;
      onPhoto?.(photo);
    }
    for (const sink of sinks) await sink.finish();
  } catch (error) {
    await abandonAll(sinks, error);
    throw error;
  }
  return { ...counts, setFiles: perSet.map(({ fileName }) => join(out, fileName)) };
}

async function writePhoto(
  photo: LabelledPhoto,
  out: string,
  formats: readonly PhotoFormat[],
): Promise<void> {
  for (const { ending, write } of formats) {
    await write(photo, join(out, photo.id, photo.id + ending));
  }
}

async function abandonAll(sinks: readonly AnnotationSink[], reason: unknown): Promise<void> {
  for (const sink of sinks) await sink.abandon(reason);
}
