import { PapilioError } from "papilio/core/errors.ts";
import type { ChannelImage } from "papilio/data/case.ts";
import { decodeWithin, imageSize, type ResizeOptions } from "papilio/data/decode.ts";
import type { SquarePredictor } from "papilio/predict/predictor.ts";
import type { SizedMap } from "papilio/predict/resize.ts";
import { type TileOptions, tileStrips } from "papilio/predict/tiles_strips.ts";

export type { Blending } from "papilio/predict/tiles_axis.ts";
export type { MapStrip } from "papilio/predict/tiles_blend.ts";
export { type TileOptions, tileStrips } from "papilio/predict/tiles_strips.ts";

/**
 * The probability of each class, or of foreground, at each pixel of a photo, by sliding the network over it.
 *
 * The network sees squares of the photo as they are, `inputSidePx` wide, where `predict` would have to
 * squeeze the photo into one. It knows objects at the size that they had in training, where photos were
 * squeezed: one that shows them larger has to be scaled down first, see `decodeForTiles`.
 *
 * Shapes: image `[heightPx, widthPx, inputChannels]` uint8 → `[heightPx, widthPx]` float32, with several
 * classes `[heightPx, widthPx, channels]`.
 * Units: 0…255 → 0…1.
 * Source: as `tileAxis`; without its mirrored copies of each tile.
 * @throws {PapilioError} if an option is out of range, or the network gives no probabilities.
 *
 * @example
 * ```ts
 * import { Predictor } from "papilio/predict/predictor.ts";
 * import { predictTiled } from "papilio/predict/tiles.ts";
 * const brightness = new Predictor({
 *   metadata: { "papilio.threshold": "0.5" },
 *   inputs: [{ name: "image", dims: ["batch", 2, 2, 3] }],
 *   outputs: [{ name: "probability", dims: ["batch", 2, 2, 1] }],
 *   run({ image }) {
 *     const { shape, data } = image!;
 *     const red = Float32Array.from({ length: data.length / 3 }, (_, i) => data[3 * i]! / 255);
 *     return Promise.resolve({ probability: { shape: [...shape.slice(0, 3), 1], data: red } });
 *   },
 *   dispose: () => Promise.resolve(),
 * }, "");
 * const image = { data: new Uint8Array(5 * 3 * 3).fill(51), widthPx: 5, heightPx: 3 };
 * const map = await predictTiled(brightness, image);
 * console.assert(map.data.length === 15 && Math.abs(map.data[7]! - 0.2) < 1e-6);
 * ```
 */
export async function predictTiled(
  predictor: SquarePredictor,
  image: ChannelImage,
  options: TileOptions = {},
): Promise<SizedMap> {
  const { widthPx, heightPx } = image;
  const { channels } = predictor;
  const data = new Float32Array(widthPx * heightPx * channels);
  for await (const strip of tileStrips(predictor, image, options)) {
    data.set(strip.data, strip.topPx * widthPx * channels);
  }
  return { data, widthPx, heightPx, ...(channels > 1 && { channels }) };
}

/**
 * Decodes a photo for tiles, at its own size or scaled down.
 *
 * `tileScale` is how large objects shall be for the network, of their size in the photo: where training
 * brought photos of 1024 pixels down to 256, and this one is taken alike, it is 0.25.
 *
 * Shapes: `data` is row-major `[heightPx, widthPx, channels]`, 0…255.
 * @throws {PapilioError} if the scale is not above 0 and at most 1, or the photo cannot be read.
 */
export async function decodeForTiles(
  path: string,
  tileScale = 1,
  options: ResizeOptions = {},
): Promise<ChannelImage> {
  checkScale(tileScale, path);
  const { widthPx, heightPx } = await imageSize(path);
  const longestSidePx = Math.max(1, Math.round(Math.max(widthPx, heightPx) * tileScale));
  return await decodeWithin(path, longestSidePx, options);
}

function checkScale(tileScale: number, path: string): void {
  if (tileScale > 0 && tileScale <= 1) return;
  throw new PapilioError({
    cannot: `scale ${path} for tiles`,
    expected: "a scale above 0 and at most 1",
    got: `${tileScale}`,
    remedy: "Use 1 for the photo's own size.",
  });
}
