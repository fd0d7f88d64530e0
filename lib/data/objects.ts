import type { BinaryMask } from "papilio/data/case.ts";
import { type LabelImage, labelParts } from "papilio/data/labels.ts";

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
  return describeObjects(labelParts(mask)).sort((a, b) => b.areaPx - a.areaPx);
}

/** The objects of a label image, in the order of their numbers. */
export function describeObjects({ data, widthPx, count }: LabelImage): MaskObject[] {
  const sums = Array.from({ length: count }, (): Sums => ({ ...nothing }));
  for (let i = 0; i < data.length; i++) {
    const label = data[i] as number;
    if (label === 0) continue;
    add(sums[label - 1] as Sums, i % widthPx, Math.floor(i / widthPx));
  }
  return sums.map(describe);
}

interface Sums {
  areaPx: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
  x: number;
  y: number;
}

const nothing: Sums = {
  areaPx: 0,
  left: Infinity,
  right: -Infinity,
  top: Infinity,
  bottom: -Infinity,
  x: 0,
  y: 0,
};

function add(sums: Sums, x: number, y: number): void {
  sums.areaPx++;
  sums.left = Math.min(sums.left, x);
  sums.right = Math.max(sums.right, x);
  sums.top = Math.min(sums.top, y);
  sums.bottom = Math.max(sums.bottom, y);
  sums.x += x + 0.5;
  sums.y += y + 0.5;
}

function describe({ areaPx, left, right, top, bottom, x, y }: Sums): MaskObject {
  return {
    areaPx,
    box: { leftPx: left, topPx: top, widthPx: right - left + 1, heightPx: bottom - top + 1 },
    centroid: { xPx: x / areaPx, yPx: y / areaPx },
  };
}
