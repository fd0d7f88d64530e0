import { IGNORED } from "papilio/core/classes.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { dimmed } from "papilio/report/_dimmed.ts";
import type { LegendEntry } from "papilio/report/_legend.ts";
import { IGNORED_RGB, IGNORED_STRENGTH } from "papilio/report/ignored.ts";
import { AMBER, GREEN, rgbOf, SKY_BLUE } from "papilio/report/_theme.ts";
import type { MaskRaster, Raster } from "papilio/report/raster.ts";

/** So dark that errors stand out on white wings, too. */
const GROUND_BRIGHTNESS = 0.45;

/** What the colours of `renderErrorMap` say: blue and orange as in `renderOverlay` and `renderDifference`. */
export const errorLegend: readonly LegendEntry[] = [
  { label: "found (true positive)", colour: GREEN },
  { label: "invented (false positive)", colour: SKY_BLUE },
  { label: "missed (false negative)", colour: AMBER },
];

/** By 1 for found and 2 for there: background, invented, missed, found; then what is ignored. */
const COLOURS = [...["#000000", SKY_BLUE, AMBER, GREEN].map(rgbOf), IGNORED_RGB];
const STRENGTHS = [0, 0.9, 0.9, 0.4, IGNORED_STRENGTH] as const;
const IGNORED_KIND = 4;

/**
 * Where a mask is right and where it is wrong, over the photo in dim grey: found pixels (true positives) have
 * a green tint, invented ones (false positives) are blue, missed ones (false negatives) orange. What the truth
 * ignores is grey, whatever was found there.
 *
 * Shapes: image `[H, W, 3]`, mask `[H, W]` of 0 and 1, truth also of `IGNORED`; returns a new `[H, W, 3]`.
 *
 * @throws {PapilioError} if a mask has another size than the image.
 *
 * @example
 * ```ts
 * import { renderErrorMap } from "papilio/report/error_map.ts";
 * const strip = (data: Uint8Array) => ({ data, widthPx: 3, heightPx: 1 });
 * const mask = strip(Uint8Array.of(1, 1, 0));
 * const truth = strip(Uint8Array.of(1, 0, 0));
 * const { data } = renderErrorMap(strip(new Uint8Array(9)), mask, truth);
 * console.assert(data.join() === "0,63,46,77,162,210,0,0,0");
 * ```
 */
export function renderErrorMap(image: Raster, mask: MaskRaster, truth: MaskRaster): Raster {
  checkSize(image, mask, "the mask");
  checkSize(image, truth, "the true mask");
  const drawn = dimmed(image, GROUND_BRIGHTNESS);
  const { data } = drawn;
  for (let i = 0; i < mask.data.length; i++) {
    const isIgnored = truth.data[i] === IGNORED;
    const kind = isIgnored ? IGNORED_KIND : (mask.data[i] ? 1 : 0) + (truth.data[i] ? 2 : 0);
    if (kind === 0) continue;
    const colour = COLOURS[kind] as readonly number[];
    const strength = STRENGTHS[kind] as number;
    for (let at = i * 3, channel = 0; channel < 3; channel++, at++) {
      const below = data[at] as number;
      data[at] = Math.round(below + strength * ((colour[channel] as number) - below));
    }
  }
  return drawn;
}

function checkSize(image: Raster, mask: MaskRaster, name: string): void {
  if (mask.widthPx === image.widthPx && mask.heightPx === image.heightPx) return;
  throw new PapilioError({
    cannot: `draw the errors of a mask over the image`,
    expected: `${name} with ${image.widthPx}×${image.heightPx} pixels, as the image`,
    got: `${mask.widthPx}×${mask.heightPx}`,
    remedy: "Bring the mask to the image's size first.",
  });
}
