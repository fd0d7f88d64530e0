import { Buffer } from "node:buffer";
import { join } from "@std/path";
import sharp, { type Sharp } from "sharp";
import { PapilioError } from "papilio/core/errors.ts";
import { exists, produceFileAtomically, sortedNames } from "papilio/core/files.ts";
import type { BinaryMask, RgbImage } from "papilio/data/case.ts";
import { decodeImage } from "papilio/data/decode.ts";
import {
  type Interpolation,
  maskAtSize,
  probabilitiesAtSize,
  type ProbabilityMap,
  type Size,
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
}

export interface MaskOptions {
  threshold: number;
  interpolation: Interpolation;
}

/** The files of one photo, by kind. */
export function outputPaths(folder: string, id: string) {
  const path = (ending: string) => join(folder, id, `${id}_${ending}`);
  return {
    mask: path("pred.png"),
    probability: path("probability.png"),
    overlay: path("overlay.jpg"),
    cutout: path("cutout.png"),
  };
}

/** Whether every file that is wanted is there. */
export async function haveOutputs(
  folder: string,
  id: string,
  choice: OutputChoice,
): Promise<boolean> {
  const { mask, probability, overlay, cutout } = outputPaths(folder, id);
  const wanted = [
    mask,
    ...(choice.probabilities ? [probability] : []),
    ...(choice.overlays ? [overlay] : []),
    ...(choice.cutouts ? [cutout] : []),
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
  folder: string,
  photo: { id: string; path: string; size: Size; map: ProbabilityMap },
  options: MaskOptions & OutputChoice,
): Promise<{ foregroundFraction: number }> {
  const { id, size, map } = photo;
  const paths = outputPaths(folder, id);
  if (options.overlays || options.cutouts) checkPictureSize(size, photo.path);
  await removeLeftovers(join(folder, id));
  const mask = maskAtSize(map, size, options);
  if (options.probabilities) {
    const data = probabilitiesAtSize(map, size, options.interpolation);
    await write(paths.probability, greyPng(data, size, "grey16"));
  }
  if (options.overlays || options.cutouts) {
    const image = await decodeImage(photo.path);
    if (options.overlays) await write(paths.overlay, overlayJpeg(image, mask));
    if (options.cutouts) await write(paths.cutout, cutoutPng(image, mask));
  }
  const { grey, count } = toGrey(mask);
  await write(paths.mask, greyPng(grey, size, "b-w"));
  return { foregroundFraction: count / grey.length };
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

/** What an export that was killed has left half-written. */
async function removeLeftovers(folder: string): Promise<void> {
  if (!await exists(folder)) return;
  for (const name of await sortedNames(folder, (entry) => entry.name.endsWith(".partial"))) {
    await Deno.remove(join(folder, name));
  }
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

function overlayJpeg(image: RgbImage, mask: BinaryMask): Sharp {
  return fromRgb(renderOverlay(image, mask)).jpeg({ quality: 90, chromaSubsampling: "4:4:4" });
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
