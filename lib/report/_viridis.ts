import { scheme } from "vega";
import { escapeXml } from "papilio/report/svg.ts";

/** What a bar of colours stands for. */
export interface ColourBar {
  title: string;
  /** The values of the darkest and the brightest colour. */
  domain: readonly [low: number, high: number];
}

/** Colours that are told apart in a picture of 8 bits. */
const STEPS = 256;
const LAST_STEP = STEPS - 1;

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
  (_, step) => (colourAt(step / LAST_STEP).match(/\d+/g) ?? []).map(Number),
);

/** RGB of the scale's colours one after the other, and then that of what is not a number. */
const TABLE = Uint8Array.from([...viridis, [128, 128, 128]].flat());

/** RGB of each value, one after the other: values outside the domain as its ends, NaN in grey. */
export function viridisColours(
  map: ArrayLike<number>,
  [low, high]: readonly [number, number],
): Uint8Array {
  const colours = new Uint8Array(map.length * 3);
  for (let i = 0, at = 0; i < map.length; i++, at += 3) {
    const share = ((map[i] as number) - low) / (high - low || 1);
    const step = Number.isNaN(share)
      ? STEPS
      : Math.round(Math.min(Math.max(share, 0), 1) * LAST_STEP);
    colours[at] = TABLE[step * 3] as number;
    colours[at + 1] = TABLE[step * 3 + 1] as number;
    colours[at + 2] = TABLE[step * 3 + 2] as number;
  }
  return colours;
}

/** Least and greatest of the finite values; 0 and 0 if there is none. */
export function finiteExtent(map: ArrayLike<number>): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < map.length; i++) {
    const value = map[i] as number;
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}

/** SVG of a bar with its title above and its ends named, in the middle of a strip that begins at `topPx` and `leftPx`. */
export function colourBarSvg(
  { title, domain: [low, high] }: ColourBar,
  { topPx, leftPx = 0, widthPx, fontPx }: {
    topPx: number;
    leftPx?: number;
    widthPx: number;
    fontPx: number;
  },
): string {
  const stops = Array.from({ length: STOPS + 1 }, (_, i) => {
    return `<stop offset="${i / STOPS}" stop-color="${colourAt(i / STOPS)}"/>`;
  });
  const lengthPx = Math.min(MOST_WIDTH_PX, widthPx - 2 * END_PX);
  const middle = leftPx + widthPx / 2;
  const [left, right] = [middle - lengthPx / 2, middle + lengthPx / 2];
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
    ${text(middle, topPx + fontPx, { anchor: "middle", words: title })}
    ${text(left - GAP_PX, beside, { anchor: "end", words: `${low}` })}
    ${text(right + GAP_PX, beside, { anchor: "start", words: `${high}` })}`;
}
