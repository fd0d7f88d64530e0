import { median } from "papilio/core/median.ts";
import { type Html, html } from "papilio/report/page/_html.ts";
import { counted, definedOf, numberText } from "papilio/report/page/_numbers.ts";

const BARS = 24;
const WIDTH_PX = 120;
const HEIGHT_PX = 26;

/**
 * A small histogram of the images' values; its bars are as high as their images are many, the highest
 * fills the height. A line marks the median.
 */
export function strip(values: readonly number[], { to }: { to?: number } = {}): Html {
  const known = definedOf(values).toSorted((a, b) => a - b);
  if (known.length === 0) return html`–`;
  const end = to ?? (Math.max(...known) || 1);
  const start = Math.min(0, Math.floor(known[0] as number));
  const place = (value: number) => (value - start) / (end - start);
  const bars = new Array<number>(BARS).fill(0);
  for (const value of known) {
    const bar = Math.max(0, Math.min(BARS - 1, Math.floor(place(value) * BARS)));
    bars[bar] = (bars[bar] as number) + 1;
  }
  const middle = median(known);
  const words = `${counted(known.length, "image")} from ${numberText(known[0] as number)} to ${
    numberText(known.at(-1) as number)
  }, median ${numberText(middle)}`;
  const d = barsPath(bars);
  return html`
    <svg class="strip" viewBox="0 0 ${WIDTH_PX} ${HEIGHT_PX + 4}" role="img" aria-label="${words}">
      <title>${words}</title>
      <path d="${d}" />
      <path class="median" d="M${(place(middle) * WIDTH_PX).toFixed(1)} 0v${HEIGHT_PX + 4}" />
    </svg><span class="ends"><span>${endText(start)}</span><span>${endText(end)}</span></span>
  `;
}

function endText(value: number): string {
  return Number.isInteger(value) ? String(value) : numberText(value);
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
