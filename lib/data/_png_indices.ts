import { crc32 } from "node:zlib";

const SIGNATURE_BYTES = 8;
const COLOUR_TYPE_OFFSET = 8 + 9;
const GREY = 0;
const PALETTE = 3;

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
    if (KEPT_CHUNKS.has(name)) parts.push(name === "IHDR" ? withColourType(bytes, GREY) : bytes);
  }
  return concatenate(parts);
}

/**
 * A grey PNG of 8 bits as a palette one whose indices are the grey levels: the way back.
 *
 * @param palette - red, green and blue of each index, one after the other.
 */
export function greyAsPalette(png: Uint8Array, palette: Uint8Array): Uint8Array {
  const parts = [png.subarray(0, SIGNATURE_BYTES)];
  for (const { name, bytes } of chunks(png)) {
    if (!KEPT_CHUNKS.has(name)) continue;
    if (name !== "IHDR") parts.push(bytes);
    else parts.push(withColourType(bytes, PALETTE), chunkOf("PLTE", palette));
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

function withColourType(chunk: Uint8Array, colourType: number): Uint8Array {
  const header = Uint8Array.from(chunk); // A Buffer's slice would be no copy.
  header[COLOUR_TYPE_OFFSET] = colourType;
  return withChecksum(header);
}

function chunkOf(name: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(12 + data.length);
  new DataView(chunk.buffer).setUint32(0, data.length);
  chunk.set(new TextEncoder().encode(name), 4);
  chunk.set(data, 8);
  return withChecksum(chunk);
}

function withChecksum(chunk: Uint8Array): Uint8Array {
  const checksum = crc32(chunk.subarray(4, -4));
  new DataView(chunk.buffer).setUint32(chunk.length - 4, checksum);
  return chunk;
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
