import { IGNORED } from "papilio/core/classes.ts";
import { rgbOf } from "papilio/report/_theme.ts";
import { IGNORED_RGB } from "papilio/report/ignored.ts";
import { overlayColours } from "papilio/report/overlay.ts";
import type { MaskRaster, Raster } from "papilio/report/raster.ts";

type Rgb = readonly [number, number, number];

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

/** Turned by so much from one instance to the next, hues never come close to an earlier one soon. */
const GOLDEN_ANGLE_DEGREES = 137.508;

/**
 * A mask in black and white, with grey where it is ignored, or one of grey levels in its greys.
 *
 * Shapes: mask `[H, W]`, values 0…`white` or `IGNORED`; returns `[H, W, 3]`.
 *
 * @example
 * ```ts
 * import { renderMask } from "papilio/report/mask_pictures.ts";
 * const mask = { data: Uint8Array.of(0, 1), widthPx: 2, heightPx: 1 };
 * console.assert(renderMask(mask).data.join() === "0,0,0,255,255,255");
 * ```
 */
export function renderMask(mask: MaskRaster, { white = 1 }: { white?: number } = {}): Raster {
  return painted(mask, (value) => {
    if (value === IGNORED && white < IGNORED) return IGNORED_RGB;
    const grey = Math.round(255 * value / white);
    return [grey, grey, grey];
  });
}

/**
 * Labels in colours: `colours[label]`, black where there is none.
 *
 * Shapes: labels `[H, W]`; returns `[H, W, 3]`.
 */
export function renderLabels(labels: Raster, colours: readonly Rgb[]): Raster {
  return painted(labels, (label) => colours[label] ?? BLACK);
}

/**
 * A mask of classes in their colours; grey where it is ignored.
 *
 * Shapes: mask `[H, W]` of class numbers; returns `[H, W, 3]`.
 */
export function renderClasses(mask: Raster, classes: readonly { colour: string }[]): Raster {
  const colours = classes.map(({ colour }) => rgbOf(colour));
  colours[IGNORED] = IGNORED_RGB;
  return renderLabels(mask, colours);
}

/**
 * Each mask in a colour of its own on black; white where several claim a pixel.
 *
 * Shapes: each mask `[H, W]`, not 0 is foreground; returns `[H, W, 3]`.
 */
export function renderInstances(masks: readonly MaskRaster[]): Raster {
  const { widthPx = 0, heightPx = 0 } = masks[0] ?? {};
  const owners = new Uint16Array(widthPx * heightPx);
  const several = masks.length + 1;
  for (const [index, { data }] of masks.entries()) {
    for (let i = 0; i < owners.length; i++) {
      if (data[i] !== 0) owners[i] = owners[i] === 0 ? index + 1 : several;
    }
  }
  const colours = [BLACK, ...masks.map((_, index) => instanceColour(index)), WHITE];
  return painted({ data: owners, widthPx, heightPx }, (owner) => colours[owner] ?? BLACK);
}

/**
 * Two masks of one size compared: white in both, blue in the first alone, orange in the second alone.
 *
 * Shapes: both `[H, W]`, 0 or 1; returns `[H, W, 3]`.
 */
export function renderDifference(mask: MaskRaster, other: MaskRaster): Raster {
  const data = mask.data.map((value, i) => value + 2 * (other.data[i] as number));
  const colours = [BLACK, overlayColours.prediction, overlayColours.truth, WHITE];
  return renderLabels({ ...mask, data }, colours);
}

/** Each value's colour; asked for once for each value that occurs. */
function painted(
  { data, widthPx, heightPx }: { data: ArrayLike<number>; widthPx: number; heightPx: number },
  colourOf: (value: number) => Rgb,
): Raster {
  const colours = new Map<number, Rgb>();
  const pixels = new Uint8Array(data.length * 3);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    const colour = colours.get(value) ?? colourOf(value);
    colours.set(value, colour);
    pixels.set(colour, i * 3);
  }
  return { data: pixels, widthPx, heightPx };
}

/** A bright colour for an object, counted from 0: hues by the golden angle, in two strengths by turns. */
export function instanceColour(index: number): Rgb {
  const hue = (210 + index * GOLDEN_ANGLE_DEGREES) % 360;
  const lightness = index % 2 === 0 ? 0.6 : 0.5;
  const chroma = (1 - Math.abs(2 * lightness - 1)) * 0.9;
  const channel = (offset: number) => {
    const k = (offset + hue / 30) % 12;
    const part = Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(255 * (lightness - chroma / 2 * part));
  };
  return [channel(0), channel(8), channel(4)];
}
