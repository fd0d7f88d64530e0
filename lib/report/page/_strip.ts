import { median } from "papilio/core/median.ts";
import { counted } from "papilio/core/text.ts";
import { type Html, html } from "papilio/report/page/_html.ts";
import { definedOf, numberText } from "papilio/report/page/_numbers.ts";

const BARS = 24;
const WIDTH_PX = 120;
const HEIGHT_PX = 26;

/** Where the axis of a share may begin. */
const STARTS = [0.9, 0.8, 0.5, 0, -1];

export interface StripOptions {
  /** From 0 (correlations: −1) to 1; other values have no upper end. */
  isShare: boolean;
  /** Behind the point. */
  digits: number;
}

/**
 * A small histogram of the images' values; the highest bar fills the height, a line marks the median.
 */
export function strip(values: readonly number[], { isShare, digits }: StripOptions): Html {
  const known = definedOf(values);
  if (known.length === 0) return html`–`;
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const start = isShare ? STARTS.find((from) => from <= least) ?? -1 : 0;
  const end = isShare ? 1 : most || 1;
  const place = (value: number) => (value - start) / (end - start);
  const words = `${counted(known.length, "image")} from ${numberText(least, digits)} to ${
    numberText(most, digits)
  }, median ${numberText(median(known), digits)}`;
  const middlePx = (place(median(known)) * WIDTH_PX).toFixed(1);
  return html`
    <svg class="strip" viewBox="0 0 ${WIDTH_PX} ${HEIGHT_PX + 4}" role="img" aria-label="${words}">
      <title>${words}</title>
      <path d="${barsPath(countBars(known.map(place)))}" />
      <path class="median" d="M${middlePx} 0v${HEIGHT_PX + 4}" />
    </svg><span class="ends"><span>${start}</span><span>${Number(end.toFixed(digits))}</span></span>
  `;
}

/** How many of the places, 0…1, are in each bar. */
function countBars(places: readonly number[]): number[] {
  const bars = new Array<number>(BARS).fill(0);
  for (const place of places) {
    const bar = Math.max(0, Math.min(BARS - 1, Math.floor(place * BARS)));
    bars[bar] = (bars[bar] as number) + 1;
  }
  return bars;
}

function barsPath(bars: readonly number[]): string {
  const most = Math.max(...bars);
  const width = WIDTH_PX / BARS;
  const drawn = bars.map((count, bar) => {
    const height = Math.max(1.5, HEIGHT_PX * count / most);
    return count === 0
      ? ""
      : `M${bar * width} ${HEIGHT_PX}h${width - 1}v${(-height).toFixed(1)}h${1 - width}z`;
  });
  return `${drawn.join("")}M0 ${HEIGHT_PX + 1}h${WIDTH_PX}v.8h-${WIDTH_PX}z`;
}
