import { Buffer } from "node:buffer";
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
/** A legend that hides more of the picture is left out. */
const MAXIMUM_SHARE = 0.25;

/**
 * The picture with a legend in its lower left corner, unless that would hide too much of it, or it does not fit.
 *
 * Shapes: picture `[H, W, 3]`; returns one of the same size.
 */
export async function withLegend(
  picture: Raster,
  entries: readonly LegendEntry[],
): Promise<Raster> {
  const { data, widthPx, heightPx } = picture;
  const scale = Math.max(1, Math.max(widthPx, heightPx) / SIDE_PX);
  const roomPx = widthPx / scale - 2 * MARGIN_PX;
  const lines = legendLines(entries, { widthPx: roomPx, fontPx: FONT_PX });
  const boxPx = {
    widthPx: legendWidthPx(lines, FONT_PX) + 2 * MARGIN_PX,
    heightPx: lines.length * LEGEND_LINE_PX + MARGIN_PX,
  };
  const share = boxPx.widthPx * boxPx.heightPx * scale ** 2 / (widthPx * heightPx);
  if (entries.length === 0 || share > MAXIMUM_SHARE) return picture;
  const box = svgToPng(boxSvg(lines, boxPx), scale);
  const { width = 0, height = 0 } = await sharp(box).metadata();
  if (width > widthPx || height > heightPx) return picture;
  const raw = { width: widthPx, height: heightPx, channels: 3 as const };
  const drawn = sharp(data, { raw, limitInputPixels: false })
    .composite([{ input: Buffer.from(box), left: 0, top: heightPx - height }]);
  return { data: await drawn.removeAlpha().raw().toBuffer(), widthPx, heightPx };
}

function boxSvg(
  lines: readonly LegendEntry[][],
  { widthPx, heightPx }: { widthPx: number; heightPx: number },
): string {
  const entries = legendSvg(lines, { topPx: MARGIN_PX, widthPx, fontPx: FONT_PX });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}"
    font-family="${FONT_FAMILY}" fill="#222"><rect width="100%" height="100%" fill="white"
    fill-opacity="0.8"/>${entries}</svg>`;
}
