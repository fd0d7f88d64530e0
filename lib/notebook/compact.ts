import { Buffer } from "node:buffer";
import sharp from "sharp";

/** A figure as it is stored in a notebook. */
export interface StoredFigure {
  type: "image/png" | "image/jpeg";
  bytes: Uint8Array;
}

/** Charts and drawings have hundreds of colours, a photo has tens of thousands. */
const MOST_DRAWN_COLOURS = 4096;
const JPEG = { quality: 80, chromaSubsampling: "4:4:4", mozjpeg: true } as const;

/**
 * A figure in as few bytes as look alike: a PNG of at most 256 colours, or of photos a JPEG if that is smaller.
 *
 * @example
 * ```ts
 * import { compact } from "papilio/notebook/compact.ts";
 * import { renderLines } from "papilio/report/charts.ts";
 * const series = [{ label: "line", x: [0, 1], y: [0, 1] }];
 * const chart = await renderLines({ title: "Chart", xTitle: "x", yTitle: "y", series });
 * const { type, bytes } = await compact(chart);
 * console.assert(type === "image/png" && bytes.length < chart.length);
 * ```
 */
export async function compact(figure: Uint8Array): Promise<StoredFigure> {
  const { density } = await sharp(figure).metadata();
  const image = density === undefined ? sharp(figure) : sharp(figure).withMetadata({ density });
  const png = bytesOf(await image.clone().png({ palette: true, effort: 10 }).toBuffer());
  if (!await isDrawing(figure)) {
    const jpeg = bytesOf(await image.flatten({ background: "white" }).jpeg(JPEG).toBuffer());
    if (jpeg.length < png.length) return { type: "image/jpeg", bytes: jpeg };
  }
  return { type: "image/png", bytes: png.length < figure.length ? png : figure };
}

async function isDrawing(figure: Uint8Array): Promise<boolean> {
  const data = await sharp(figure).flatten({ background: "white" }).toColourspace("srgb").raw()
    .toBuffer();
  const colours = new Set<number>();
  for (let i = 0; i < data.length && colours.size <= MOST_DRAWN_COLOURS; i += 3) {
    colours.add(data.readUIntBE(i, 3));
  }
  return colours.size <= MOST_DRAWN_COLOURS;
}

function bytesOf(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}
