import { join } from "@std/path";
import sharp from "sharp";
import { halves } from "../predict/_fixtures.ts";

/** A picture whose right part is white from a column on, in one channel. */
function rightPart(widthPx: number, heightPx: number, fromPx: number) {
  const data = new Uint8Array(widthPx * heightPx);
  for (let i = 0; i < data.length; i++) if (i % widthPx >= fromPx) data[i] = 255;
  return sharp(data, { raw: { width: widthPx, height: heightPx, channels: 1 } }).png();
}

/**
 * A data set of photos of 40×20 pixels whose right half is bright, which is what the brightness model
 * finds; the true masks begin at the columns that are given.
 */
export async function writeDataSet(folder: string, masks: Record<string, number>): Promise<void> {
  for (const [id, fromPx] of Object.entries(masks)) {
    await Deno.mkdir(join(folder, id, "images"), { recursive: true });
    await Deno.mkdir(join(folder, id, "masks"));
    await halves(40, 20).png().toFile(join(folder, id, "images", `${id}.png`));
    await rightPart(40, 20, fromPx).toFile(join(folder, id, "masks", "all.png"));
  }
}
