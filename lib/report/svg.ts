import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import { Resvg } from "@resvg/resvg-js";
import { fromFileUrl } from "@std/path";

const FONT_NAMES = ["DejaVuSans", "DejaVuSans-Bold"];

/** The font family of every picture; its files come with the program. */
export const FONT_FAMILY = "DejaVu Sans";

/**
 * The PNG of an SVG drawing, `scale` pixels to each of its units; the file says so, as its density.
 *
 * Text is set in a font of our own, so that it is there, and the same, on machines without any font.
 *
 * @example
 * ```ts
 * import { svgToPng } from "papilio/report/svg.ts";
 * const png = svgToPng(`<svg xmlns="http://www.w3.org/2000/svg" width="4" height="2"/>`);
 * console.assert(new TextDecoder().decode(png.subarray(1, 4)) === "PNG");
 * ```
 */
export function svgToPng(svg: string, scale = 1): Uint8Array {
  const png = openDrawing(svg, scale).render().asPng();
  return new Uint8Array(Buffer.concat([
    png.subarray(0, END_OF_HEADER),
    densityChunk(scale),
    png.subarray(END_OF_HEADER),
  ]));
}

/** Signature and `IHDR` of a PNG file. */
const END_OF_HEADER = 8 + 25;
const METRES_PER_INCH = 0.0254;

/**
 * The chunk `pHYs`: pixels per metre along both sides.
 *
 * Source: PNG specification, third edition, section 11.3.4.3.
 */
function densityChunk(scale: number): Buffer {
  const perMetre = Math.round(scale * UNITS_PER_INCH / METRES_PER_INCH);
  const chunk = Buffer.alloc(21);
  chunk.writeUInt32BE(9, 0);
  chunk.write("pHYs", 4, "latin1");
  chunk.writeUInt32BE(perMetre, 8);
  chunk.writeUInt32BE(perMetre, 12);
  chunk.writeUInt8(1, 16);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 17)), 17);
  return chunk;
}

/** The width of a line of text as `svgToPng` draws it. */
export function textWidthPx(
  text: string,
  fontPx: number,
  { isBold = false }: { isBold?: boolean } = {},
): number {
  const font = `font-size="${fontPx}"${isBold ? ' font-weight="bold"' : ""}`;
  const line = `<text y="${fontPx}" ${font}>${escapeXml(text)}</text>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">${line}</svg>`;
  return openDrawing(svg, 1).getBBox()?.width ?? 0;
}

function openDrawing(svg: string, scale: number): Resvg {
  const fontFiles = FONT_NAMES.map((name) =>
    fromFileUrl(import.meta.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`))
  );
  return new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    font: { fontFiles, loadSystemFonts: false, defaultFontFamily: FONT_FAMILY },
  });
}

/** The density of a picture that is shown pixel for pixel. */
export const UNITS_PER_INCH = 72;

/** Text made safe to stand inside SVG. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
    // deno-lint-ignore no-control-regex
    .replace(/[\u0000-\u001f\u007f\ufffe\uffff]/g, "\ufffd");
}
