import { IGNORED } from "papilio/core/classes.ts";
import type { LegendEntry } from "papilio/report/_legend.ts";
import { rgbOf } from "papilio/report/_theme.ts";
import type { MaskRaster } from "papilio/report/raster.ts";

/** How what is `IGNORED` is drawn: a grey that is brighter than a dimmed photo and flatter than any. */
export const ignoredEntry: LegendEntry = { label: "ignored", colour: "#b4b4b4" };
export const IGNORED_RGB = rgbOf(ignoredEntry.colour);
export const IGNORED_STRENGTH = 0.8;

/**
 * The legend's entry of what is ignored, if one of the masks has such.
 *
 * @example
 * ```ts
 * import { ignoredLegend } from "papilio/report/ignored.ts";
 * const mask = { data: Uint8Array.of(0, 255), widthPx: 2, heightPx: 1 };
 * console.assert(ignoredLegend([mask])[0]?.label === "ignored");
 * ```
 */
export function ignoredLegend(masks: readonly MaskRaster[]): LegendEntry[] {
  return masks.some(({ data }) => data.includes(IGNORED)) ? [ignoredEntry] : [];
}
