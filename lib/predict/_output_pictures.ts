import { Buffer } from "node:buffer";
import sharp, { type Sharp } from "sharp";
import { PapilioError } from "papilio/core/errors.ts";
import { median } from "papilio/core/median.ts";
import type { BinaryMask, RgbImage } from "papilio/data/case.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import { describeObjects } from "papilio/data/objects.ts";
import { maskOverlay } from "papilio/predict/_mask_overlay.ts";
import type { Found } from "papilio/predict/outputs.ts";
import type { Size } from "papilio/predict/resize.ts";
import { classLegend, type DrawnClass } from "papilio/report/class_overlay.ts";
import { withLegend } from "papilio/report/legend_strip.ts";

const MAXIMUM_PICTURE_PIXELS = 100_000_000;

/**
 * A mask needs a byte for each pixel, a picture over ten.
 *
 * @throws {PapilioError} for a photo that is too large to be drawn.
 */
export function checkPictureSize({ widthPx, heightPx }: Size, path: string): void {
  if (widthPx * heightPx <= MAXIMUM_PICTURE_PIXELS) return;
  throw new PapilioError({
    cannot: `draw an overlay or cut-out of ${path}`,
    expected: `at most ${MAXIMUM_PICTURE_PIXELS / 1e6} million pixels`,
    got: `${widthPx}×${heightPx}`,
    remedy: "Leave --overlays and --cutouts away for its mask, or scale it down first.",
  });
}

/** The photo with its mask drawn over it; with classes, each in its colour, and a legend below. */
export async function overlayJpeg(
  image: RgbImage,
  { mask, labels }: Pick<Found, "mask" | "labels">,
  { objects, classes }: { objects: LabelImage; classes: readonly DrawnClass[] },
): Promise<Sharp> {
  const options = { ...(labels && { labels: labels.data }), contourPx: contourPxFor(objects) };
  const drawn = maskOverlay(image, mask, { ...options, classes });
  return fromRgb(await withLegend(drawn, classLegend([mask], classes))).jpeg({
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

/** The photo, transparent outside a binary mask, and where it is so itself. */
export function cutoutPng(image: RgbImage, mask: BinaryMask, ownAlpha?: Uint8Array): Sharp {
  const { widthPx: width, heightPx: height } = mask;
  const alpha = mask.data.map((value, i) => value === 0 ? 0 : ownAlpha?.[i] ?? 255);
  return fromRgb(image)
    .joinChannel(Buffer.from(alpha.buffer), { raw: { width, height, channels: 1 } }).png();
}

function fromRgb({ data, widthPx: width, heightPx: height }: RgbImage): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}
