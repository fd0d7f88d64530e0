import type { BinaryMask } from "papilio/data/case.ts";
import { contourPixels } from "papilio/data/distances.ts";
import type { PixelBox } from "papilio/report/pixels.ts";

/** A box is so many cells wide and high, and begins with one. */
const CELLS = 4;

/**
 * The square with the most of the mask's border in it: where there is something to see.
 *
 * It lies inside the mask's picture, unless that is smaller. Places are tried a quarter of the side apart.
 *
 * @example
 * ```ts
 * import { busiestBox } from "papilio/notebook/crop.ts";
 * const data = Uint8Array.from({ length: 1600 }, (_, i) => i % 40 === 30 && i > 800 ? 1 : 0);
 * const { leftPx, topPx } = busiestBox({ data, widthPx: 40, heightPx: 40 }, 16);
 * console.assert(leftPx === 16 && topPx === 20);
 * ```
 */
export function busiestBox(mask: BinaryMask, sidePx: number): PixelBox {
  const cellPx = sidePx / CELLS;
  const counts = countByCell(mask, cellPx);
  const last = (lengthPx: number) => Math.max(0, Math.floor((lengthPx - sidePx) / cellPx));
  let best = { column: 0, row: 0, count: -1 };
  for (let row = 0; row <= last(mask.heightPx); row++) {
    for (let column = 0; column <= last(mask.widthPx); column++) {
      const count = countInBox(counts, column, row);
      if (count > best.count) best = { column, row, count };
    }
  }
  const [leftPx, topPx] = [Math.round(best.column * cellPx), Math.round(best.row * cellPx)];
  return { leftPx, topPx, widthPx: sidePx, heightPx: sidePx };
}

/** Pixels of the border in each cell, `[row][column]`. */
function countByCell(mask: BinaryMask, cellPx: number): number[][] {
  const columns = Math.ceil(mask.widthPx / cellPx);
  const rows = Math.ceil(mask.heightPx / cellPx);
  const counts = Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
  for (const i of contourPixels(mask)) {
    const [x, y] = [i % mask.widthPx, Math.floor(i / mask.widthPx)];
    const row = counts[Math.floor(y / cellPx)] as number[];
    (row[Math.floor(x / cellPx)] as number)++;
  }
  return counts;
}

function countInBox(counts: readonly number[][], column: number, row: number): number {
  return counts.slice(row, row + CELLS)
    .flatMap((cells) => cells.slice(column, column + CELLS))
    .reduce((sum, count) => sum + count, 0);
}
