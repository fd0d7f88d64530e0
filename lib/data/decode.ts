import sharp, { type Sharp } from "sharp";
import type { RgbImage } from "papilio/data/case.ts";
import {
  type OpenedImage,
  openImage,
  orUndecodable,
  type Subject,
} from "papilio/data/_open_image.ts";

/** Options of the readers: whose image it is, for messages. */
export interface DecodeOptions {
  caseId?: string;
}

/** What the header of an image file says. */
export interface ImageHeader {
  /** After EXIF orientation. */
  widthPx: number;
  /** After EXIF orientation. */
  heightPx: number;
  /** As stored: 1 grey, 2 grey with alpha, 3 colour, 4 colour with alpha (or CMYK). */
  channels: number;
  /** By content: `"png"`, `"jpeg"`, … */
  format: string;
}

/**
 * Reads the header of an image file; no pixel is decoded.
 *
 * @throws {PapilioError} if it cannot be read; the message names the file.
 */
export async function imageSize(path: string, options: DecodeOptions = {}): Promise<ImageHeader> {
  const { metadata, widthPx, heightPx } = await openImage(subjectOf(path, options));
  return { widthPx, heightPx, channels: metadata.channels, format: metadata.format };
}

/**
 * Decodes an image file to 8-bit RGB in sRGB, upright.
 *
 * The format is told by content, not by the extension. Grey and palette images become RGB, CMYK and
 * embedded profiles are converted to sRGB, 16 bits keep their upper 8, EXIF orientation is applied, and
 * of an animation the first frame is taken. Alpha is dropped: what lies below it is shown as stored.
 *
 * Shapes: `data` is row-major `[heightPx, widthPx, 3]`, 0…255.
 * @throws {PapilioError} if it cannot be read, is cut off, has more than half a gigapixel, or values
 * of more than 16 bits; the message names the file.
 */
export async function decodeImage(path: string, options: DecodeOptions = {}): Promise<RgbImage> {
  const subject = subjectOf(path, options);
  const { pixels } = await openImage(subject);
  return await orUndecodable(subject, () => toRgb(pixels));
}

/**
 * Decodes an image file to 8-bit RGB, stretched to a square, with pixel centres at halves.
 *
 * A side that shrinks goes through a Lanczos-3 kernel as wide as the factor asks, so that nothing finer
 * than the new pixels is left to alias; it keeps thin parts (antennae, cell borders) clearer than a
 * triangle or an average over areas. A side that grows is interpolated bicubically (Catmull–Rom).
 *
 * Shapes: `data` is row-major `[sidePx, sidePx, 3]`, 0…255.
 * @throws {PapilioError} as `decodeImage` does.
 */
export async function decodeResized(
  path: string,
  sidePx: number,
  options: DecodeOptions = {},
): Promise<RgbImage> {
  const subject = subjectOf(path, options);
  const opened = await openImage(subject);
  return await orUndecodable(subject, async () => grow(await shrink(opened, sidePx), sidePx));
}

/**
 * Decodes an image file to 8-bit RGB, with its longer side brought down to `longestSidePx` if it exceeds that.
 *
 * Shapes: `data` is row-major `[heightPx, widthPx, 3]`, 0…255; both sides by the same factor, rounded.
 * @throws {PapilioError} as `decodeImage` does.
 */
export async function decodeWithin(
  path: string,
  longestSidePx: number,
  options: DecodeOptions = {},
): Promise<RgbImage> {
  const subject = subjectOf(path, options);
  const opened = await openImage(subject);
  const scale = Math.min(1, longestSidePx / Math.max(opened.widthPx, opened.heightPx));
  const widthPx = Math.max(1, Math.round(opened.widthPx * scale));
  const heightPx = Math.max(1, Math.round(opened.heightPx * scale));
  return await orUndecodable(subject, () => stretch(opened, widthPx, heightPx));
}

/** Brings the sides that are longer down to `sidePx`. */
function shrink(opened: OpenedImage, sidePx: number): Promise<RgbImage> {
  return stretch(opened, Math.min(opened.widthPx, sidePx), Math.min(opened.heightPx, sidePx));
}

/** As `{ fit: "fill" }` says: to exactly this size. For sides that shrink or stay. */
async function stretch(
  opened: OpenedImage,
  widthPx: number,
  heightPx: number,
): Promise<RgbImage> {
  const pixels = await withoutAlpha(opened);
  return toRgb(pixels.resize(widthPx, heightPx, { fit: "fill", kernel: "lanczos3" }));
}

/**
 * Brings the sides that are shorter up to `sidePx`.
 *
 * libvips enlarges about pixel corners: target pixel `t` shows the source at `t / scale - 0.5`, half a
 * target pixel off. At twice the size the odd pixels lie at `(2t + 1) / (2 scale) - 0.5`: the centres.
 */
async function grow(image: RgbImage, sidePx: number): Promise<RgbImage> {
  if (image.widthPx === sidePx && image.heightPx === sidePx) return image;
  const twice = fromRgb(image).resize(2 * sidePx, 2 * sidePx, { fit: "fill", kernel: "cubic" });
  return oddPixels(await toRgb(twice));
}

function oddPixels(image: RgbImage): RgbImage {
  const [widthPx, heightPx] = [image.widthPx / 2, image.heightPx / 2];
  const data = new Uint8Array(widthPx * heightPx * 3);
  let target = 0;
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const source = ((2 * y + 1) * image.widthPx + 2 * x + 1) * 3;
      for (let c = 0; c < 3; c++) data[target++] = image.data[source + c] as number;
    }
  }
  return { data, widthPx, heightPx };
}

/** sharp weights colours by alpha when it resizes, which blackens what is transparent: drop it before. */
async function withoutAlpha({ pixels, metadata }: OpenedImage): Promise<Sharp> {
  if (!metadata.hasAlpha) return pixels;
  return fromRgb(await toRgb(pixels));
}

function fromRgb({ data, widthPx, heightPx }: RgbImage): Sharp {
  const raw = { width: widthPx, height: heightPx, channels: 3 } as const;
  return sharp(data, { raw, limitInputPixels: false });
}

async function toRgb(pixels: Sharp): Promise<RgbImage> {
  const { data, info } = await pixels.toColourspace("srgb").removeAlpha().raw()
    .toBuffer({ resolveWithObject: true });
  return {
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    widthPx: info.width,
    heightPx: info.height,
  };
}

function subjectOf(path: string, options: DecodeOptions): Subject {
  return { path, what: "image", ...options };
}
