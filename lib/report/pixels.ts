import type { Raster } from "papilio/report/raster.ts";

/** A part of a picture. */
export interface PixelBox {
  leftPx: number;
  topPx: number;
  widthPx: number;
  heightPx: number;
}

export interface PixelsOptions {
  /** The part to show; what of it lies outside the picture is left white. */
  box: PixelBox;
  /** Each pixel becomes a square of so many. */
  zoom: number;
  /** Thin lines between the pixels; by default where they are large enough to bear them. */
  grid?: boolean;
}

const SMALLEST_ZOOM_WITH_GRID = 8;
const WHITE = 255;
/** The grid is drawn by bringing what is below it this much nearer to middle grey. */
const GRID_STRENGTH = 0.35;
const GRID_GREY = 128;

/**
 * A part of a picture enlarged by repetition, so that every pixel is seen as it is.
 *
 * Shapes: picture `[H, W, 3]`; returns `[zoom·box.heightPx, zoom·box.widthPx, 3]`.
 *
 * @example
 * ```ts
 * import { renderPixels } from "papilio/report/pixels.ts";
 * const picture = { data: Uint8Array.of(9, 9, 9, 200, 0, 0), widthPx: 2, heightPx: 1 };
 * const box = { leftPx: 1, topPx: 0, widthPx: 1, heightPx: 1 };
 * console.assert(renderPixels(picture, { box, zoom: 2 }).data.join() === "200,0,0,200,0,0,200,0,0,200,0,0");
 * ```
 */
export function renderPixels(picture: Raster, options: PixelsOptions): Raster {
  const { box, zoom, grid = zoom >= SMALLEST_ZOOM_WITH_GRID } = options;
  const [widthPx, heightPx] = [box.widthPx * zoom, box.heightPx * zoom];
  const data = new Uint8Array(widthPx * heightPx * 3);
  for (let y = 0, target = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++, target += 3) {
      const column = box.leftPx + Math.floor(x / zoom);
      const row = box.topPx + Math.floor(y / zoom);
      const isLine = grid && (x % zoom === zoom - 1 || y % zoom === zoom - 1);
      for (let channel = 0; channel < 3; channel++) {
        const value = valueAt(picture, { column, row, channel });
        data[target + channel] = isLine ? towardsGrey(value) : value;
      }
    }
  }
  return { data, widthPx, heightPx };
}

function valueAt(
  { data, widthPx, heightPx }: Raster,
  { column, row, channel }: { column: number; row: number; channel: number },
): number {
  const isInside = column >= 0 && row >= 0 && column < widthPx && row < heightPx;
  return isInside ? data[(row * widthPx + column) * 3 + channel] as number : WHITE;
}

function towardsGrey(value: number): number {
  return Math.round(value + GRID_STRENGTH * (GRID_GREY - value));
}
