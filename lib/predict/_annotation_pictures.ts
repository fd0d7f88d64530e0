import { PapilioError } from "papilio/core/errors.ts";
import sharp from "sharp";
import type { BinaryMask, ClassMask, RgbImage } from "papilio/data/case.ts";
import { decodeWithin, imageSize } from "papilio/data/decode.ts";
import type { IntensityRange } from "papilio/data/intensities.ts";
import { resizeMask, sameSize, type Size, sizeText } from "papilio/data/masks.ts";
import { maskOverlay } from "papilio/predict/_mask_overlay.ts";
import type { DrawnClass } from "papilio/report/class_overlay.ts";

/** How large pictures for the web may be. */
export interface PictureLimits {
  /** A photo that is smaller keeps its size. */
  longestSidePx?: number;
  /** Of each file; Zooniverse's limit is a megabyte. */
  mostBytes?: number;
  /** How photos are drawn. */
  intensityRange?: IntensityRange | undefined;
}

/** JPEG files of one size, and the mask at that size. */
interface FittedPictures {
  image: Uint8Array;
  overlay: Uint8Array;
  shown: BinaryMask | ClassMask;
}

const QUALITIES = [90, 80, 70];
const SHRINK = 0.8;
const LEAST_SIDE_PX = 32;

/**
 * A photo and its overlay, as large as the limits allow.
 *
 * @throws {PapilioError} if the photo cannot be read, has another size than its mask, or the limit is too low.
 */
export async function fitPictures(
  source: string,
  mask: BinaryMask | ClassMask,
  { longestSidePx = 1600, mostBytes = 1_000_000, intensityRange, classes = [] }: PictureLimits & {
    classes?: readonly DrawnClass[];
  } = {},
): Promise<FittedPictures> {
  const size = await imageSize(source);
  checkSize(size, mask, source);
  let sidePx = Math.min(longestSidePx, Math.max(size.widthPx, size.heightPx));
  for (;; sidePx = Math.floor(sidePx * SHRINK)) {
    const photo = await decodeWithin(source, sidePx, { intensityRange });
    const shown = resizeMask(mask, photo.widthPx, photo.heightPx);
    const image = await encodeWithin(photo, mostBytes);
    const overlay = image &&
      await encodeWithin(maskOverlay(photo, shown, { classes }), mostBytes);
    if (image && overlay) return { image, overlay, shown };
    if (sidePx < LEAST_SIDE_PX) throw tooFewBytes(source, mostBytes);
  }
}

/** A JPEG file of at most so many bytes, or null if the least quality that is fit for use gives more. */
async function encodeWithin(image: RgbImage, mostBytes: number): Promise<Uint8Array | null> {
  const raw = { width: image.widthPx, height: image.heightPx, channels: 3 } as const;
  for (const quality of QUALITIES) {
    const file = await sharp(image.data, { raw }).jpeg({ quality }).toBuffer();
    if (file.length <= mostBytes) return new Uint8Array(file);
  }
  return null;
}

function checkSize(photo: Size, mask: Size, source: string): void {
  if (sameSize(photo, mask)) return;
  throw new PapilioError({
    cannot: `draw the mask over ${source}`,
    expected: `a photo of ${sizeText(mask)} pixels, as when it was predicted`,
    got: sizeText(photo),
    remedy: "Give the export again, which predicts photos that have changed.",
  });
}

function tooFewBytes(source: string, mostBytes: number): PapilioError {
  return new PapilioError({
    cannot: `bring ${source} below ${mostBytes} bytes`,
    expected: "a limit that a small picture keeps",
    got: `${mostBytes} bytes`,
    remedy: "Zooniverse takes up to a megabyte: 1000000.",
  });
}
