import sharp, { type Sharp } from "sharp";
import type { ChannelImage } from "papilio/data/case.ts";
import { channelsOf } from "papilio/data/channels.ts";
import type { OpenedImage } from "papilio/data/_open_image.ts";
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
  const { data, info } = await pixels.raw().toBuffer({ resolveWithObject: true });
  return {
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    widthPx: info.width,
    heightPx: info.height,
  };
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
