import type { ChannelImage, RgbImage } from "papilio/data/case.ts";
import {
  AS_STORED,
  type OpenedImage,
  openImage,
  orUndecodable,
  type Subject,
} from "papilio/data/_open_image.ts";
import {
  type IntensityRange,
  type StoredImage,
  type ValueRange,
  valueRange,
} from "papilio/data/intensities.ts";
import type { Size } from "papilio/data/masks.ts";
import {
  channelCount,
  interleaved,
  isInks,
  isMultiBand,
  storedChannels,
} from "papilio/data/_stored_channels.ts";
import {
  alphaOf,
  colourValues,
  convert,
  type Convertible,
  convertTo,
  greyValues,
  grow,
  isDeep,
  overOwnRange,
  shrinkTo,
} from "papilio/data/_stretch.ts";

/** Whose image it is, for messages. */
export interface HeaderOptions {
  caseId?: string;
}

export interface DecodeOptions extends HeaderOptions {
  /**
   * `"format"` (the default): 16 bits keep their upper 8. `"image"`: the image's own range is stretched over
   * 8 bits, see `valueRange`; that of grey and RGB over all channels, any other channels' each by itself.
   */
  intensityRange?: IntensityRange | undefined;
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
  /** As stored: 1 grey, 2 grey with alpha, 3 colour, 4 colour with alpha, or inks; else bands. */
  channels: number;
  /** Whether they are no colours, so that neither grey nor RGB can be made of them. */
  isMultiBand: boolean;
  /** Whether they are the inks of CMYK, with or without alpha: read as grey or RGB alone. */
  isInks: boolean;
  /** Whether channels have 16 bits, and not 8. */
  isDeep: boolean;
  /** By content: `"png"`, `"jpeg"`, … */
  format: string;
}

/**
 * Reads the header of an image file; no pixel is decoded.
 *
 * @throws {PapilioError} if it cannot be read; the message names the file.
 */
export async function imageSize(path: string, options: HeaderOptions = {}): Promise<ImageHeader> {
  const { metadata, widthPx, heightPx } = await openImage(subjectOf(path, options));
  const { channels, format, space } = metadata;
  return {
    ...{ widthPx, heightPx, channels, format },
    isMultiBand: isMultiBand(metadata),
    isInks: isInks(space),
    isDeep: isDeep(metadata),
  };
}

/** Why an image cannot be read with so many channels, in words; nothing, if it can. */
export function channelProblem(
  { channels: found, isMultiBand, isInks }: ImageHeader,
  channels: number,
): string | undefined {
  if (isConvertible(channels) && !isMultiBand) return undefined;
  if (found === channels && !isInks) return undefined;
  return `expected ${channelCount(channels)}, got ${found}${isInks ? " of CMYK" : ""}`;
}

/**
 * Decodes an image file to 8-bit RGB in sRGB, upright.
 *
 * The format is told by content, not by the extension. Grey and palette images become RGB, CMYK and
 * embedded profiles are converted to sRGB, 16 bits keep their upper 8 (but see `intensityRange`), EXIF orientation is applied, and
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
  if (isMultiBand(opened.metadata)) return await drawn(opened, subject, options);
  return await orUndecodable(
    subject,
    async () => convert((await inRange(opened, options)).pixels, 3),
  );
}

/**
 * The grey values of an image file with all their bits; of colours the luminance.
 *
 * Shapes: `data` is row-major `[heightPx, widthPx]`, 0…255, or of a file of 16 bits 0…65535.
 * @throws {PapilioError} as `decodeImage` does.
 */
export async function decodeIntensities(
  path: string,
  options: HeaderOptions = {},
): Promise<StoredImage> {
  const subject = subjectOf(path, options);
  const opened = await openImage(subject);
  return await orUndecodable(subject, () => greyValues(opened));
}

/**
 * How opaque each pixel of an image is; nothing, if it says nothing of that.
 *
 * Shapes: row-major `[heightPx, widthPx]`, 0…255, as `decodeImage` gives the colours.
 * @throws {PapilioError} as `decodeImage` does.
 */
export async function decodeAlpha(
  path: string,
  options: HeaderOptions = {},
): Promise<Uint8Array | undefined> {
  const subject = subjectOf(path, options);
  const opened = await openImage(subject);
  if (!opened.metadata.hasAlpha || isMultiBand(opened.metadata)) return undefined;
  return (await orUndecodable(subject, () => alphaOf(opened))).data;
}

/**
 * Decodes an image file as the network takes it: stretched to a square, with pixel centres at halves.
 *
 * RGB as `decodeImage` makes it; grey is the luminance of the same. Other numbers of channels are those of
 * the file as stored (alpha, the bands of a TIFF), 16 bits keep their upper 8.
 *
 * A side that shrinks goes through a Lanczos-3 kernel as wide as the factor asks, so that nothing finer
 * than the new pixels is left to alias; it keeps thin parts (antennae, cell borders) clearer than a
 * triangle or an average over areas. A side that grows is interpolated bicubically (Catmull–Rom).
 *
 * Shapes: `data` is row-major `[sidePx, sidePx, channels]`, 0…255.
 * @throws {PapilioError} as `decodeImage` does, and if the file has another number of channels, or inks
 * where neither grey nor RGB is wanted.
 */
export async function decodeResized(
  path: string,
  sidePx: number,
  { channels = 3, ...options }: ResizeOptions = {},
): Promise<ChannelImage> {
  const shrink = (size: Size) => ({
    widthPx: Math.min(size.widthPx, sidePx),
    heightPx: Math.min(size.heightPx, sidePx),
  });
  const enlarge = (image: ChannelImage) => grow(image, sidePx);
  const resizing = { ...options, shrink, enlarge };
  return await decodeForNetwork(subjectOf(path, options), channels, resizing);
}

/**
 * Decodes an image file with its longer side brought down to `longestSidePx` if it exceeds that: to 8-bit RGB
 * as `decodeImage` does, or if channels are given, as `decodeResized` does.
 *
 * Shapes: `data` is row-major `[heightPx, widthPx, channels]`, 0…255; both sides by the same factor, rounded.
 * @throws {PapilioError} as these do.
 */
export async function decodeWithin(
  path: string,
  longestSidePx: number,
  { channels, ...options }: ResizeOptions = {},
): Promise<ChannelImage> {
  const subject = subjectOf(path, options);
  const shrink = (size: Size) => sizeWithin(size, longestSidePx);
  if (channels !== undefined) {
    return await decodeForNetwork(subject, channels, { ...options, shrink });
  }
  const opened = await openImage(subject);
  const size = shrink(opened);
  if (isMultiBand(opened.metadata)) {
    return await shrinkTo(await drawn(opened, subject, options), size);
  }
  return await orUndecodable(
    subject,
    async () => convertTo(await inRange(opened, options), size, 3),
  );
}

/**
 * The range of the values of a file, alpha apart, see `valueRange`.
 *
 * Units: those of the file, 0…255 or 0…65535.
 *
 * @throws {PapilioError} as `decodeImage` does.
 */
export async function storedRange(
  path: string,
  options: HeaderOptions = {},
): Promise<ValueRange> {
  const subject = subjectOf(path, options);
  const opened = await openImage(subject, AS_STORED);
  return valueRange((await orUndecodable(subject, () => colourValues(opened))).data);
}

function sizeWithin({ widthPx, heightPx }: Size, longestSidePx: number): Size {
  const scale = Math.min(1, longestSidePx / Math.max(widthPx, heightPx));
  return {
    widthPx: Math.max(1, Math.round(widthPx * scale)),
    heightPx: Math.max(1, Math.round(heightPx * scale)),
  };
}

interface Resizing extends DecodeOptions {
  shrink(size: Size): Size;
  /** Of grey or RGB that is shrunk already. */
  enlarge?(image: ChannelImage): Promise<ChannelImage>;
}

/** How the network wants an image: converted, or as it is stored. */
async function decodeForNetwork(
  subject: Subject,
  channels: number,
  { shrink, enlarge = (image) => Promise.resolve(image), ...options }: Resizing,
): Promise<ChannelImage> {
  const opened = await openImage(subject, isConvertible(channels) ? {} : AS_STORED);
  const shrunk = shrink(opened);
  if (isConvertible(channels) && !isMultiBand(opened.metadata)) {
    const convertShrunk = async () => convertTo(await inRange(opened, options), shrunk, channels);
    return await enlarge(await orUndecodable(subject, convertShrunk));
  }
  const stored = await storedChannels(opened, subject, { ...options, expected: channels });
  const resize = async (plane: ChannelImage) => await enlarge(await shrinkTo(plane, shrunk));
  return interleaved(await Promise.all(stored.map(resize)));
}

function isConvertible(channels: number): channels is Convertible {
  return channels === 1 || channels === 3;
}

/** Grey or RGB with the values that become 0…255. */
async function inRange(
  opened: OpenedImage,
  { intensityRange = "format" }: DecodeOptions,
): Promise<OpenedImage> {
  return intensityRange === "format" ? opened : await overOwnRange(opened);
}

/** What is drawn of a file whose channels are no colours: the first three. */
async function drawn(
  opened: OpenedImage,
  subject: Subject,
  { intensityRange }: DecodeOptions,
): Promise<RgbImage> {
  return interleaved((await storedChannels(opened, subject, { intensityRange })).slice(0, 3));
}

function subjectOf(path: string, { caseId }: HeaderOptions): Subject {
  return { path, what: "image", ...(caseId === undefined ? {} : { caseId }) };
}
