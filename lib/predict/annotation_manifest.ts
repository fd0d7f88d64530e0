import { join } from "@std/path";
import pl from "nodejs-polars";
import { present } from "papilio/core/assert.ts";
import { writeFileAtomically } from "papilio/core/files.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import type { ClassMask } from "papilio/data/case.ts";
import { describeObjects, findObjects, type MaskObject } from "papilio/data/objects.ts";
import { classesOfLabels, labelClasses } from "papilio/data/class_labels.ts";
import { fitPictures, type PictureLimits } from "papilio/predict/_annotation_pictures.ts";
import {
  type ExportedPhoto,
  exportedPhotos,
  readExportedMask,
} from "papilio/predict/exported_photos.ts";
import { safeIds } from "papilio/predict/photo_ids.ts";
import { type DrawnClass, legendOf } from "papilio/report/class_overlay.ts";
import { legendStrip } from "papilio/report/legend_strip.ts";
import { rasterToPng } from "papilio/report/raster.ts";

export interface AnnotationOptions extends PictureLimits {
  /** Gets the pictures and `manifest.csv`, side by side, as uploaders want them. */
  out: string;
  /** Objects smaller than this share of the picture are taken for specks. */
  leastAreaShare?: number;
  /** Of masks of several classes: those of the network. */
  classes?: readonly DrawnClass[];
  /** Of `ExportSummary`: masks of other settings are left out; by default none is. */
  settings?: string | undefined;
}

/** Overlays are as large as their photos, and have no room for a legend of their own. */
const LEGEND = { name: "legend.png", widthPx: 700, heightPx: 0 } as const;

/** A row of the manifest. Zooniverse hides columns whose names begin with `#` from volunteers. */
type SubjectRow = Record<string, string>;

const PHOTOS_AHEAD = 2;

/**
 * Writes what people are to annotate: each photo of an export with its overlay, and a manifest.
 *
 * A row of the manifest is one subject of two pictures, `image` and `overlay`, of the same size. Hidden
 * columns hold the photo's own size, the size as shown, and the mask's objects as JSON, the largest
 * first, each `{"box":[left,top,width,height],"centroid":[x,y],"area":pixels}` in pixels of the picture
 * as shown; with classes they hold `"class"`, too, and `legend.png` has the classes' colours. Photos that
 * failed are left out. The pictures carry no metadata, such as where they were taken. What else is in the
 * folder stays.
 *
 * panoptes-cli takes for a file what is one beside the manifest, and an empty cell for the folder: so no
 * cell is empty, and none but the first two names a file.
 *
 * Source: Zooniverse's help pages, "What is a manifest?"; README of panoptes-cli.
 *
 * @throws {PapilioError} if this is no folder of an export, or a photo or mask cannot be read any more.
 */
export async function writeAnnotationSet(
  exportFolder: string,
  options: AnnotationOptions,
): Promise<{ subjects: number; manifestPath: string; leftOut: number }> {
  const { photos, leftOut } = await exportedPhotos(exportFolder, options.settings);
  const { out, classes = [] } = options;
  const names = fileNames(photos);
  const work = ([index, photo]: [number, ExportedPhoto]) =>
    writeSubject(exportFolder, photo, { ...options, name: present(names[index]) });
  const rows: SubjectRow[] = [];
  for await (const row of mapAhead(photos.entries(), work, PHOTOS_AHEAD)) rows.push(row);
  if (classes.length > 0) {
    const legend = await rasterToPng(await legendStrip(legendOf(classes), LEGEND));
    await writeFileAtomically(join(out, LEGEND.name), legend);
  }
  const manifestPath = join(out, "manifest.csv");
  await writeFileAtomically(manifestPath, pl.DataFrame(rows).writeCSV());
  return { subjects: rows.length, manifestPath, leftOut };
}

/** Names without characters that an uploader may refuse, each once. */
function fileNames(predictions: readonly ExportedPhoto[]): string[] {
  return safeIds(predictions.map(({ id }) => ({
    name: id.replace(/[^\p{L}\p{N}._-]/gu, "_"),
    path: id,
  })));
}

async function writeSubject(
  exportFolder: string,
  { id, source, foregroundFraction, meanConfidence }: ExportedPhoto,
  { name, out, leastAreaShare = 0.001, classes = [], ...limits }: AnnotationOptions & {
    name: string;
  },
): Promise<SubjectRow> {
  const mask = await readExportedMask(exportFolder, id, classes);
  const { shown, ...files } = await fitPictures(source, mask, { ...limits, classes });
  const [image, overlay] = [`${name}_photo.jpg`, `${name}_overlay.jpg`];
  await writeFileAtomically(join(out, image), files.image);
  await writeFileAtomically(join(out, overlay), files.overlay);
  const leastPx = leastAreaShare * shown.widthPx * shown.heightPx;
  const found = classes.length === 0
    ? findObjects(shown).map(toHint)
    : findClassObjects(shown, classes.map(({ name }) => name));
  const objects = found.filter(({ area }) => area >= leastPx);
  return {
    image,
    overlay,
    id,
    "#photo_width": String(mask.widthPx),
    "#photo_height": String(mask.heightPx),
    "#width": String(shown.widthPx),
    "#height": String(shown.heightPx),
    "#foreground_fraction": foregroundFraction,
    "#mean_confidence": meanConfidence,
    "#object_count": String(objects.length),
    "#objects": JSON.stringify(objects),
  };
}

/** Those of all classes, the largest first. */
function findClassObjects(mask: ClassMask, names: readonly string[]) {
  const labels = labelClasses(mask, names);
  const numbers = classesOfLabels(labels, mask);
  return describeObjects(labels)
    .map((object, i) => ({ ...toHint(object), class: present(names[present(numbers[i])]) }))
    .sort((a, b) => b.area - a.area);
}

function toHint({ areaPx, box, centroid }: MaskObject) {
  const tenth = (value: number) => Math.round(value * 10) / 10;
  return {
    box: [box.leftPx, box.topPx, box.widthPx, box.heightPx],
    centroid: [tenth(centroid.xPx), tenth(centroid.yPx)],
    area: areaPx,
  };
}
