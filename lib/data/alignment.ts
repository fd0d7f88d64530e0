import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import type { BinaryMask, RgbImage } from "papilio/data/case.ts";
import { contourPixels, pixelsAt, signedDistances } from "papilio/data/distances.ts";
import { type EdgeMap, edgeMap } from "papilio/data/edges.ts";
import { emptyMask, sameSize, sizeText } from "papilio/data/masks.ts";

/** A move to the right and downwards, in pixels. */
export interface Shift {
  dx: number;
  dy: number;
}

export interface AlignmentOptions {
  /** Shifts from minus this to this are tried in both directions. */
  radiusPx?: number;
  /** The line that is compared with the image's edges: so far outside the mask's border. */
  offsetPx?: number;
}

/** How well a mask fits its image at each shift. */
export interface Alignment {
  /** `scores[dy + radiusPx][dx + radiusPx]`; see `alignment`. */
  scores: number[][];
  /** The shift that the mask would fit best after; the shorter one if two are alike. */
  best: Shift;
  bestScore: number;
  /** The score of the mask where it is. */
  scoreInPlace: number;
}

/**
 * How strong the image's edges are along the mask's contour, with the mask moved by each shift.
 *
 * `score(dx, dy) = mean |∇I| at (x + dx, y + dy) over the contour's pixels (x, y) / mean |∇I|` over the
 * image. A mask whose border follows an edge of the image has its maximum at (0, 0). What a shift moves
 * out of the image does not count.
 *
 * Shapes: image `[H, W, 3]`, mask `[H, W]`.
 * @throws {PapilioError} if the mask has another size than the image, or no border.
 *
 * @example
 * ```ts
 * import { alignment, shiftMask } from "papilio/data/alignment.ts";
 * const size = { widthPx: 12, heightPx: 12 };
 * const inside = (i: number) => [4, 5, 6, 7].includes(i % 12) && i >= 48 && i < 96;
 * const mask = { ...size, data: Uint8Array.from({ length: 144 }, (_, i) => inside(i) ? 1 : 0) };
 * const image = { ...size, data: Uint8Array.from({ length: 432 }, (_, i) => 200 * mask.data[Math.floor(i / 3)]!) };
 * const { best } = alignment(image, shiftMask(mask, { dx: 2, dy: -1 }), { radiusPx: 3 });
 * console.assert(best.dx === -2 && best.dy === 1);
 * ```
 */
export function alignment(
  image: RgbImage,
  mask: BinaryMask,
  { radiusPx = 10, offsetPx = 0 }: AlignmentOptions = {},
): Alignment {
  checkPair(image, mask);
  const edges = edgeMap(image);
  const contour = contourPixels(mask, offsetPx);
  const shifts = around(radiusPx).map((dy) => around(radiusPx).map((dx) => ({ dx, dy })));
  const scores = shifts.map((row) => row.map((shift) => meanEdge(edges, contour, shift)));
  const scoreOf = ({ dx, dy }: Shift) => present(scores[dy + radiusPx]?.[dx + radiusPx]);
  const best = shifts.flat().sort((a, b) => lengthOf(a) - lengthOf(b))
    .reduce((found, shift) => scoreOf(shift) > scoreOf(found) ? shift : found);
  return { scores, best, bestScore: scoreOf(best), scoreInPlace: scoreOf({ dx: 0, dy: 0 }) };
}

/**
 * How strong the image's edges are along lines at each distance from the mask's border, over its mean.
 *
 * Its maximum tells how far outside (or, below 0, inside) the border the image's edge runs: at 0 if the
 * mask is as large as the object.
 *
 * Shapes: image `[H, W, 3]`, mask `[H, W]`; returns `2·radiusPx + 1` values, from `-radiusPx` on; NaN
 * where no pixel lies so far inside or outside.
 * @throws {PapilioError} as `alignment` does.
 */
export function edgeProfile(image: RgbImage, mask: BinaryMask, radiusPx = 12): number[] {
  checkPair(image, mask);
  const edges = edgeMap(image);
  const distances = signedDistances(mask);
  return around(radiusPx).map((distancePx) => meanEdge(edges, pixelsAt(distances, distancePx)));
}

/** The mask moved; what comes in from outside is background. */
export function shiftMask(mask: BinaryMask, { dx, dy }: Shift): BinaryMask {
  const { widthPx, heightPx } = mask;
  const moved = emptyMask(mask);
  for (let y = Math.max(0, dy); y < Math.min(heightPx, heightPx + dy); y++) {
    const start = (y - dy) * widthPx;
    const row = mask.data.subarray(
      start + Math.max(0, -dx),
      start + Math.min(widthPx, widthPx - dx),
    );
    if (row.length > 0) moved.data.set(row, y * widthPx + Math.max(0, dx));
  }
  return moved;
}

/** Whether somewhere foreground and background meet. */
export function hasBorder({ data }: BinaryMask): boolean {
  return data.includes(0) && data.includes(1);
}

/** `-radius`, …, `radius`. */
export function around(radius: number): number[] {
  return Array.from({ length: 2 * radius + 1 }, (_, i) => i - radius);
}

function lengthOf({ dx, dy }: Shift): number {
  return Math.hypot(dx, dy);
}

/** The mean over the pixels, moved, that are inside; as a multiple of the image's. */
function meanEdge(
  { data, widthPx, heightPx, mean }: EdgeMap,
  pixels: Uint32Array,
  { dx, dy }: Shift = { dx: 0, dy: 0 },
): number {
  let sum = 0;
  let count = 0;
  for (const i of pixels) {
    const x = i % widthPx + dx;
    const y = Math.floor(i / widthPx) + dy;
    if (x < 1 || y < 1 || x >= widthPx - 1 || y >= heightPx - 1) continue;
    sum += data[y * widthPx + x] as number;
    count++;
  }
  return sum / count / (mean || 1); // An image without any edge scores 0.
}

function checkPair(image: RgbImage, mask: BinaryMask): void {
  if (sameSize(image, mask) && hasBorder(mask)) return;
  throw new PapilioError({
    cannot: "compare a mask's border with its image's edges",
    expected: `a mask of ${sizeText(image)} pixels, as its image, with foreground and background`,
    got: hasBorder(mask) ? `${sizeText(mask)}` : "a mask that is all one class",
    remedy: "Take a mask that belongs to the image, or leave the case out.",
  });
}
