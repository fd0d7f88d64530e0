import { Buffer } from "node:buffer";
import sharp from "sharp";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import {
  LEGEND_LINE_PX,
  type LegendEntry,
  legendLines,
  legendSvg,
} from "papilio/report/_legend.ts";
import { type Cell, packRow, type PictureSize } from "papilio/report/_packed_rows.ts";
import type { Raster } from "papilio/report/raster.ts";
import {
  escapeXml,
  FONT_FAMILY,
  svgToPng,
  textWidthPx,
  UNITS_PER_INCH,
} from "papilio/report/svg.ts";
import { BAR_HEIGHT_PX, type ColourBar, colourBarSvg } from "papilio/report/_viridis.ts";

/** One picture of a contact sheet. */
export interface Panel {
  image: Raster;
  /** Stands below the picture; `\n` begins a new line. What is too long shrinks, and then loses its middle. */
  label: string;
  /** What colours of this picture stand for; the sheet names each once. */
  legend?: readonly LegendEntry[];
}

export interface GridOptions {
  /** Pictures in a row; by default 4, or fewer if there are fewer. */
  columns?: number;
  /** Side of the square that a picture is fitted into; in a row of unlike shapes all are of one height. */
  panelPx?: number;
  /** Stands above all. */
  title?: string;
  /** Multiplies every measure, text included: 2 for a sheet that is shown at half its size. */
  scale?: number;
  /** 256 colours, chosen for the sheet, in place of all: a sheet of photos is about a third as large. */
  palette?: boolean;
  /** What the colours of `scalarRaster` and `renderHeatOverlay` stand for; drawn below all, side by side. */
  colourBar?: ColourBar | readonly ColourBar[];
  /** What other colours stand for; drawn below all. */
  legend?: readonly LegendEntry[];
}

const PANEL_PX = 256;
const GAP_PX = 12;
const FONT_PX = 13;
/** To which labels shrink, all of a sheet alike, before one of them loses its middle. */
const LEAST_FONT_PX = 9.5;
const LINE_PX = 18;
const TITLE_PX = 34;
const TITLE_FONT_PX = 16;
/** Least width for a bar of colours beside another. */
const BAR_ROOM_PX = 240;

/**
 * The PNG of a contact sheet: pictures in rows, each with a short label below.
 *
 * Pictures keep their aspect ratio and are fitted into squares of `panelPx`; those of a row of unlike shapes
 * share its width so that all are of one height.
 *
 * @throws {PapilioError} if there is no picture.
 *
 * @example
 * ```ts
 * import { renderGrid } from "papilio/report/grid.ts";
 * const image = { data: new Uint8Array(12), widthPx: 2, heightPx: 2 };
 * const png = await renderGrid([{ image, label: "0010001\nIoU 0.94" }], { panelPx: 96 });
 * console.assert(png.length > 0);
 * ```
 */
export async function renderGrid(
  panels: readonly Panel[],
  options: GridOptions = {},
): Promise<Uint8Array> {
  if (panels.length === 0) throw noPanels();
  const sheet = layOut(panels, options);
  const { scale = 1, palette = false } = options;
  const pictures = await Promise.all(
    panels.map((panel, index) => place(panel, index, { sheet, scale })),
  );
  const texts = { input: Buffer.from(svgToPng(drawTexts(panels, sheet), scale)), left: 0, top: 0 };
  const canvas = {
    width: Math.round(sheet.widthPx * scale),
    height: Math.round(sheet.heightPx * scale),
    channels: 3 as const,
    background: "white",
  };
  const drawn = sharp({ create: canvas }).composite([...pictures, texts]);
  const density = UNITS_PER_INCH * scale;
  return new Uint8Array(await drawn.withMetadata({ density }).png({ palette }).toBuffer());
}

/** Where everything stands, in pixels at scale 1. */
interface Sheet {
  columns: number;
  /** Of each picture. */
  cells: readonly Cell[];
  title: string;
  widthPx: number;
  heightPx: number;
  /** Lower edge of the pictures of each row; their labels follow. */
  baselinesPx: readonly number[];
  colourBars: readonly ColourBar[];
  legend: readonly LegendEntry[][];
  legendTopPx: number;
  barsTopPx: number;
  barsInRow: number;
}

function layOut(panels: readonly Panel[], options: GridOptions): Sheet {
  const { panelPx = PANEL_PX, title = "" } = options;
  const columns = columnsOf(panels.length, options);
  const cells = cellsOf(panels.map(({ image }) => image), options);
  const labelLines = Math.max(...panels.map((panel) => panel.label.split("\n").length));
  const baselinesPx: number[] = [];
  let topPx = title === "" ? GAP_PX : TITLE_PX;
  for (let first = 0; first < panels.length; first += columns) {
    const heights = panels.slice(first, first + columns)
      .map(({ image }, i) => fit(image, present(cells[first + i]).sidePx).height);
    topPx += Math.max(...heights);
    baselinesPx.push(topPx);
    topPx += labelLines * LINE_PX + GAP_PX;
  }
  const widthPx = GAP_PX + columns * (panelPx + GAP_PX);
  const colourBars = [options.colourBar ?? []].flat();
  const legend = legendLines(allEntries(panels, options.legend), { widthPx, fontPx: FONT_PX });
  const barsTopPx = topPx + legend.length * LEGEND_LINE_PX;
  const barsInRow = Math.min(colourBars.length, Math.max(1, Math.floor(widthPx / BAR_ROOM_PX)));
  const barRows = colourBars.length === 0 ? 0 : Math.ceil(colourBars.length / barsInRow);
  const heightPx = barsTopPx + barRows * BAR_HEIGHT_PX;
  const placed = { widthPx, heightPx, baselinesPx, legendTopPx: topPx, barsTopPx, barsInRow };
  return { columns, cells, title, colourBars, legend, ...placed };
}

function columnsOf(count: number, { columns = Math.min(4, count) }: GridOptions): number {
  return columns;
}

function cellsOf(pictures: readonly PictureSize[], options: GridOptions): Cell[] {
  const { panelPx = PANEL_PX } = options;
  const columns = columnsOf(pictures.length, options);
  const rows = Array.from(
    { length: Math.ceil(pictures.length / columns) },
    (_, row) => pictures.slice(row * columns, (row + 1) * columns),
  );
  return rows.flatMap((row) => packRow(row, { panelPx, gapPx: GAP_PX }));
}

/** The longer side at which a sheet shows each of such pictures: what is drawn at it stays sharp. */
export function shownSides(pictures: readonly PictureSize[], options: GridOptions = {}): number[] {
  return cellsOf(pictures, options).map(({ sidePx }) => sidePx * (options.scale ?? 1));
}

/** The sheet's own entries, and then those of its pictures that are new. */
function allEntries(panels: readonly Panel[], own: readonly LegendEntry[] = []): LegendEntry[] {
  const all = [...own, ...panels.flatMap(({ legend = [] }) => legend)];
  return [...new Map(all.map((entry) => [`${entry.colour} ${entry.label}`, entry])).values()];
}

/** The picture at the size at which it just fits into a square: what a panel shows of it. */
export async function fitIntoSquare(image: Raster, sidePx: number): Promise<Raster> {
  const { width, height } = fit(image, sidePx);
  const raw = { width: image.widthPx, height: image.heightPx, channels: 3 as const };
  const pixels = sharp(image.data, { raw, limitInputPixels: false });
  const data = await pixels.resize({ width, height, fit: "fill" }).raw().toBuffer();
  return { data, widthPx: width, heightPx: height };
}

/** The size at which a picture just fits into a square. */
function fit({ widthPx, heightPx }: Raster, sidePx: number): { width: number; height: number } {
  const scale = sidePx / Math.max(widthPx, heightPx);
  return {
    width: Math.max(1, Math.round(widthPx * scale)),
    height: Math.max(1, Math.round(heightPx * scale)),
  };
}

/** The middle of a panel's lower edge. */
function foot(index: number, { columns, cells, baselinesPx }: Sheet): { x: number; y: number } {
  const { leftPx, widthPx } = present(cells[index]);
  return { x: leftPx + widthPx / 2, y: present(baselinesPx[Math.floor(index / columns)]) };
}

async function place(
  { image }: Panel,
  index: number,
  { sheet, scale }: { sheet: Sheet; scale: number },
) {
  const { data, widthPx, heightPx } = await fitIntoSquare(
    image,
    present(sheet.cells[index]).sidePx * scale,
  );
  const { x, y } = foot(index, sheet);
  return {
    input: Buffer.from(data),
    raw: { width: widthPx, height: heightPx, channels: 3 as const },
    left: Math.floor(x * scale - widthPx / 2 + 1e-3), // Shares of a row are no round numbers.
    top: Math.round(y * scale) - heightPx,
  };
}

function drawTexts(panels: readonly Panel[], sheet: Sheet): string {
  const fontPx = labelFontPx(panels, sheet);
  const labels = panels.flatMap((panel, index) => {
    const { x, y } = foot(index, sheet);
    const { widthPx } = present(sheet.cells[index]);
    return panel.label.split("\n").map((line, row) =>
      textAt(x, y + (row + 0.8) * LINE_PX, { text: shorten(line, widthPx, fontPx), fontPx })
    );
  });
  const title = textAt(sheet.widthPx / 2, TITLE_PX * 0.65, {
    text: shorten(sheet.title, sheet.widthPx, TITLE_FONT_PX),
    fontPx: TITLE_FONT_PX,
    isBold: true,
  });
  const { legend, legendTopPx, widthPx, heightPx } = sheet;
  const entries = legendSvg(legend, { topPx: legendTopPx, widthPx, fontPx: FONT_PX });
  const texts = [title, ...labels, drawBars(sheet), entries].join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}"
    font-family="${FONT_FAMILY}" text-anchor="middle" fill="#222">${texts}</svg>`;
}

/** The size at which every label is as narrow as its cell, between the least and the usual one. */
function labelFontPx(panels: readonly Panel[], { cells }: Sheet): number {
  const fitting = panels.flatMap(({ label }, index) => {
    const { widthPx } = present(cells[index]);
    return label.split("\n").map((line) => FONT_PX * widthPx / textWidthPx(line, FONT_PX));
  });
  return Math.max(LEAST_FONT_PX, Math.min(FONT_PX, ...fitting));
}

/** Bars of colours in rows, each in the middle of its share of the width. */
function drawBars({ colourBars, barsTopPx, barsInRow, widthPx }: Sheet): string {
  const roomPx = widthPx / barsInRow;
  return colourBars.map(({ title, domain }, i) => {
    const topPx = barsTopPx + Math.floor(i / barsInRow) * BAR_HEIGHT_PX;
    const place = { topPx, leftPx: (i % barsInRow) * roomPx, widthPx: roomPx, fontPx: FONT_PX };
    return colourBarSvg({ title: shorten(title, roomPx - GAP_PX), domain }, place);
  }).join("");
}

function textAt(x: number, y: number, { text, fontPx, isBold = false }: {
  text: string;
  fontPx: number;
  isBold?: boolean;
}): string {
  const font = `font-size="${fontPx}"${isBold ? ' font-weight="bold"' : ""}`;
  return `<text x="${x}" y="${y}" ${font}>${escapeXml(text)}</text>`;
}

/** The text without its middle, if it would be wider than `limitPx`. */
function shorten(text: string, limitPx: number, fontPx = FONT_PX): string {
  const characters = [...text];
  let short = text;
  for (let kept = characters.length - 1; textWidthPx(short, fontPx) > limitPx && kept > 1; kept--) {
    const head = characters.slice(0, Math.ceil(kept / 2));
    const tail = characters.slice(characters.length - Math.floor(kept / 2));
    short = `${head.join("")}…${tail.join("")}`;
  }
  return short;
}

function noPanels(): PapilioError {
  return new PapilioError({
    cannot: "draw a contact sheet",
    expected: "at least one picture",
    got: "none",
    remedy: "Give it the pictures to show.",
  });
}
