import { Buffer } from "node:buffer";
import sharp from "sharp";
import { dimmed } from "papilio/report/_dimmed.ts";
import { instanceColour } from "papilio/report/mask_pictures.ts";
import type { Raster } from "papilio/report/raster.ts";
import { FONT_FAMILY, svgToPng } from "papilio/report/svg.ts";

const GROUND_BRIGHTNESS = 0.6;
const TINT_STRENGTH = 0.65;
/** Of the picture's longer side. */
const FONT_SHARE = 0.06;

/** An object's number and its middle, in the picture's pixels. */
export interface NumberedPlace {
  label: number;
  xPx: number;
  yPx: number;
}

/**
 * The photo in dim grey with each object in a colour of its own, and numbers where they are asked for.
 *
 * Shapes: image `[H, W, 3]`, labels `[H, W]`, 0 is background; returns a new `[H, W, 3]`.
 */
export async function renderObjects(
  image: Raster,
  labels: Int32Array,
  { numbers = [] }: { numbers?: readonly NumberedPlace[] } = {},
): Promise<Raster> {
  const drawn = dimmed(image, GROUND_BRIGHTNESS);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    if (label !== 0) tint(drawn.data, i * 3, instanceColour(label - 1));
  }
  return numbers.length === 0 ? drawn : await withNumbers(drawn, numbers);
}

function tint(data: Uint8Array, at: number, colour: readonly number[]): void {
  for (let channel = 0; channel < 3; channel++) {
    const below = data[at + channel] as number;
    data[at + channel] = Math.round(
      below + TINT_STRENGTH * ((colour[channel] as number) - below),
    );
  }
}

async function withNumbers(
  { data, widthPx, heightPx }: Raster,
  numbers: readonly NumberedPlace[],
): Promise<Raster> {
  const fontPx = Math.max(9, FONT_SHARE * Math.max(widthPx, heightPx));
  const texts = numbers.map(({ label, xPx, yPx }) =>
    `<text x="${xPx}" y="${yPx + 0.36 * fontPx}">${label}</text>`
  );
  const style = `font-family="${FONT_FAMILY}" font-weight="bold" font-size="${fontPx}"
    text-anchor="middle" fill="white" stroke="black" stroke-width="${fontPx / 5}"
    paint-order="stroke" stroke-linejoin="round"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}"
    ${style}>${texts.join("")}</svg>`;
  const raw = { width: widthPx, height: heightPx, channels: 3 as const };
  const composed = sharp(data, { raw }).composite([{ input: Buffer.from(svgToPng(svg)) }]);
  return { data: await composed.removeAlpha().raw().toBuffer(), widthPx, heightPx };
}
