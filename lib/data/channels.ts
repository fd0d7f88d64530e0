import type { StoredImage } from "papilio/data/intensities.ts";

/** The number of channels that the values of an image make. */
export function channelsOf({ data, widthPx, heightPx }: StoredImage): number {
  return data.length / (widthPx * heightPx);
}

/**
 * An image of any number of channels as RGB, for drawing.
 *
 * One channel is repeated; of two the second is shown as green, without blue; of more than three the first
 * three are taken.
 *
 * Shapes: row-major `[…, channels]` to `[…, 3]`, uint8; the same array if it has three already.
 *
 * @example
 * ```ts
 * import { toRgb } from "papilio/data/channels.ts";
 * console.assert(toRgb(Uint8Array.of(7, 9), 1).join() === "7,7,7,9,9,9");
 * console.assert(toRgb(Uint8Array.of(7, 9), 2).join() === "7,9,0");
 * console.assert(toRgb(Uint8Array.of(1, 2, 3, 4), 4).join() === "1,2,3");
 * ```
 */
export function toRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return data;
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  const [green, blue] = channels === 1 ? [0, 0] : [1, 2];
  for (let i = 0; i < pixels; i++) {
    const source = i * channels;
    rgb[i * 3] = data[source] as number;
    rgb[i * 3 + 1] = data[source + green] as number;
    if (channels !== 2) rgb[i * 3 + 2] = data[source + blue] as number;
  }
  return rgb;
}
