import type { BinaryMask } from "papilio/data/case.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import type { Size } from "papilio/data/masks.ts";
import { boundsOf, type Polygon, type Ring } from "papilio/annotation/polygons.ts";

/**
 * The pixels whose centres lie within the polygons, by the even-odd rule over all rings.
 *
 * A centre on a line belongs to what is right of or below it, so that polygons with a side in common
 * share no pixel.
 *
 * Shapes: `[heightPx, widthPx]`, 0 or 1.
 *
 * @example
 * ```ts
 * import { fillPolygons } from "papilio/annotation/rasterize.ts";
 * const outer = Float64Array.of(1, 0, 3, 0, 3, 1, 1, 1);
 * const mask = fillPolygons([{ outer, holes: [] }], { widthPx: 4, heightPx: 1 });
 * console.assert(mask.data.join() === "0,1,1,0");
 * ```
 */
export function fillPolygons(polygons: readonly Polygon[], size: Size): BinaryMask {
  const data = new Uint8Array(size.widthPx * size.heightPx);
  forEachSpan(polygons, size, (start, end) => data.fill(1, start, end));
  return { data, widthPx: size.widthPx, heightPx: size.heightPx };
}

/**
 * Objects as a label image: the first gets label 1, and where several claim a pixel, the first has it.
 *
 * Shapes: `[heightPx, widthPx]` int32.
 */
export function redraw(
  objects: readonly { polygons: readonly Polygon[] }[],
  { widthPx, heightPx }: Size,
): LabelImage {
  const data = new Int32Array(widthPx * heightPx);
  for (const [index, { polygons }] of objects.entries()) {
    forEachSpan(polygons, { widthPx, heightPx }, (start, end) => {
      for (let i = start; i < end; i++) if (data[i] === 0) data[i] = index + 1;
    });
  }
  return { data, widthPx, heightPx, count: objects.length };
}

/** Calls `use` with the first pixel of each run within the polygons, and the one after its last. */
function forEachSpan(
  polygons: readonly Polygon[],
  { widthPx, heightPx }: Size,
  use: (start: number, end: number) => void,
): void {
  const rings = polygons.flatMap(({ outer, holes }) => [outer, ...holes]);
  const crossings = crossingsByRow(rings, heightPx);
  const column = (x: number) => Math.min(widthPx, Math.max(0, Math.ceil(x - 0.5)));
  for (const [row, xs] of crossings) {
    xs.sort((a, b) => a - b);
    for (let i = 0; i + 1 < xs.length; i += 2) {
      const [start, end] = [column(xs[i] as number), column(xs[i + 1] as number)];
      if (start < end) use(row * widthPx + start, row * widthPx + end);
    }
  }
}

/** Where the rings cross the line through the centres of each row's pixels. */
function crossingsByRow(rings: readonly Ring[], heightPx: number): Map<number, number[]> {
  const [, top, , bottom] = boundsOf(rings);
  const first = Math.max(0, Math.ceil(top - 0.5));
  const rows = new Map<number, number[]>();
  for (let row = first; row < Math.min(heightPx, Math.ceil(bottom - 0.5)); row++) rows.set(row, []);
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      const next = (i + 2) % ring.length;
      addCrossings(rows, [ring[i], ring[i + 1]] as Point, [ring[next], ring[next + 1]] as Point);
    }
  }
  return rows;
}

type Point = readonly [x: number, y: number];

/** In an order that does not depend on the direction, so that neighbours find the very same number. */
function addCrossings(rows: Map<number, number[]>, from: Point, to: Point): void {
  const [[x0, y0], [x1, y1]] = from[1] < to[1] ? [from, to] : [to, from];
  for (let row = Math.ceil(y0 - 0.5); row < Math.ceil(y1 - 0.5); row++) {
    rows.get(row)?.push(x0 + (row + 0.5 - y0) / (y1 - y0) * (x1 - x0));
  }
}
