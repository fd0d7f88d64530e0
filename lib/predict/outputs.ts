import { Buffer } from "node:buffer";
import { join } from "@std/path";
import sharp, { type Sharp } from "sharp";
import { PapilioError } from "papilio/core/errors.ts";
import { exists, produceFileAtomically, sortedNames } from "papilio/core/files.ts";
import { median } from "papilio/core/median.ts";
import { writeLabelImage } from "papilio/annotation/label_image.ts";
import type { BinaryMask, RgbImage } from "papilio/data/case.ts";
import { decodeImage } from "papilio/data/decode.ts";
import { type LabelImage, labelParts } from "papilio/data/labels.ts";
import { describeObjects } from "papilio/data/objects.ts";
import {
  type Interpolation,
  probabilitiesAtSize,
  type ProbabilityMap,
  type Size,
  type SizedMap,
} from "papilio/predict/resize.ts";
import { renderOverlay } from "papilio/report/overlay.ts";

const MAXIMUM_PICTURE_PIXELS = 100_000_000;

/** What is written beside each mask. */
export interface OutputChoice {
  /** `<id>_probability.png`: 16-bit grey, 65535 is probability 1. */
  probabilities?: boolean;
  /** `<id>_overlay.jpg`: the photo with the mask's tint and contour. */
  overlays?: boolean;
  /** `<id>_cutout.png`: the photo, transparent outside the mask. */
  cutouts?: boolean;
  /** `<id>_labels.png`: the number of each pixel's object, 16 bits. */
  labels?: boolean;
}

/** What was found in a photo. */
export interface Found {
  map: ProbabilityMap;
  /** At the photo's own size. */
  mask: BinaryMask;
  /** If it was split into objects; else its connected parts are these. */
  labels?: LabelImage;
}

/** The files of one photo, by kind. */
export function outputPaths(folder: string, id: string) {
  const path = (ending: string) => join(folder, id, `${id}_${ending}`);
  return {
    mask: path("pred.png"),
    probability: path("probability.png"),
    overlay: path("overlay.jpg"),
    cutout: path("cutout.png"),
    labels: path("labels.png"),
  };
}

/** Whether every file that is wanted is there. */
export async function haveOutputs(
  folder: string,
  id: string,
  choice: OutputChoice,
): Promise<boolean> {
  const { mask, probability, overlay, cutout, labels } = outputPaths(folder, id);
  const wanted = [
    mask,
    ...(choice.probabilities ? [probability] : []),
    ...(choice.overlays ? [overlay] : []),
    ...(choice.cutouts ? [cutout] : []),
    ...(choice.labels ? [labels] : []),
  ];
  const found = await Promise.all(wanted.map(exists));
  return found.every(Boolean);
}

/**
 * Writes the files of one photo, the mask last: where it stands, the others do.
 *
 * Returns the share of its pixels that is foreground.
 */
export async function writeOutputs(
  { id, path }: { id: string; path: string },
  found: Found,
  options: OutputChoice & { out: string; interpolation: Interpolation },
): Promise<{ foregroundFraction: number }> {
  const { mask, map } = found;
  const { probabilities, labels, out, interpolation } = options;
  const paths = outputPaths(out, id);
  if (options.overlays || options.cutouts) checkPictureSize(mask, path);
  await removeLeftovers(join(out, id), id);
  if (probabilities) {
    const data = probabilitiesAtSize(map, mask, interpolation);
    await write(paths.probability, greyPng(data, mask, "grey16"));
  }
  if (labels) {
    await writeLabelImage({ id, labels: found.labels ?? labelParts(mask) }, paths.labels, "png");
  }
  await writePictures(path, found, { paths, ...options });
  const { grey, count } = toGrey(mask);
  await write(paths.mask, greyPng(grey, mask, "b-w"));
  return { foregroundFraction: count / grey.length };
}

async function writePictures(
  photoPath: string,
  { mask, labels }: Found,
  { paths, overlays, cutouts }: OutputChoice & { paths: ReturnType<typeof outputPaths> },
): Promise<void> {
  if (!overlays && !cutouts) return;
  const image = await decodeImage(photoPath);
  if (overlays) await write(paths.overlay, overlayJpeg(image, mask, labels));
  if (cutouts) await write(paths.cutout, cutoutPng(image, mask));
}

/** Reads back what `--probabilities` wrote, to 1/65535. */
export async function readProbabilities(path: string): Promise<SizedMap> {
  const { data, info } = await sharp(path, { limitInputPixels: false, ignoreIcc: true })
    .toColourspace("grey16").raw({ depth: "ushort" }).toBuffer({ resolveWithObject: true });
  const values = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  return {
    data: Float32Array.from(values, (value) => value / 65535),
    widthPx: info.width,
    heightPx: info.height,
  };
}

/** A mask needs a byte for each pixel, a picture over ten. */
function checkPictureSize({ widthPx, heightPx }: Size, path: string): void {
  if (widthPx * heightPx <= MAXIMUM_PICTURE_PIXELS) return;
  throw new PapilioError({
    cannot: `draw an overlay or cut-out of ${path}`,
    expected: `at most ${MAXIMUM_PICTURE_PIXELS / 1e6} million pixels`,
    got: `${widthPx}×${heightPx}`,
    remedy: "Leave --overlays and --cutouts away for its mask, or scale it down first.",
  });
}

/** What an earlier export has left: files of the photo by other settings, and half-written ones. */
async function removeLeftovers(folder: string, id: string): Promise<void> {
  if (!await exists(folder)) return;
  const isOurs = ({ name, isFile }: Deno.DirEntry) => isFile && name.startsWith(`${id}_`);
  for (const name of await sortedNames(folder, isOurs)) await Deno.remove(join(folder, name));
}

async function write(path: string, picture: Sharp): Promise<void> {
  await produceFileAtomically(path, (temporary) => picture.toFile(temporary));
}

/** {0, 1} to {0, 255}, in place: the mask is needed no more. */
function toGrey({ data }: BinaryMask): { grey: Uint8Array; count: number } {
  let count = 0;
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 0) continue;
    data[i] = 255;
    count++;
  }
  return { grey: data, count };
}

function greyPng(data: Uint8Array | Uint16Array, size: Size, space: "b-w" | "grey16"): Sharp {
  const raw = { width: size.widthPx, height: size.heightPx, channels: 1 as const };
  return sharp(data, { raw, limitInputPixels: false }).toColourspace(space).png();
}

function overlayJpeg(image: RgbImage, mask: BinaryMask, labels?: LabelImage): Sharp {
  const options = {
    ...(labels ? { labels: labels.data } : {}),
    contourPx: contourPxFor(labels ?? labelParts(mask)),
  };
  return fromRgb(renderOverlay(image, mask, options)).jpeg({
    quality: 90,
    chromaSubsampling: "4:4:4",
  });
}

/** Contours are wider on large photos, but not so wide that they hide small objects. */
function contourPxFor(labels: LabelImage): number {
  const { widthPx, heightPx } = labels;
  const byPhoto = Math.max(widthPx, heightPx) / 500;
  const diameters = describeObjects(labels).map(({ areaPx }) => Math.sqrt(areaPx));
  const byObjects = diameters.length > 0 ? median(diameters) / 20 : Infinity;
  return 2 * Math.max(1, Math.round(Math.min(byPhoto, byObjects) / 2));
}

function cutoutPng(image: RgbImage, mask: BinaryMask): Sharp {
  const { widthPx: width, heightPx: height } = mask;
  const alpha = mask.data.map((value) => value === 0 ? 0 : 255);
  return fromRgb(image)
    .joinChannel(Buffer.from(alpha.buffer), { raw: { width, height, channels: 1 } }).png();
}

function fromRgb({ data, widthPx: width, heightPx: height }: RgbImage): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}
