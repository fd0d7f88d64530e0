import sharp, { type Metadata, type Sharp } from "sharp";
import type { ChannelImage } from "papilio/data/case.ts";
import { channelsOf } from "papilio/data/channels.ts";
import type { OpenedImage } from "papilio/data/_open_image.ts";
import { type StoredImage, stretched, valueRange } from "papilio/data/intensities.ts";
import type { Size } from "papilio/data/masks.ts";

/** Channels that every photo can be converted to. */
export type Convertible = 1 | 3;

/** The photo in grey or RGB, 8 bits, without alpha. */
export async function convert(pixels: Sharp, channels: Convertible): Promise<ChannelImage> {
  const space = channels === 1 ? "b-w" : "srgb";
  return await rawImage(pixels.toColourspace(space).removeAlpha());
}

/** The photo at exactly this size, as `{ fit: "fill" }` says. For sides that shrink or stay. */
export async function convertTo(
  opened: OpenedImage,
  { widthPx, heightPx }: Size,
  channels: Convertible,
): Promise<ChannelImage> {
  const pixels = await withoutAlpha(opened);
  return convert(pixels.resize(widthPx, heightPx, { fit: "fill", kernel: "lanczos3" }), channels);
}

/** Grey or RGB with the range of its own values over 8 bits, all channels alike: colours stay. */
export async function overOwnRange(opened: OpenedImage): Promise<OpenedImage> {
  const { data, ...size } = await colourValues(opened);
  const image = { data: stretched(data, valueRange(data)), ...size };
  const metadata = { ...opened.metadata, hasAlpha: false };
  return { ...opened, metadata, pixels: fromImage(image, channelsOf(image) as Convertible) };
}

/** The luminance with all its bits, without alpha. */
export async function greyValues({ pixels, metadata }: OpenedImage): Promise<StoredImage> {
  const deep = isDeep(metadata);
  return await rawValues(pixels.toColourspace(deep ? "grey16" : "b-w").removeAlpha(), deep);
}

/** The values of grey or RGB with all their bits, without alpha. */
export async function colourValues({ pixels, metadata }: OpenedImage): Promise<StoredImage> {
  const [grey, rgb] = isDeep(metadata) ? ["grey16", "rgb16"] : ["b-w", "srgb"];
  const isGrey = ["b-w", "grey16"].includes(metadata.space);
  const own = pixels.toColourspace(isGrey ? grey : rgb).removeAlpha();
  return await rawValues(own, isDeep(metadata));
}

/** The alpha of a photo that has one, in 8 bits. */
export async function alphaOf({ pixels }: OpenedImage): Promise<ChannelImage> {
  const { data, ...size } = await rawImage(pixels.toColourspace("srgb"));
  const channels = channelsOf({ data, ...size });
  return { data: data.filter((_, i) => i % channels === channels - 1), ...size };
}

/** Whether channels have 16 bits. */
export function isDeep({ depth }: Pick<Metadata, "depth">): boolean {
  return depth === "ushort";
}

/** As `convertTo`, for grey or RGB that is decoded already. */
export async function shrinkTo(image: ChannelImage, size: Size): Promise<ChannelImage> {
  if (image.widthPx === size.widthPx && image.heightPx === size.heightPx) return image;
  return await resized(image, size, "lanczos3");
}

/**
 * Brings the sides of grey or RGB that are shorter up to `sidePx`.
 *
 * libvips enlarges about pixel corners: target pixel `t` shows the source at `t / scale - 0.5`, half a
 * target pixel off. At twice the size the odd pixels lie at `(2t + 1) / (2 scale) - 0.5`: the centres.
 */
export async function grow(image: ChannelImage, sidePx: number): Promise<ChannelImage> {
  if (image.widthPx === sidePx && image.heightPx === sidePx) return image;
  const twice = { widthPx: 2 * sidePx, heightPx: 2 * sidePx };
  return oddPixels(await resized(image, twice, "cubic"));
}

/** The decoded values of a pipeline, in the colour space that it ends in. */
export async function rawImage(pixels: Sharp): Promise<ChannelImage> {
  return await rawValues(pixels, false) as ChannelImage;
}

/** As `rawImage`; if they are deep, with all 16 bits. */
export async function rawValues(pixels: Sharp, deep: boolean): Promise<StoredImage> {
  const { data, info } = await pixels.raw({ depth: deep ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
  const values = deep
    ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { data: values, widthPx: info.width, heightPx: info.height };
}

async function resized(image: ChannelImage, size: Size, kernel: "lanczos3" | "cubic") {
  const channels = channelsOf(image) as Convertible;
  const pixels = fromImage(image, channels)
    .resize(size.widthPx, size.heightPx, { fit: "fill", kernel });
  return await convert(pixels, channels);
}

function oddPixels(image: ChannelImage): ChannelImage {
  const [widthPx, heightPx] = [image.widthPx / 2, image.heightPx / 2];
  const channels = channelsOf(image);
  const data = new Uint8Array(widthPx * heightPx * channels);
  let target = 0;
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const source = ((2 * y + 1) * image.widthPx + 2 * x + 1) * channels;
      for (let c = 0; c < channels; c++) data[target++] = image.data[source + c] as number;
    }
  }
  return { data, widthPx, heightPx };
}

/** sharp weights colours by alpha when it resizes, which blackens what is transparent: drop it before. */
async function withoutAlpha({ pixels, metadata }: OpenedImage): Promise<Sharp> {
  return metadata.hasAlpha ? fromImage(await convert(pixels, 3), 3) : pixels;
}

function fromImage({ data, widthPx, heightPx }: ChannelImage, channels: Convertible): Sharp {
  const raw = { width: widthPx, height: heightPx, channels };
  return sharp(data, { raw, limitInputPixels: false });
}
