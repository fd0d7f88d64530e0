import type { SharpOptions } from "sharp";
import type { ChannelImage, RgbImage } from "papilio/data/case.ts";
import { channelsOf, toRgb } from "papilio/data/channels.ts";
import {
  type OpenedImage,
  openImage,
  orUndecodable,
  type Subject,
} from "papilio/data/_open_image.ts";
import { isMultiBand, storedChannels } from "papilio/data/_stored_channels.ts";
import { convert, type Convertible, convertTo, grow, shrinkTo } from "papilio/data/_stretch.ts";

/** A colour profile says how colours look, not what channels hold. */
const AS_STORED: SharpOptions = { ignoreIcc: true };

/** Options of the readers: whose image it is, for messages. */
export interface DecodeOptions {
  caseId?: string;
}

export interface ResizeOptions extends DecodeOptions {
  /** 1 is grey, 3 (the default) RGB; of any other number, the channels of the file as stored. */
  channels?: number;
}

/** What the header of an image file says. */
export interface ImageHeader {
  /** After EXIF orientation. */
  widthPx: number;
  /** After EXIF orientation. */
  heightPx: number;
  /** As stored: 1 grey, 2 grey with alpha, 3 colour, 4 colour with alpha (or CMYK); else bands. */
  channels: number;
  /** Whether they are no colours, so that neither grey nor RGB can be made of them. */
  isMultiBand: boolean;
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
  const { channels, format } = metadata;
  return { widthPx, heightPx, channels, isMultiBand: isMultiBand(metadata), format };
}

/**
 * Decodes an image file to 8-bit RGB in sRGB, upright.
 *
 * The format is told by content, not by the extension. Grey and palette images become RGB, CMYK and
 * embedded profiles are converted to sRGB, 16 bits keep their upper 8, EXIF orientation is applied, and
 * of an animation the first frame is taken. Alpha is dropped: what lies below it is shown as stored. Of
 * channels that are no colours, the first three are taken.
 *
 * Shapes: `data` is row-major `[heightPx, widthPx, 3]`, 0…255.
 * @throws {PapilioError} if it cannot be read, is cut off, has more than half a gigapixel, or values
 * of more than 16 bits; the message names the file.
 */
export async function decodeImage(path: string, options: DecodeOptions = {}): Promise<RgbImage> {
  const subject = subjectOf(path, options);
  const opened = await openImage(subject);
  if (isMultiBand(opened.metadata)) return await drawn(opened, subject);
  return await orUndecodable(subject, () => convert(opened.pixels, 3));
}

/**
 * Decodes an image file as the network takes it: stretched to a square, with pixel centres at halves.
 *
 * RGB as `decodeImage` makes it; grey is the luminance of the same. Other numbers of channels are those of
 * the file as stored (alpha, the bands of a TIFF, the inks of CMYK), 16 bits keep their upper 8.
 *
 * A side that shrinks goes through a Lanczos-3 kernel as wide as the factor asks, so that nothing finer
 * than the new pixels is left to alias; it keeps thin parts (antennae, cell borders) clearer than a
 * triangle or an average over areas. A side that grows is interpolated bicubically (Catmull–Rom).
 *
 * Shapes: `data` is row-major `[sidePx, sidePx, channels]`, 0…255.
 * @throws {PapilioError} as `decodeImage` does, and if the file has another number of channels.
 */
export async function decodeResized(
  path: string,
  sidePx: number,
  { channels = 3, ...options }: ResizeOptions = {},
): Promise<ChannelImage> {
  return await grow(await decodeForNetwork(subjectOf(path, options), sidePx, channels), sidePx);
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
  const size = { widthPx, heightPx };
  if (isMultiBand(opened.metadata)) return await shrinkTo(await drawn(opened, subject), size);
  return await orUndecodable(subject, () => convertTo(opened, size, 3));
}

/** How the network wants an image: converted, or as it is stored. */
async function decodeForNetwork(
  subject: Subject,
  sidePx: number,
  channels: number,
): Promise<ChannelImage> {
  const opened = await openImage(subject, isConvertible(channels) ? {} : AS_STORED);
  const { widthPx, heightPx, metadata } = opened;
  const shrunk = { widthPx: Math.min(widthPx, sidePx), heightPx: Math.min(heightPx, sidePx) };
  if (isConvertible(channels) && !isMultiBand(metadata)) {
    return await orUndecodable(subject, () => convertTo(opened, shrunk, channels));
  }
  const stored = await storedChannels(opened, subject, channels);
  return await shrinkTo(stored, shrunk);
}

function isConvertible(channels: number): channels is Convertible {
  return channels === 1 || channels === 3;
}

/** What is drawn of a file whose channels are no colours: the first three. */
async function drawn(opened: OpenedImage, subject: Subject): Promise<RgbImage> {
  const image = await storedChannels(opened, subject);
  return { ...image, data: toRgb(image.data, channelsOf(image)) };
}

function subjectOf(path: string, { caseId }: DecodeOptions): Subject {
  return { path, what: "image", ...(caseId === undefined ? {} : { caseId }) };
}
