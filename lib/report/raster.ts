import sharp from "sharp";

/** Pixels of 8 bits, row-major `[heightPx, widthPx, channels]`: 3 channels are RGB, 4 RGBA. */
export interface Raster {
  data: Uint8Array;
  widthPx: number;
  heightPx: number;
}

/** A mask for drawing: row-major `[heightPx, widthPx]`, 0, 1 for foreground, or `IGNORED`. */
export type MaskRaster = Raster;

/** The PNG of an RGB picture. */
export async function rasterToPng({ data, widthPx, heightPx }: Raster): Promise<Uint8Array> {
  const raw = { width: widthPx, height: heightPx, channels: 3 as const };
  return new Uint8Array(await sharp(data, { raw }).png().toBuffer());
}
