import type { RgbImage } from "papilio/data/case.ts";

/** How steeply the luminance changes at each pixel. */
export interface EdgeMap {
  /** Row-major `[heightPx, widthPx]`; 0 along the image's own edge, where it is not known. */
  data: Float32Array;
  widthPx: number;
  heightPx: number;
  /** Over the pixels where it is known. */
  mean: number;
}

/**
 * The magnitude of the luminance's gradient, by Sobel's operator.
 *
 * `|∇I| = √(Gx² + Gy²) / 8` with `I = 0.2126·R + 0.7152·G + 0.0722·B`.
 *
 * Shapes: image `[H, W, 3]`; returns `[H, W]`.
 *
 * Units: grey levels (0…255) a pixel.
 *
 * @example
 * ```ts
 * import { edgeMap } from "papilio/data/edges.ts";
 * const slope = Uint8Array.from({ length: 27 }, (_, i) => 10 * (Math.floor(i / 3) % 3));
 * const { data } = edgeMap({ data: slope, widthPx: 3, heightPx: 3 });
 * console.assert(Math.abs(data[4]! - 10) < 1e-4);
 * ```
 */
export function edgeMap(image: RgbImage): EdgeMap {
  const { widthPx, heightPx } = image;
  const grey = luminance(image);
  const data = new Float32Array(grey.length);
  let sum = 0;
  for (let y = 1; y < heightPx - 1; y++) {
    for (let x = 1; x < widthPx - 1; x++) {
      const i = y * widthPx + x;
      sum += data[i] = gradientAt(grey, i, widthPx);
    }
  }
  const known = Math.max(0, widthPx - 2) * Math.max(0, heightPx - 2);
  return { data, widthPx, heightPx, mean: sum / known };
}

function luminance({ data }: RgbImage): Float32Array {
  const grey = new Float32Array(data.length / 3);
  for (let i = 0, o = 0; i < grey.length; i++, o += 3) {
    grey[i] = 0.2126 * (data[o] as number) + 0.7152 * (data[o + 1] as number) +
      0.0722 * (data[o + 2] as number);
  }
  return grey;
}

function gradientAt(grey: Float32Array, i: number, widthPx: number): number {
  const [above, below] = [i - widthPx, i + widthPx];
  const northWest = grey[above - 1] as number;
  const northEast = grey[above + 1] as number;
  const southWest = grey[below - 1] as number;
  const southEast = grey[below + 1] as number;
  const across = 2 * ((grey[i + 1] as number) - (grey[i - 1] as number));
  const down = 2 * ((grey[below] as number) - (grey[above] as number));
  const gx = northEast + southEast - northWest - southWest + across;
  const gy = southWest + southEast - northWest - northEast + down;
  return Math.hypot(gx, gy) / 8;
}
