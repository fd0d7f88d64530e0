import { PapilioError } from "papilio/core/errors.ts";
import { dimmed } from "papilio/report/_dimmed.ts";
import { finiteExtent, viridisColours } from "papilio/report/_viridis.ts";
import type { Raster } from "papilio/report/raster.ts";

/** Numbers for the pixels of a picture: row-major `[heightPx, widthPx]`. */
export interface ScalarMap {
  data: Float32Array;
  widthPx: number;
  heightPx: number;
}

export interface HeatOverlayOptions {
  /** Values that are drawn darkest and brightest; by default the least and the greatest. */
  domain?: readonly [low: number, high: number];
  /** How much of the colours, 0…1; the rest is the photo in grey. 1 shows the map alone. */
  strength?: number;
}

/**
 * A map of numbers in colours over its photo, dark violet through green to yellow (viridis).
 *
 * Shapes: image `[H, W, 3]`, map `[H, W]`; returns a new `[H, W, 3]`. What lies outside the domain has the
 * colour of its end, and NaN is grey.
 * @throws {PapilioError} if the map has another size than the image.
 *
 * @example
 * ```ts
 * import { renderHeatOverlay } from "papilio/report/heat_overlay.ts";
 * const image = { data: new Uint8Array(6), widthPx: 2, heightPx: 1 };
 * const map = { data: Float32Array.of(0, 1), widthPx: 2, heightPx: 1 };
 * const { data } = renderHeatOverlay(image, map, { strength: 1 });
 * console.assert(data.join() === "68,1,84,253,231,37");
 * ```
 */
export function renderHeatOverlay(
  image: Raster,
  map: ScalarMap,
  { domain = finiteExtent(map.data), strength = 0.65 }: HeatOverlayOptions = {},
): Raster {
  checkSize(image, map);
  const drawn = dimmed(image, 1 - strength);
  const colours = viridisColours(map.data, domain);
  for (let i = 0; i < colours.length; i++) {
    drawn.data[i] = Math.round((drawn.data[i] as number) + strength * (colours[i] as number));
  }
  return drawn;
}

function checkSize(image: Raster, map: ScalarMap): void {
  if (map.widthPx === image.widthPx && map.heightPx === image.heightPx) return;
  throw new PapilioError({
    cannot: "draw a map of numbers over the image",
    expected: `${image.widthPx}×${image.heightPx} values, as the image has pixels`,
    got: `${map.widthPx}×${map.heightPx}`,
    remedy: "Bring the map to the image's size first.",
  });
}
