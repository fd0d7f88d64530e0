import { IGNORED } from "papilio/core/classes.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { IGNORED_RGB, IGNORED_STRENGTH } from "papilio/report/ignored.ts";
import type { MaskRaster, Raster } from "papilio/report/raster.ts";

export type Rgb = readonly [number, number, number];

/** Told apart by every kind of colour vision, and seen on dark and on bright ground. */
export const overlayColours = {
  prediction: [0, 160, 255],
  truth: [255, 140, 0],
} as const satisfies Record<string, Rgb>;

const TINT_STRENGTH = 0.25;
const DASH_PX = 4;

export interface OverlayOptions {
  /** The hand-made mask, to compare with: its contour is orange. */
  truth?: MaskRaster;
  /** The number of each pixel's object: contours run between objects that touch, too. */
  labels?: Int32Array;
  /** Width of the contour; by default 2, and more on pictures whose longer side exceeds 1000 pixels. */
  contourPx?: number;
}

/**
 * The image with its mask drawn over it: a blue tint, and a contour centred on the mask's border.
 *
 * Where the contours of mask and truth coincide, blue and orange dashes alternate. What either of them ignores
 * is grey.
 *
 * Shapes: image `[H, W, 3]`, mask and truth `[H, W]` of 0, 1 or `IGNORED`; returns a new `[H, W, 3]`.
 *
 * @throws {PapilioError} if a mask has another size than the image.
 *
 * @example
 * ```ts
 * import { renderOverlay } from "papilio/report/overlay.ts";
 * const image = { data: new Uint8Array(12), widthPx: 2, heightPx: 2 };
 * const mask = { data: new Uint8Array([1, 0, 0, 0]), widthPx: 2, heightPx: 2 };
 * const overlay = renderOverlay(image, mask);
 * console.assert(overlay.data.slice(0, 3).join() === "0,160,255");
 * console.assert(overlay.data.slice(9).join() === "0,0,0");
 * ```
 */
export function renderOverlay(
  image: Raster,
  mask: MaskRaster,
  options: OverlayOptions = {},
): Raster {
  const { truth, contourPx = defaultContourPx(image) } = options;
  checkSize(image, mask, "the mask");
  if (truth) checkSize(image, truth, "the true mask");
  const reachPx = Math.max(1, Math.round(contourPx / 2));
  const onMask = borderOf({ ...mask, data: options.labels ?? judged(mask.data) }, reachPx);
  const onTruth = truth
    ? borderOf({ ...truth, data: judged(truth.data) }, reachPx)
    : new Uint8Array(onMask.length);
  const drawn = { ...image, data: Uint8Array.from(image.data) };
  for (let y = 0, i = 0; y < image.heightPx; y++) {
    for (let x = 0; x < image.widthPx; x++, i++) {
      if (onMask[i] || onTruth[i]) {
        const colour = contourColour(onMask[i] === 1, onTruth[i] === 1, x + y);
        blend(drawn.data, i * 3, colour, 1);
      } else if (mask.data[i] === IGNORED || truth?.data[i] === IGNORED) {
        blend(drawn.data, i * 3, IGNORED_RGB, IGNORED_STRENGTH);
      } else if (mask.data[i]) blend(drawn.data, i * 3, overlayColours.prediction, TINT_STRENGTH);
    }
  }
  return drawn;
}

/** Wider on large pictures. */
export function defaultContourPx({ widthPx, heightPx }: Raster): number {
  return 2 * Math.max(1, Math.round(Math.max(widthPx, heightPx) / 1000));
}

/** The values with 0 for what is ignored, which has no border to the background. */
function judged(data: Uint8Array): Uint8Array {
  return data.includes(IGNORED) ? data.map((value) => value === IGNORED ? 0 : value) : data;
}

/** 1 where the numbers change within `reachPx` of a pixel, along its row or its column. */
function borderOf(
  { data, widthPx, heightPx }: { data: ArrayLike<number>; widthPx: number; heightPx: number },
  reachPx: number,
): Uint8Array {
  const border = new Uint8Array(data.length);
  for (let y = 0, i = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++, i++) {
      if (x > 0 && data[i - 1] !== data[i]) {
        const [first, end] = [Math.max(0, x - reachPx), Math.min(widthPx, x + reachPx)];
        border.fill(1, i - x + first, i - x + end);
      }
      if (y > 0 && data[i - widthPx] !== data[i]) {
        const [first, end] = [Math.max(0, y - reachPx), Math.min(heightPx, y + reachPx)];
        for (let row = first; row < end; row++) border[row * widthPx + x] = 1;
      }
    }
  }
  return border;
}

function contourColour(onMask: boolean, onTruth: boolean, diagonal: number): Rgb {
  if (onMask && onTruth) {
    const isEvenDash = Math.floor(diagonal / DASH_PX) % 2 === 0;
    return isEvenDash ? overlayColours.prediction : overlayColours.truth;
  }
  return onMask ? overlayColours.prediction : overlayColours.truth;
}

/** Brings a pixel of a picture so much nearer to a colour. */
export function blend(data: Uint8Array, offset: number, colour: Rgb, strength: number): void {
  for (let channel = 0; channel < 3; channel++) {
    const below = data[offset + channel] as number;
    data[offset + channel] = Math.round(below + strength * (colour[channel] as number - below));
  }
}

/** @throws {PapilioError} if a mask has another size than its image. */
export function checkSize(image: Raster, mask: MaskRaster, name: string): void {
  if (mask.widthPx === image.widthPx && mask.heightPx === image.heightPx) return;
  throw new PapilioError({
    cannot: `draw ${name} over the image`,
    expected: `${image.widthPx}×${image.heightPx} pixels, as the image`,
    got: `${mask.widthPx}×${mask.heightPx}`,
    remedy: "Bring the mask to the image's size first.",
  });
}
