import type { Metadata, Sharp } from "sharp";
import { present } from "papilio/core/assert.ts";
import { counted } from "papilio/core/text.ts";
import type { ChannelImage } from "papilio/data/case.ts";
import {
  imageError,
  type OpenedImage,
  orUndecodable,
  type Subject,
} from "papilio/data/_open_image.ts";
import {
  type IntensityRange,
  type StoredImage,
  stretched,
  valueRange,
} from "papilio/data/intensities.ts";
import { isDeep, rawImage, rawValues } from "papilio/data/_stretch.ts";

/** On the way to sRGB, the first channel of grey becomes three. */
const REPEATS = 2;

/** Channels that are no colours: more than these and alpha. */
export function isMultiBand({ channels, space }: Metadata): boolean {
  const colours = isGrey(space) ? 1 : isInks(space) ? 4 : 3;
  return channels > colours + 1;
}

/** Whether the channels are inks, of which RGB can be made; they are as many as those of RGB with alpha. */
export function isInks(space: string): boolean {
  return space === "cmyk";
}

/**
 * The channels of a file as they are stored, alpha among them, each by itself; 16 bits keep their upper 8,
 * or each channel has its own range stretched over 8 bits.
 *
 * Each by itself, because sharp takes a second or fourth for alpha, and weights the others by it.
 *
 * @throws {PapilioError} if there are not as many as expected, where that is said, or if they are inks.
 */
export async function storedChannels(
  { pixels, metadata }: OpenedImage,
  subject: Subject,
  { expected = metadata.channels, intensityRange = "format" }: {
    expected?: number;
    intensityRange?: IntensityRange | undefined;
  } = {},
): Promise<ChannelImage[]> {
  const { channels, space } = metadata;
  if (isInks(space)) throw noChannels(subject, expected, channels);
  if (channels !== expected) throw otherChannels(subject, expected, channels);
  const first = isGrey(space) ? REPEATS : 0;
  if (intensityRange === "format") {
    const image = await orUndecodable(subject, () => rawImage(pixels.toColourspace("srgb")));
    return separated(image, first) as ChannelImage[];
  }
  const planes = separated(await orUndecodable(subject, () => allValues(pixels, metadata)), first);
  return planes.map(({ data, ...size }) => ({ data: stretched(data, valueRange(data)), ...size }));
}

/** Three channels for the first of grey, then the others. */
async function allValues(pixels: Sharp, metadata: Metadata): Promise<StoredImage> {
  const deep = isDeep(metadata);
  return await rawValues(pixels.toColourspace(deep ? "rgb16" : "srgb"), deep);
}

/** Images of one channel each as one image. */
export function interleaved(planes: readonly ChannelImage[]): ChannelImage {
  const { data: first, widthPx, heightPx } = present(planes[0]);
  const channels = planes.length;
  const data = new Uint8Array(first.length * channels);
  for (const [c, plane] of planes.entries()) {
    for (let i = 0; i < first.length; i++) data[i * channels + c] = plane.data[i] as number;
  }
  return { data, widthPx, heightPx };
}

/** An error about a file whose channels are not those of the network. */
function otherChannels(subject: Subject, expected: number, found: number) {
  const wanted = channelCount(expected);
  // Training leaves such images out beforehand: this is told where a network is used.
  return imageError(subject, wanted, `${found}`, {
    remedy: `Save it with ${wanted}, or take a network that was trained on ${found}.`,
  });
}

function noChannels(subject: Subject, expected: number, found: number) {
  return imageError(subject, channelCount(expected), `${found} of CMYK`, {
    remedy: "Save it as RGB, or with alpha as RGBA: inks are no such channels.",
  });
}

/** `"1 channel"`, `"4 channels"` */
export function channelCount(channels: number): string {
  return counted(channels, "channel");
}

function isGrey(space: string): boolean {
  return space === "b-w" || space === "grey16";
}

/** The channels of an image from number `first` on, each by itself. */
function separated({ data, ...size }: StoredImage, first: number): StoredImage[] {
  const pixels = size.widthPx * size.heightPx;
  const channels = data.length / pixels;
  return Array.from({ length: channels - first }, (_, c) => {
    const plane = data.slice(0, pixels);
    for (let i = 0, source = first + c; i < pixels; i++, source += channels) {
      plane[i] = data[source] as number;
    }
    return { data: plane, ...size };
  });
}
