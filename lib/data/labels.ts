import { present } from "papilio/core/assert.ts";
import type { BinaryMask, Case } from "papilio/data/case.ts";
import { maskFiles, type Size } from "papilio/data/masks.ts";

/** An image of objects: which pixel belongs to which of them. */
export interface LabelImage {
  /** Row-major `[heightPx, widthPx]`: 0 is background, 1…`count` the objects. */
  data: Int32Array;
  widthPx: number;
  heightPx: number;
  count: number;
}

/** Which pixels touch: those with a side in common (4), or a corner too (8). */
export type Connectivity = 4 | 8;

/**
 * Numbers the connected parts of a mask in the order of their first pixels, row by row; where the mask
 * holds other numbers than 1, the parts of one number each.
 *
 * The numbers are those of scikit-image's `label`, whose connectivity 1 is 4 here, and 2 is 8.
 *
 * Shapes: `[heightPx, widthPx]` to the same.
 *
 * @example
 * ```ts
 * import { labelParts } from "papilio/data/labels.ts";
 * const { data, count } = labelParts({ data: Uint8Array.of(1, 1, 0, 1), widthPx: 4, heightPx: 1 });
 * console.assert(data.join() === "1,1,0,2" && count === 2);
 * ```
 */
export function labelParts(mask: BinaryMask, connectivity: Connectivity = 8): LabelImage {
  const { widthPx, heightPx } = mask;
  const labels: LabelImage = {
    data: new Int32Array(mask.data.length),
    widthPx,
    heightPx,
    count: 0,
  };
  const stack = new Int32Array(mask.data.length);
  for (let i = 0; i < mask.data.length; i++) {
    if (mask.data[i] === 0 || labels.data[i] !== 0) continue;
    labels.count++;
    spread(i, mask, labels, { connectivity, stack });
  }
  return labels;
}

/** Gives the newest number to the part that holds the pixel `first`. */
function spread(
  first: number,
  mask: BinaryMask,
  { data, widthPx, heightPx, count }: LabelImage,
  { connectivity, stack }: { connectivity: Connectivity; stack: Int32Array },
): void {
  let height = 1;
  const number = mask.data[first];
  stack[0] = first;
  data[first] = count;
  while (height > 0) {
    const pixel = stack[--height] as number;
    const [x, y] = [pixel % widthPx, Math.floor(pixel / widthPx)];
    for (let row = Math.max(0, y - 1); row <= Math.min(heightPx - 1, y + 1); row++) {
      for (let column = Math.max(0, x - 1); column <= Math.min(widthPx - 1, x + 1); column++) {
        if (connectivity === 4 && row !== y && column !== x) continue;
        const neighbour = row * widthPx + column;
        if (mask.data[neighbour] !== number || data[neighbour] !== 0) continue;
        data[neighbour] = count;
        stack[height++] = neighbour;
      }
    }
  }
}

/** The mask of all objects together. */
export function maskOfLabels({ data, widthPx, heightPx }: LabelImage): BinaryMask {
  return { data: Uint8Array.from(data, (label) => label === 0 ? 0 : 1), widthPx, heightPx };
}

/**
 * The objects of a case: one for each mask file, in the order of their names; where there is one file for
 * all, its connected parts.
 *
 * A pixel of several files belongs to the first of them. A file without foreground is no object.
 *
 * @throws {PapilioError} as `readMask` does.
 */
export async function readLabels(item: Case, imageSize: Size): Promise<LabelImage> {
  const files = maskFiles(item, imageSize);
  if (item.maskPaths.length === 1) return labelParts(present((await files.next()).value));
  const { widthPx, heightPx } = imageSize;
  const labels: LabelImage = {
    data: new Int32Array(widthPx * heightPx),
    widthPx,
    heightPx,
    count: 0,
  };
  for await (const mask of files) labels.count += fillIn(labels, mask);
  return labels;
}

/** Writes an object where there is none yet; 0 if no pixel is left for it. */
function fillIn({ data, count }: LabelImage, mask: BinaryMask): 0 | 1 {
  let isThere: 0 | 1 = 0;
  for (let i = 0; i < data.length; i++) {
    if (mask.data[i] === 0 || data[i] !== 0) continue;
    data[i] = count + 1;
    isThere = 1;
  }
  return isThere;
}

/**
 * The same objects numbered 1, 2, … without gaps, in the order of their numbers.
 *
 * @example
 * ```ts
 * import { renumber } from "papilio/data/labels.ts";
 * const { data, count } = renumber(Int32Array.of(7, 0, 3, 7), { widthPx: 4, heightPx: 1 });
 * console.assert(data.join() === "2,0,1,2" && count === 2);
 * ```
 */
export function renumber(data: Int32Array, { widthPx, heightPx }: Size): LabelImage {
  const used = [...new Set(data)].filter((label) => label !== 0).sort((a, b) => a - b);
  const next = new Map(used.map((label, index) => [label, index + 1]));
  return {
    data: data.map((label) => next.get(label) ?? 0),
    widthPx,
    heightPx,
    count: used.length,
  };
}
