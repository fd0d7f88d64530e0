import sharp from "sharp";
import {
  LEGEND_LINE_PX,
  type LegendEntry,
  legendLines,
  legendSvg,
  legendWidthPx,
} from "papilio/report/_legend.ts";
import type { Raster } from "papilio/report/raster.ts";
import { FONT_FAMILY, svgToPng } from "papilio/report/svg.ts";

const FONT_PX = 13;
const MARGIN_PX = 8;
/** Side of a picture on which text of this size reads well; it grows with larger ones. */
const SIDE_PX = 700;
const WHITE = 255;

/**
 * The picture with a legend in a white strip below it, in as many lines as it needs.
 *
 * A picture that is narrower than an entry gets white beside it, too.
 *
 * Shapes: picture `[H, W, 3]`; returns one at least as wide and higher, with the picture at its upper left;
 * the picture itself if there is no entry.
 *
 * @example
 * ```ts
 * import { withLegend } from "papilio/report/legend_strip.ts";
 * const picture = { data: new Uint8Array(200 * 100 * 3), widthPx: 200, heightPx: 100 };
 * const { widthPx, heightPx } = await withLegend(picture, [{ label: "wing", colour: "#56b4e9" }]);
 * console.assert(widthPx === 200 && heightPx === 130);
 * ```
 */
export async function withLegend(
  picture: Raster,
  entries: readonly LegendEntry[],
): Promise<Raster> {
  return entries.length === 0 ? picture : above(picture, await legendStrip(entries, picture));
}

/** The legend alone, as it stands below pictures of this size. */
export async function legendStrip(
  entries: readonly LegendEntry[],
  { widthPx, heightPx }: { widthPx: number; heightPx: number },
): Promise<Raster> {
  const leastPx = legendWidthPx(entries.map((entry) => [entry]), FONT_PX) + 2 * MARGIN_PX;
  const wished = Math.max(widthPx, heightPx) / SIDE_PX;
  const scale = Math.max(1, Math.min(wished, widthPx / leastPx));
  const roomPx = Math.max(leastPx, widthPx / scale);
  const svg = stripSvg(entries, roomPx);
  const { data, info } = await sharp(svgToPng(svg, scale)).removeAlpha().raw()
    .toBuffer({ resolveWithObject: true });
  return { data, widthPx: info.width, heightPx: info.height };
}

function stripSvg(entries: readonly LegendEntry[], widthPx: number): string {
  const lines = legendLines(entries, { widthPx, fontPx: FONT_PX });
  const heightPx = lines.length * LEGEND_LINE_PX + MARGIN_PX;
  const drawn = legendSvg(lines, { topPx: MARGIN_PX, widthPx, fontPx: FONT_PX });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}"
    font-family="${FONT_FAMILY}" fill="#222"><rect width="100%" height="100%" fill="white"/>${drawn}</svg>`;
}

/** Both, one above the other, without a strip's last column if rounding made it the wider. */
function above(picture: Raster, strip: Raster): Raster {
  const isRounded = strip.widthPx - picture.widthPx <= 1;
  const widthPx = isRounded ? picture.widthPx : strip.widthPx;
  const heightPx = picture.heightPx + strip.heightPx;
  const data = new Uint8Array(3 * widthPx * heightPx).fill(WHITE);
  for (const [part, topPx] of [[picture, 0], [strip, picture.heightPx]] as const) {
    const bytes = 3 * Math.min(widthPx, part.widthPx);
    for (let y = 0; y < part.heightPx; y++) {
      const start = 3 * y * part.widthPx;
      data.set(part.data.subarray(start, start + bytes), 3 * (topPx + y) * widthPx);
    }
  }
  return { data, widthPx, heightPx };
}
