import { present } from "papilio/core/assert.ts";
import type { BinaryMask } from "papilio/data/case.ts";

/** A square map of probabilities, as the network gives it. */
export interface SquareMap {
  /** Row-major `[sidePx, sidePx]`, 0…1. */
  data: Float32Array;
  sidePx: number;
}

/** A map of probabilities with the photo's proportions, as tiles give it. */
export interface SizedMap extends Size {
  /** Row-major `[heightPx, widthPx]`, 0…1. */
  data: Float32Array;
}

/** A map of probabilities over a whole photo. */
export type ProbabilityMap = SquareMap | SizedMap;

export interface Size {
  widthPx: number;
  heightPx: number;
}

/** The size of a map, square or not. */
export function mapSize(map: ProbabilityMap): Size {
  return "sidePx" in map ? { widthPx: map.sidePx, heightPx: map.sidePx } : map;
}

/** `nearest` repeats the network's pixels; `bilinear` interpolates between their centres. */
export type Interpolation = "nearest" | "bilinear";

/**
 * The mask at the image's size: foreground where the resized probability is at least the threshold.
 *
 * With `nearest` this is the mask at the network's size, enlarged; with `bilinear` the border runs
 * smoothly between the network's pixels.
 *
 * Shapes: `[S, S]` or `[H, W]` float32 → `[heightPx, widthPx]` of 0 and 1.
 *
 * @example
 * ```ts
 * import { maskAtSize } from "papilio/predict/resize.ts";
 * const map = { data: new Float32Array([0.9, 0.1, 0.4, 0.5]), sidePx: 2 };
 * const mask = maskAtSize(map, { widthPx: 4, heightPx: 2 }, { threshold: 0.5 });
 * console.assert(mask.data.join() === "1,1,0,0,0,0,1,1");
 * ```
 */
export function maskAtSize(
  map: ProbabilityMap,
  size: Size,
  options: { threshold: number; interpolation?: Interpolation },
): BinaryMask {
  const { threshold, interpolation = "nearest" } = options;
  const data = new Uint8Array(size.widthPx * size.heightPx);
  forEachRow(map, size, interpolation, (row, start) => {
    for (let x = 0; x < row.length; x++) data[start + x] = (row[x] as number) >= threshold ? 1 : 0;
  });
  return { ...size, data };
}

/**
 * The probabilities at the image's size, as 16-bit integers.
 *
 * `value = round(65535 · probability)`
 *
 * Shapes: `[S, S]` or `[H, W]` float32 → `[heightPx, widthPx]` uint16.
 */
export function probabilitiesAtSize(
  map: ProbabilityMap,
  size: Size,
  interpolation: Interpolation = "nearest",
): Uint16Array {
  const data = new Uint16Array(size.widthPx * size.heightPx);
  forEachRow(map, size, interpolation, (row, start) => {
    for (let x = 0; x < row.length; x++) data[start + x] = Math.round(65535 * (row[x] as number));
  });
  return data;
}

/** Calls `use` with each resized row and where it starts; one row is in memory at a time. */
export function forEachRow(
  map: ProbabilityMap,
  { widthPx, heightPx }: Size,
  interpolation: Interpolation,
  use: (row: Float32Array, start: number) => void,
): void {
  const source = mapSize(map);
  const columns = taps(widthPx, source.widthPx, interpolation);
  const rows = taps(heightPx, source.heightPx, interpolation);
  const row = new Float32Array(widthPx);
  for (let y = 0; y < heightPx; y++) {
    if (y === 0 || !isSameTap(rows, y)) resampleRow(map, columns, rows, y, row);
    use(row, y * widthPx);
  }
}

/** For each target position, its two neighbours in the source and the weight of the second. */
interface Taps {
  first: Uint32Array;
  second: Uint32Array;
  weight: Float32Array;
}

/** Half-pixel centres: target `i` looks at `(i + 0.5) · source / target − 0.5`, kept inside. */
function taps(targetPx: number, sourcePx: number, interpolation: Interpolation): Taps {
  const first = new Uint32Array(targetPx);
  const second = new Uint32Array(targetPx);
  const weight = new Float32Array(targetPx);
  for (let i = 0; i < targetPx; i++) {
    const centre = (i + 0.5) * sourcePx / targetPx;
    const nearest = Math.min(sourcePx - 1, Math.floor(centre));
    const position = Math.min(sourcePx - 1, Math.max(0, centre - 0.5));
    first[i] = interpolation === "nearest" ? nearest : Math.floor(position);
    second[i] = Math.min(sourcePx - 1, present(first[i]) + 1);
    weight[i] = interpolation === "nearest" ? 0 : position - present(first[i]);
  }
  return { first, second, weight };
}

function isSameTap({ first, weight }: Taps, i: number): boolean {
  return first[i] === first[i - 1] && weight[i] === weight[i - 1];
}

function resampleRow(
  map: ProbabilityMap,
  columns: Taps,
  rows: Taps,
  y: number,
  row: Float32Array,
): void {
  const { data } = map;
  const { widthPx } = mapSize(map);
  const upper = present(rows.first[y]) * widthPx;
  const lower = present(rows.second[y]) * widthPx;
  const down = present(rows.weight[y]);
  for (let x = 0; x < row.length; x++) {
    const left = columns.first[x] as number;
    const right = columns.second[x] as number;
    const across = columns.weight[x] as number;
    const above = mix(data[upper + left] as number, data[upper + right] as number, across);
    const below = mix(data[lower + left] as number, data[lower + right] as number, across);
    row[x] = mix(above, below, down);
  }
}

function mix(a: number, b: number, weight: number): number {
  return a + weight * (b - a);
}
