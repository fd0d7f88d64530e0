import { join } from "@std/path";
import sharp from "sharp";
import { Random } from "papilio/core/random.ts";

/** Eight little photos with a bright disc and its mask, as instance folders. */
export async function makeDataSet(folder: string): Promise<void> {
  for (let i = 0; i < 8; i++) {
    const [centreX, centreY, radius] = [20 + i, 18, 9];
    const random = Random.from(1, "image", i);
    const inside = (pixel: number) =>
      Math.hypot(pixel % 40 - centreX, Math.floor(pixel / 40) - centreY) < radius;
    const image = Uint8Array.from(
      { length: 40 * 36 * 3 },
      (_, at) => (inside(Math.floor(at / 3)) ? 170 : 60) + random.integer(0, 60),
    );
    const mask = Uint8Array.from({ length: 40 * 36 }, (_, pixel) => inside(pixel) ? 255 : 0);
    await writePng(join(folder, `case ${i}`, "images", "photo.png"), image, 3);
    await writePng(join(folder, `case ${i}`, "masks", "mask.png"), mask, 1);
  }
}

/** A case whose image is no image and whose masks are missing. */
export async function addBrokenCase(folder: string): Promise<void> {
  await Deno.mkdir(join(folder, "broken", "images"), { recursive: true });
  await Deno.mkdir(join(folder, "broken", "masks"));
  await Deno.writeTextFile(join(folder, "broken", "images", "photo.png"), "not a PNG");
}

async function writePng(path: string, data: Uint8Array, channels: 1 | 3) {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await sharp(data, { raw: { width: 40, height: 36, channels } }).png().toFile(path);
}
