import type { BinaryMask } from "papilio/data/case.ts";

/** Of each of the four edges, at least so much is foreground in a mask with a frame. */
const FRAMED_SHARE = 0.95;

/**
 * Whether foreground runs along all four edges of a mask: a frame that a program drew, mostly.
 *
 * An object that is cut off by the image touches one edge or two. One that fills the image touches all
 * four, so look before you remove anything.
 *
 * @example
 * ```ts
 * import { isFramed } from "papilio/data/frame.ts";
 * const ring = { data: Uint8Array.of(1, 1, 1, 1, 0, 1, 1, 1, 1), widthPx: 3, heightPx: 3 };
 * console.assert(isFramed(ring));
 * ```
 */
export function isFramed({ data, widthPx, heightPx }: BinaryMask): boolean {
  const last = data.length - 1;
  const edges = [
    { first: 0, step: 1, count: widthPx },
    { first: last, step: -1, count: widthPx },
    { first: 0, step: widthPx, count: heightPx },
    { first: last, step: -widthPx, count: heightPx },
  ];
  return edges.every(({ first, step, count }) => {
    let foreground = 0;
    for (let k = 0; k < count; k++) foreground += data[first + k * step] as number;
    return foreground >= FRAMED_SHARE * count;
  });
}
