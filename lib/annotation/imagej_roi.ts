import { unzipSync, type Zippable, zipSync } from "fflate";
import { messageOf } from "papilio/core/errors.ts";
import { writeFileAtomically } from "papilio/core/files.ts";
import { notOfFormat } from "papilio/annotation/_parse.ts";
import { fromRoiBytes, toRoiBytes } from "papilio/annotation/_roi_bytes.ts";
import type { AnnotatedPhoto, LabelledPhoto } from "papilio/annotation/photo.ts";

/** The earliest that a zip file can say; so the same objects make the same file. */
const NO_TIME = new Date(1980, 0, 1);

/**
 * Writes a photo's objects as ImageJ selections, a zip of `.roi` files for the ROI Manager.
 *
 * Their names are class and label, `object-0001`. Borders along pixels are traced selections, finer ones
 * polygons with sub-pixel resolution (32 bits), several areas or holes composite ones. What the format
 * cannot hold: the photo's name and size. ImageJ does not turn photos by their EXIF orientation, nor
 * does it open a zip without selections.
 *
 * Source: imagej/ImageJ, `ij/io/RoiDecoder.java`.
 */
export async function writeRoiZip({ objects }: LabelledPhoto, path: string): Promise<void> {
  const files: Zippable = {};
  for (const { label, className, polygons } of objects) {
    const name = `${className}-${String(label).padStart(4, "0")}`;
    const entry = `${name.replace(/[^\p{L}\p{N}._ -]/gu, "_")}.roi`;
    files[entry] = toRoiBytes(polygons, name);
  }
  await writeFileAtomically(path, zipSync(files, { mtime: NO_TIME }));
}

/**
 * Reads a zip of ImageJ selections that are areas; a trailing number in a name is the label.
 *
 * @throws {PapilioError} if it is none, or holds lines, ovals, text or curves; the message names the entry.
 */
export async function readRoiZip(path: string): Promise<AnnotatedPhoto> {
  const what = "a zip of ImageJ selections that are polygons";
  const bytes = await Deno.readFile(path);
  const entries = orNot(path, what, () => Object.entries(unzipSync(bytes)));
  const rois = entries.filter(([entry]) => entry.endsWith(".roi")).map(([entry, roi]) => {
    const { name, polygons } = orNot(path, `${what}, in ${entry}`, () => fromRoiBytes(roi));
    return { ...splitName(name || entry.slice(0, -".roi".length)), polygons };
  });
  const labels = new Set(rois.map(({ label }) => label));
  const areLabels = labels.size === rois.length && !labels.has(0);
  const objects = rois.map((roi, index) => areLabels ? roi : { ...roi, label: index + 1 });
  return { fileName: "", widthPx: 0, heightPx: 0, objects };
}

function splitName(name: string): { className: string; label: number } {
  const [, className = "", digits = "0"] = /^(.*?)-?(\d+)$/.exec(name) ?? [];
  return { className: className || "object", label: Number(digits) };
}

function orNot<T>(path: string, what: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw notOfFormat(path, what, messageOf(error), error);
  }
}
