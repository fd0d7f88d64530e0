import { crc32 } from "node:zlib";

const SIGNATURE_BYTES = 8;
const COLOUR_TYPE_OFFSET = 8 + 9;
const GREY = 0;

/** What a grey PNG may keep of a palette's; the others describe colours. */
const KEPT_CHUNKS = new Set(["IHDR", "IDAT", "IEND", "eXIf"]);

/**
 * A palette PNG as a grey one whose levels are the palette indices.
 *
 * Decoders expand a palette to colours, after which the index is lost. Both kinds store their pixels
 * alike, so that saying "grey" in the header, and leaving the palette out, is all it takes.
 */
export function paletteAsGrey(png: Uint8Array): Uint8Array {
  const parts = [png.subarray(0, SIGNATURE_BYTES)];
  for (const { name, bytes } of chunks(png)) {
    if (KEPT_CHUNKS.has(name)) parts.push(name === "IHDR" ? greyHeader(bytes) : bytes);
  }
  return concatenate(parts);
}

function* chunks(png: Uint8Array): Generator<{ name: string; bytes: Uint8Array }> {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  let start = SIGNATURE_BYTES;
  while (start + 12 <= png.length) {
    const end = start + 12 + view.getUint32(start); // Length, name, data, checksum.
    const name = String.fromCharCode(...png.subarray(start + 4, start + 8));
    yield { name, bytes: png.subarray(start, end) };
    start = end;
  }
}

function greyHeader(chunk: Uint8Array): Uint8Array {
  const header = chunk.slice();
  header[COLOUR_TYPE_OFFSET] = GREY;
  const checksum = crc32(header.subarray(4, -4));
  new DataView(header.buffer).setUint32(header.length - 4, checksum);
  return header;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
