import type { Metadata } from "sharp";
import { tiffTag } from "papilio/data/_tiff_tag.ts";

const COMPRESSION = 259;
/** The old way and the present one of putting a JPEG into a TIFF. */
const JPEG_IN_TIFF = [6, 7];

/**
 * What a file is called whose compression changes values; nothing, if they are as they were saved, or if
 * that is not known, as of AVIF.
 *
 * Source: TIFF 6.0 and its technical note 2; developers.google.com/speed/webp/docs/riff_container.
 */
export function lossyFormat(bytes: Uint8Array, { format }: Pick<Metadata, "format">) {
  if (format === "jpeg") return "JPEG";
  if (format === "webp") return isLossyWebp(bytes) ? "lossy WebP" : undefined;
  const isJpegInTiff = format === "tiff" &&
    JPEG_IN_TIFF.includes(tiffTag(bytes, COMPRESSION) ?? 0);
  return isJpegInTiff ? "TIFF with JPEG compression" : undefined;
}

/** Whether the first picture is a chunk `VP8 `; one without loss is `VP8L`. */
function isLossyWebp(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const nameAt = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  for (let at = 12; at + 8 <= bytes.length;) {
    const name = nameAt(at);
    if (name === "VP8 " || name === "VP8L") return name === "VP8 ";
    const length = view.getUint32(at + 4, true);
    // The picture of an animation lies within its frame, after 16 bytes about it.
    at += name === "ANMF" ? 8 + 16 : 8 + length + length % 2;
  }
  return false;
}
