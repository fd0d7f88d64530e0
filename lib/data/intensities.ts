import type { Config } from "papilio/core/config.ts";

/** Which values become 0…255: all that a file's format holds, or those between which each image lies. */
export type IntensityRange = Config["intensityRange"];

/** Values of an image as a file holds them, of 8 or of 16 bits. */
export type StoredValues = Uint8Array | Uint16Array;

/** As a `ChannelImage`, of 8 or of 16 bits. */
export interface StoredImage {
  /** Row-major `[heightPx, widthPx, channels]`. */
  data: StoredValues;
  widthPx: number;
  heightPx: number;
}

/** Values between which an image has its content. */
export interface ValueRange {
  low: number;
  high: number;
}

/** Share of the values on either side that are left out: hot pixels, dust, the odd reflection. */
const TAIL = 0.001;

/**
 * The range in which all values but the lowest and the highest 0.1 % lie.
 *
 * The percentiles are interpolated linearly between the two nearest values (NumPy's default, R's type 7).
 * Where both are one value, as of a few spots on black, it is the smallest and the largest value.
 *
 * @example
 * ```ts
 * import { valueRange } from "papilio/data/intensities.ts";
 * const { low, high } = valueRange(Uint16Array.of(1000, 0, 3000, 2000));
 * console.assert(low.toFixed(3) === "3.000" && high.toFixed(3) === "2997.000");
 * ```
 */
export function valueRange(values: StoredValues): ValueRange {
  const counts = histogramOf(values);
  const [low, high] = [TAIL, 1 - TAIL].map((share) => quantileOf(counts, values.length, share)) as [
    number,
    number,
  ];
  if (low < high) return { low, high };
  return { low: counts.findIndex(isSome), high: counts.findLastIndex(isSome) };
}

/**
 * The values in 8 bits, their range stretched over all of them: `255 (v − low) / (high − low)`, rounded;
 * what lies outside becomes 0 or 255. An image of one value keeps it, as its format has it.
 *
 * @example
 * ```ts
 * import { stretched } from "papilio/data/intensities.ts";
 * const bytes = stretched(Uint16Array.of(100, 600, 1100, 4095), { low: 100, high: 1100 });
 * console.assert(bytes.join() === "0,128,255,255");
 * ```
 */
export function stretched(values: StoredValues, { low, high }: ValueRange): Uint8Array {
  const perByte = values.BYTES_PER_ELEMENT === 1 ? 1 : 256;
  const byteOf = (value: number) =>
    high > low ? Math.round(255 * unit((value - low) / (high - low))) : Math.floor(value / perByte);
  const bytes = Uint8Array.from({ length: 256 * perByte }, (_, value) => byteOf(value));
  const result = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = bytes[values[i] as number] as number;
  return result;
}

function histogramOf(values: StoredValues): Uint32Array {
  const counts = new Uint32Array(256 ** values.BYTES_PER_ELEMENT);
  for (let i = 0; i < values.length; i++) (counts[values[i] as number] as number)++;
  return counts;
}

/** As NumPy computes `percentile`: at the place `share (n − 1)` of the sorted values. */
function quantileOf(counts: Uint32Array, total: number, share: number): number {
  const place = share * (total - 1);
  const before = Math.floor(place);
  const [lower, upper] = [before, Math.min(before + 1, total - 1)].map((rank) =>
    valueOfRank(counts, rank)
  ) as [number, number];
  return lower + (place - before) * (upper - lower);
}

/** The value at a place, from 0, of the sorted ones. */
function valueOfRank(counts: Uint32Array, rank: number): number {
  let value = 0;
  for (let seen = counts[0] as number; seen <= rank; seen += counts[value] as number) value++;
  return value;
}

function isSome(count: number): boolean {
  return count > 0;
}

function unit(value: number): number {
  return Math.min(1, Math.max(0, value));
}
