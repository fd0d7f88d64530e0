import type { BinaryMask } from "papilio/data/case.ts";

/** A connected part of a mask. */
export interface MaskObject {
  areaPx: number;
  /** The smallest box that holds it. */
  box: { leftPx: number; topPx: number; widthPx: number; heightPx: number };
  /** Mean of its pixels' centres, which lie at halves; outside the object if that is bent enough. */
  centroid: { xPx: number; yPx: number };
}

/**
 * The connected parts of a mask, the largest first; pixels touch along sides and at corners.
 *
 * Units: pixels, from the image's upper left corner.
 *
 * @example
 * ```ts
 * import { findObjects } from "papilio/data/objects.ts";
 * const mask = { data: Uint8Array.of(1, 1, 0, 1), widthPx: 4, heightPx: 1 };
 * const [large, small] = findObjects(mask);
 * console.assert(large?.centroid.xPx === 1 && small?.box.leftPx === 3);
 * ```
 */
export function findObjects(mask: BinaryMask): MaskObject[] {
  const isLeft = Uint8Array.from(mask.data);
  const objects: MaskObject[] = [];
  for (let i = 0; i < isLeft.length; i++) {
    if (isLeft[i] !== 0) objects.push(describe(takeObject(i, isLeft, mask), mask.widthPx));
  }
  return objects.sort((a, b) => b.areaPx - a.areaPx);
}

/** The indices of the object that holds the pixel `first`, which are set to 0. */
function takeObject(
  first: number,
  isLeft: Uint8Array,
  { widthPx, heightPx }: BinaryMask,
): number[] {
  const pixels = [first];
  isLeft[first] = 0;
  for (let next = 0; next < pixels.length; next++) {
    const pixel = pixels[next] as number;
    const [x, y] = [pixel % widthPx, Math.floor(pixel / widthPx)];
    for (let row = Math.max(0, y - 1); row <= Math.min(heightPx - 1, y + 1); row++) {
      for (let column = Math.max(0, x - 1); column <= Math.min(widthPx - 1, x + 1); column++) {
        const neighbour = row * widthPx + column;
        if (isLeft[neighbour] === 0) continue;
        isLeft[neighbour] = 0;
        pixels.push(neighbour);
      }
    }
  }
  return pixels;
}

function describe(pixels: readonly number[], imageWidthPx: number): MaskObject {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  let [sumX, sumY] = [0, 0];
  for (const pixel of pixels) {
    const [x, y] = [pixel % imageWidthPx, Math.floor(pixel / imageWidthPx)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    sumX += x + 0.5;
    sumY += y + 0.5;
  }
  return {
    areaPx: pixels.length,
    box: { leftPx: left, topPx: top, widthPx: right - left + 1, heightPx: bottom - top + 1 },
    centroid: { xPx: sumX / pixels.length, yPx: sumY / pixels.length },
  };
}
