import { present } from "papilio/core/assert.ts";
import { measuredClasses } from "papilio/core/classes.ts";
import { exists } from "papilio/core/files.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import { type AnnotationFormatName, writeAnnotations } from "papilio/annotation/formats.ts";
import { readLabelImage } from "papilio/annotation/label_image.ts";
import { annotatePhoto, type LabelledPhoto } from "papilio/annotation/photo.ts";
import { decodeImage, decodeIntensities } from "papilio/data/decode.ts";
import type { StoredImage } from "papilio/data/intensities.ts";
import { type LabelImage, labelParts } from "papilio/data/labels.ts";
import { classesOfLabels, labelClasses } from "papilio/data/class_labels.ts";
import {
  type ExportedPhoto,
  exportedPhotos,
  readExportedMask,
} from "papilio/predict/exported_photos.ts";
import { outputPaths } from "papilio/predict/output_paths.ts";
import { readProbabilities } from "papilio/predict/outputs.ts";
import type { DrawnClass } from "papilio/report/class_overlay.ts";

export interface AnnotationFilesOptions {
  formats: readonly AnnotationFormatName[];
  /** Of all objects. */
  className?: string;
  /** Instead, for masks of several classes: those of the network. */
  classes?: readonly DrawnClass[];
  /** Of the network: one that takes grey has intensities measured, any other colours. */
  inputChannels?: number;
  /** Points of a contour are left out as long as it moves no farther. */
  tolerancePx?: number;
  /** Draws contours between pixels, from the probabilities that the export wrote at this threshold. */
  subpixelThreshold?: number | undefined;
  /** Of `ExportSummary`: masks of other settings are left out; by default none is. */
  settings?: string | undefined;
  onPhoto?: (photo: LabelledPhoto) => void;
}

/** Those with measurements of colours. */
const coloured: readonly AnnotationFormatName[] = ["objects", "objects-parquet", "geojson"];

const PHOTOS_AHEAD = 1;

/**
 * Writes the objects that an export has found as files for other programs, beside its masks.
 *
 * Objects are those of `<id>_labels.png` where the export split them, else the connected parts of each
 * mask, or of each of its classes but the background. Photos that failed are left out.
 *
 * @throws {PapilioError} if this is no folder of an export, or a file of it cannot be read any more.
 */
export async function writeAnnotationFiles(
  exportFolder: string,
  options: AnnotationFilesOptions,
): Promise<{ photos: number; objects: number; setFiles: string[]; leftOut: number }> {
  const { formats, className = "object", classes = [], settings, onPhoto } = options;
  const { photos, leftOut } = await exportedPhotos(exportFolder, settings);
  const labelled = mapAhead(
    photos,
    (photo) => readLabelled(exportFolder, photo, options),
    PHOTOS_AHEAD,
  );
  const written = await writeAnnotations(labelled, {
    out: exportFolder,
    formats,
    ...(classes.length === 0 ? { classNames: [className] } : setClasses(classes)),
    ...(onPhoto ? { onPhoto } : {}),
  });
  return { ...written, leftOut };
}

/** The background is no object. */
function setClasses(classes: readonly DrawnClass[]) {
  const measured = measuredClasses(classes.map(({ name }) => name)).map((i) => present(classes[i]));
  return {
    classNames: measured.map(({ name }) => name),
    classColours: measured.map(({ colour }) => colour),
  };
}

async function readLabelled(
  folder: string,
  { id, source }: ExportedPhoto,
  options: AnnotationFilesOptions,
): Promise<LabelledPhoto> {
  const {
    formats,
    className = "object",
    tolerancePx = 0,
    classes = [],
    subpixelThreshold,
    inputChannels,
  } = options;
  const paths = outputPaths(folder, id);
  const { labels, ...kinds } = await readObjects(folder, id, classes);
  const photo = { id, path: source, labels };
  const needsColours = formats.some((format) => coloured.includes(format));
  const contours = { className, tolerancePx, ...kinds };
  return annotatePhoto(
    needsColours ? { ...photo, image: await imageOf(source, inputChannels) } : photo,
    subpixelThreshold === undefined ? contours : {
      ...contours,
      probability: {
        image: await readProbabilities(present(paths.probabilities[0])),
        threshold: subpixelThreshold,
      },
    },
  );
}

/** Grey values as the file has them, or RGB. */
async function imageOf(source: string, inputChannels: number | undefined): Promise<StoredImage> {
  return inputChannels === 1 ? await decodeIntensities(source) : await decodeImage(source);
}

/** With classes, that of each object, too. */
async function readObjects(
  folder: string,
  id: string,
  classes: readonly DrawnClass[],
): Promise<{ labels: LabelImage; classes?: DrawnClass[] }> {
  const path = outputPaths(folder, id).labels;
  const split = await exists(path) ? await readLabelImage(path) : undefined;
  if (split && classes.length === 0) return { labels: split };
  const mask = await readExportedMask(folder, id, classes);
  if (classes.length === 0) return { labels: labelParts(mask) };
  const labels = split ?? labelClasses(mask, classes.map(({ name }) => name));
  const numbers = Array.from(classesOfLabels(labels, mask));
  return { labels, classes: numbers.map((number) => present(classes[number])) };
}
