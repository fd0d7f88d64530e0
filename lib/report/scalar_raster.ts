import { PapilioError } from "papilio/core/errors.ts";
import type { Raster } from "papilio/report/raster.ts";
import { finiteExtent, viridisColours } from "papilio/report/_viridis.ts";

export interface ScalarRasterOptions {
  /** Values that are drawn darkest and brightest; by default the least and the greatest. */
  domain?: readonly [low: number, high: number];
  /** Repeats each value as a block of pixels, as long as the picture stays within this side. */
  sidePx?: number;
}

/**
 * A square map of numbers as a picture, dark violet through green to yellow (viridis).
 *
 * Shapes: map row-major `[S, S]`. What lies outside the domain has the colour of its end, and NaN is grey.
 * @throws {PapilioError} if the map is not square.
 *
 * @example
 * ```ts
 * import { scalarRaster } from "papilio/report/scalar_raster.ts";
 * const { widthPx, data } = scalarRaster([0, 1, 2, 3], { sidePx: 64 });
 * console.assert(widthPx === 64 && data.slice(0, 3).join() === "68,1,84");
 * ```
 */
export function scalarRaster(
  map: ArrayLike<number>,
  { domain, sidePx = 0 }: ScalarRasterOptions = {},
): Raster {
  const side = Math.sqrt(map.length);
  if (!Number.isInteger(side) || side === 0) throw notSquare(map.length);
  const block = Math.max(1, Math.floor(sidePx / side));
  const widthPx = side * block;
  const colours = viridisColours(map, domain ?? finiteExtent(map));
  const data = new Uint8Array(widthPx * widthPx * 3);
  for (let y = 0, pixel = 0; y < widthPx; y++) {
    for (let x = 0; x < widthPx; x++, pixel++) {
      const value = Math.floor(y / block) * side + Math.floor(x / block);
      data.set(colours.subarray(value * 3, value * 3 + 3), pixel * 3);
    }
  }
  return { data, widthPx, heightPx: widthPx };
}

/**
 * One channel of one image out of a batch of feature maps, row by row.
 *
 * Shapes: features `[N, S, S, C]`, returns `[S, S]`.
 *
 * @example
 * ```ts
 * import { channelMap } from "papilio/report/scalar_raster.ts";
 * const features = { shape: [1, 1, 2, 3], data: new Float32Array([0, 1, 2, 10, 11, 12]) };
 * console.assert(channelMap(features, 1).join() === "1,11");
 * ```
 */
export function channelMap(
  { shape, data }: { shape: readonly number[]; data: Float32Array },
  channel: number,
  image = 0,
): Float32Array {
  const [, rows = 0, columns = 0, channels = 0] = shape;
  const first = image * rows * columns * channels + channel;
  return Float32Array.from({ length: rows * columns }, (_, i) => data[first + i * channels] ?? NaN);
}

function notSquare(count: number): PapilioError {
  return new PapilioError({
    cannot: "draw a map of numbers",
    expected: "as many values as a square has",
    got: `${count}`,
    remedy: "Give the values of one channel, row by row.",
  });
}
