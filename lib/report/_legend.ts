import { escapeXml, textWidthPx } from "papilio/report/svg.ts";

/** What a colour of a picture stands for. */
export interface LegendEntry {
  label: string;
  /** `"#56B4E9"` */
  colour: string;
}

/** Of a legend with one line. */
export const LEGEND_LINE_PX = 22;
const SQUARE_PX = 12;
const SQUARE_GAP_PX = 6;
const ENTRY_GAP_PX = 20;

/** The entries in lines that are no wider than a sheet. */
export function legendLines(
  entries: readonly LegendEntry[],
  { widthPx, fontPx }: { widthPx: number; fontPx: number },
): LegendEntry[][] {
  const lines: LegendEntry[][] = [];
  let usedPx = Infinity;
  for (const entry of entries) {
    const wantedPx = entryWidthPx(entry, fontPx) + ENTRY_GAP_PX;
    if (usedPx + wantedPx > widthPx) {
      lines.push([]);
      usedPx = ENTRY_GAP_PX;
    }
    lines.at(-1)?.push(entry);
    usedPx += wantedPx;
  }
  return lines;
}

/** The width of the longest line. */
export function legendWidthPx(lines: readonly LegendEntry[][], fontPx: number): number {
  return Math.max(0, ...lines.map((entries) => lineWidthPx(entries, fontPx)));
}

/** SVG of the lines, each in the middle of a strip; the first begins at `topPx`. */
export function legendSvg(
  lines: readonly LegendEntry[][],
  { topPx, widthPx, fontPx }: { topPx: number; widthPx: number; fontPx: number },
): string {
  return lines.map((entries, line) => {
    let left = (widthPx - lineWidthPx(entries, fontPx)) / 2;
    return entries.map((entry) => {
      const drawn = entrySvg(entry, { left, topPx: topPx + line * LEGEND_LINE_PX, fontPx });
      left += entryWidthPx(entry, fontPx) + ENTRY_GAP_PX;
      return drawn;
    }).join("");
  }).join("");
}

function lineWidthPx(entries: readonly LegendEntry[], fontPx: number): number {
  const widths = entries.map((entry) => entryWidthPx(entry, fontPx));
  return widths.reduce((sum, width) => sum + width + ENTRY_GAP_PX, -ENTRY_GAP_PX);
}

function entryWidthPx({ label }: LegendEntry, fontPx: number): number {
  return SQUARE_PX + SQUARE_GAP_PX + textWidthPx(label, fontPx);
}

function entrySvg(
  { label, colour }: LegendEntry,
  { left, topPx, fontPx }: { left: number; topPx: number; fontPx: number },
): string {
  const x = left + SQUARE_PX + SQUARE_GAP_PX;
  const baseline = topPx + SQUARE_PX / 2 + fontPx * 0.36;
  return `<rect x="${left}" y="${topPx}" width="${SQUARE_PX}" height="${SQUARE_PX}" fill="${colour}"
      stroke="#777" stroke-width="0.5"/>
    <text x="${x}" y="${baseline}" text-anchor="start" font-size="${fontPx}">${
    escapeXml(label)
  }</text>`;
}
