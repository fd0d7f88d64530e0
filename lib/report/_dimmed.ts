import type { Raster } from "papilio/report/raster.ts";

/**
 * The picture in grey, `brightness` times as bright: a ground on which colours are those of a drawing alone.
 *
 * Shapes: image `[H, W, 3]`; returns a new `[H, W, 3]`.
 *
 * Source: Rec. ITU-R BT.709 for the weights of the channels.
 */
export function dimmed({ data, widthPx, heightPx }: Raster, brightness: number): Raster {
  const [red, green, blue] = [0.2126 * brightness, 0.7152 * brightness, 0.0722 * brightness];
  const grey = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const level = Math.round(
      red * (data[i] as number) + green * (data[i + 1] as number) + blue * (data[i + 2] as number),
    );
    grey[i] = grey[i + 1] = grey[i + 2] = level;
  }
  return { data: grey, widthPx, heightPx };
}
