import { present } from "papilio/core/assert.ts";
import type { BinaryMask } from "papilio/data/case.ts";

/** A square map of probabilities, as the network gives it. */
export interface SquareMap {
  /** Row-major `[sidePx, sidePx]`, or with channels `[sidePx, sidePx, channels]`; 0…1. */
  data: Float32Array;
  sidePx: number;
  /** One for each class; by default 1, of a binary mask. */
  channels?: number;
}

/** A map of probabilities with the photo's proportions, as tiles give it. */
export interface SizedMap extends Size {
  /** Row-major `[heightPx, widthPx]`, or with channels `[heightPx, widthPx, channels]`; 0…1. */
  data: Float32Array;
  /** As in `SquareMap`. */
  channels?: number;
}

/** A map of probabilities over a whole photo. */
export type ProbabilityMap = SquareMap | SizedMap;

export interface Size {
  widthPx: number;
  heightPx: number;
}

/** The size of a map, square or not. */
export function mapSize(map: ProbabilityMap): Size {
  if ("sidePx" in map) return { widthPx: map.sidePx, heightPx: map.sidePx };
  return { widthPx: map.widthPx, heightPx: map.heightPx };
}

/**
 * One channel of a map: the probability of one class.
 *
 * @example
 * ```ts
 * import { channelOf } from "papilio/predict/resize.ts";
 * const map = { data: Float32Array.of(0.9, 0.1, 0.2, 0.8), widthPx: 2, heightPx: 1, channels: 2 };
 * console.assert(channelOf(map, 1).data.join() === Float32Array.of(0.1, 0.8).join());
 * ```
 */
export function channelOf(map: ProbabilityMap, channel: number): ProbabilityMap {
  const { channels = 1, ...plane } = map;
  const data = new Float32Array(map.data.length / channels);
  for (let i = 0; i < data.length; i++) data[i] = map.data[i * channels + channel] as number;
  return { ...plane, data };
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

/**
 * Calls `use` with each resized row and where it starts; one row is in memory at a time.
 *
 * Shapes: rows `[widthPx]`, or with channels `[widthPx, channels]`; they start at multiples of that.
 */
export function forEachRow(
  map: ProbabilityMap,
  { widthPx, heightPx }: Size,
  interpolation: Interpolation,
  use: (row: Float32Array, start: number) => void,
): void {
  const source = mapSize(map);
  const columns = taps(widthPx, source.widthPx, interpolation);
  const rows = taps(heightPx, source.heightPx, interpolation);
  const row = new Float32Array(widthPx * (map.channels ?? 1));
  for (let y = 0; y < heightPx; y++) {
    if (y === 0 || !isSameTap(rows, y)) resampleRow(map, columns, rows, y, row);
    use(row, y * row.length);
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
  const { data, channels = 1 } = map;
  const { widthPx } = mapSize(map);
  const upper = present(rows.first[y]) * widthPx * channels;
  const lower = present(rows.second[y]) * widthPx * channels;
  const down = present(rows.weight[y]);
  for (let x = 0, i = 0; i < row.length; x++) {
    const left = columns.first[x] as number;
    const right = columns.second[x] as number;
    const across = columns.weight[x] as number;
    for (let channel = 0; channel < channels; channel++, i++) {
      const [from, to] = [left * channels + channel, right * channels + channel];
      const above = mix(data[upper + from] as number, data[upper + to] as number, across);
      const below = mix(data[lower + from] as number, data[lower + to] as number, across);
      row[i] = mix(above, below, down);
    }
  }
}

function mix(a: number, b: number, weight: number): number {
  return a + weight * (b - a);
}
