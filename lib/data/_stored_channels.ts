import type { Metadata } from "sharp";
import type { ChannelImage } from "papilio/data/case.ts";
import { channelsOf } from "papilio/data/channels.ts";
import {
  imageError,
  type OpenedImage,
  orUndecodable,
  type Subject,
} from "papilio/data/_open_image.ts";
import { rawImage } from "papilio/data/_stretch.ts";

/** Channels that are no colours: more than four, or several beside grey that are not alpha alone. */
export function isMultiBand({ channels, space }: Metadata): boolean {
  return channels > 4 || (isGrey(space) && channels > 2);
}

/**
 * The channels of a file as they are stored, alpha among them; 16 bits keep their upper 8.
 *
 * @throws {PapilioError} if there are not as many as expected, where that is said.
 */
export async function storedChannels(
  { pixels, metadata }: OpenedImage,
  subject: Subject,
  expected: number = metadata.channels,
): Promise<ChannelImage> {
  const { channels, space } = metadata;
  if (channels !== expected) throw otherChannels(subject, expected, channels);
  if (space === "cmyk") {
    const inks = pixels.pipelineColourspace("cmyk").toColourspace("cmyk");
    return await orUndecodable(subject, () => rawImage(inks));
  }
  const image = await orUndecodable(subject, () => rawImage(pixels.toColourspace("srgb")));
  return isGrey(space) ? withoutRepeats(image) : image;
}

/** An error about a file whose channels are not those of the network. */
export function otherChannels(subject: Subject, expected: number, found: number) {
  const plural = expected === 1 ? "channel" : "channels";
  return imageError(subject, `${expected} ${plural}`, `${found}`, {
    remedy: `Give --input-channels ${found} if all images have them, or save it with ${expected}.`,
  });
}

function isGrey(space: string): boolean {
  return space === "b-w" || space === "grey16";
}

/** On the way to sRGB the first channel of grey has become three. */
function withoutRepeats(image: ChannelImage): ChannelImage {
  const stretched = channelsOf(image);
  const channels = stretched - 2;
  const data = new Uint8Array(image.widthPx * image.heightPx * channels);
  for (let i = 0, target = 0; target < data.length; i += stretched) {
    for (let c = 2; c < stretched; c++) data[target++] = image.data[i + c] as number;
  }
  return { ...image, data };
}
