import type { BinaryMask, RgbImage } from "papilio/data/case.ts";
import { resizeMask } from "papilio/data/masks.ts";
import { renderOverlay } from "papilio/report/overlay.ts";
import { type PixelBox, renderPixels } from "papilio/report/pixels.ts";

export interface EnlargedOptions {
  box: PixelBox;
  /** Each pixel becomes a square of so many. */
  zoom: number;
  /** The hand-made mask, in orange. */
  truth?: BinaryMask;
}

/**
 * A part of an image enlarged by repetition, with thin contours that run along the pixels' edges.
 *
 * Drawn before enlarging, a contour would be two pixels wide and hide what it is to show.
 *
 * Shapes: image `[H, W, 3]`, masks `[H, W]`; returns `[zoom·box.heightPx, zoom·box.widthPx, 3]`.
 */
export function renderEnlargedOverlay(
  image: RgbImage,
  mask: BinaryMask,
  { box, zoom, truth }: EnlargedOptions,
): RgbImage {
  const pixels = renderPixels(image, { box, zoom, grid: false });
  const enlarge = (mask: BinaryMask) =>
    resizeMask(cropMask(mask, box), pixels.widthPx, pixels.heightPx);
  return renderOverlay(pixels, enlarge(mask), truth ? { truth: enlarge(truth) } : {});
}

/** A part of a mask; what lies outside is background. */
function cropMask({ data, widthPx, heightPx }: BinaryMask, box: PixelBox): BinaryMask {
  const crop = new Uint8Array(box.widthPx * box.heightPx);
  for (let y = 0; y < box.heightPx; y++) {
    for (let x = 0; x < box.widthPx; x++) {
      const [column, row] = [box.leftPx + x, box.topPx + y];
      const isInside = column >= 0 && row >= 0 && column < widthPx && row < heightPx;
      if (isInside) crop[y * box.widthPx + x] = data[row * widthPx + column] as number;
    }
  }
  return { data: crop, widthPx: box.widthPx, heightPx: box.heightPx };
}
