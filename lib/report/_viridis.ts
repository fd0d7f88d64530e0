import { scheme } from "vega";
import { escapeXml } from "papilio/report/svg.ts";

/** What a bar of colours stands for. */
export interface ColourBar {
  title: string;
  /** The values of the darkest and the brightest colour. */
  domain: readonly [low: number, high: number];
}

/** Colours that are told apart in a picture of 8 bits. */
export const STEPS = 256;

/** Of a bar with its title above it. */
export const BAR_HEIGHT_PX = 42;
const MOST_WIDTH_PX = 200;
const COLOURS_PX = 10;
/** For the texts at both ends. */
const END_PX = 40;
const GAP_PX = 8;
const STOPS = 16;

/** CSS colours of the scale, from low to high: as bright as they are high, for every kind of colour vision. */
const colourAt = scheme("viridis") as (share: number) => string;

/** RGB of the scale's colours, from low to high. */
export const viridis: readonly (readonly number[])[] = Array.from(
  { length: STEPS },
  (_, step) => (colourAt(step / (STEPS - 1)).match(/\d+/g) ?? []).map(Number),
);

/** SVG of a bar with its title above and its ends named, in the middle of a strip that begins at `topPx`. */
export function colourBarSvg(
  { title, domain: [low, high] }: ColourBar,
  { topPx, widthPx, fontPx }: { topPx: number; widthPx: number; fontPx: number },
): string {
  const stops = Array.from({ length: STOPS + 1 }, (_, i) => {
    return `<stop offset="${i / STOPS}" stop-color="${colourAt(i / STOPS)}"/>`;
  });
  const lengthPx = Math.min(MOST_WIDTH_PX, widthPx - 2 * END_PX);
  const [left, right] = [(widthPx - lengthPx) / 2, (widthPx + lengthPx) / 2];
  const y = topPx + fontPx + GAP_PX;
  const text = (
    x: number,
    baseline: number,
    { anchor, words }: { anchor: string; words: string },
  ) =>
    `<text x="${x}" y="${baseline}" text-anchor="${anchor}" font-size="${fontPx}">${
      escapeXml(words)
    }</text>`;
  const beside = y + COLOURS_PX / 2 + fontPx * 0.36;
  return `<linearGradient id="colours">${stops.join("")}</linearGradient>
    <rect x="${left}" y="${y}" width="${lengthPx}" height="${COLOURS_PX}" fill="url(#colours)"/>
    ${text(widthPx / 2, topPx + fontPx, { anchor: "middle", words: title })}
    ${text(left - GAP_PX, beside, { anchor: "end", words: `${low}` })}
    ${text(right + GAP_PX, beside, { anchor: "start", words: `${high}` })}`;
}
