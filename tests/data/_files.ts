import { dirname, join } from "@std/path";
import { crc32 } from "node:zlib";
import sharp from "sharp";

/** Runs `work` in a new folder, which is removed afterwards. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** An 8-bit PNG of the given values, row-major, with as many channels as there are values a pixel. */
export async function writePng(
  path: string,
  widthPx: number,
  values: ArrayLike<number>,
  channels: 1 | 2 | 3 | 4 = 1,
): Promise<string> {
  const data = Uint8Array.from(values);
  const height = data.length / channels / widthPx;
  const png = sharp(data, { raw: { width: widthPx, height, channels } })
    .toColourspace(channels <= 2 ? "b-w" : "srgb").png();
  return await writeBytes(path, await png.toBuffer());
}

/** Writes a file and the folders above it. */
export async function writeBytes(path: string, bytes: Uint8Array | string): Promise<string> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
  return path;
}

/** A case `<id>/images/<id>.png`, `<id>/masks/<n>.png` of 2×2 pixels; grey masks of four values. */
export async function writeInstance(
  folder: string,
  id: string,
  masks: readonly (readonly number[])[],
): Promise<void> {
  const colour = [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 200;
  const image = Array.from({ length: 12 }, (_, i) => colour + i);
  await writePng(join(folder, id, "images", `${id}.png`), 2, image, 3);
  for (const [i, mask] of masks.entries()) {
    await writePng(join(folder, id, "masks", `${i}.png`), 2, mask);
  }
}

/** A chunk of a PNG, to build files that no encoder here writes. */
export function pngChunk(name: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(data.length + 12);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  chunk.set(new TextEncoder().encode(name), 4);
  chunk.set(data, 8);
  view.setUint32(data.length + 8, crc32(chunk.subarray(4, -4)));
  return chunk;
}
