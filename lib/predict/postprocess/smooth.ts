import sharp from "sharp";
import type { BinaryMask } from "papilio/data/case.ts";

/** sharp refuses less; its kernel would be one pixel. */
const SMALLEST_SIGMA_PX = 0.3;
/** A kernel out to 3 sigma. */
const LEAST_AMPLITUDE = 0.01;

/**
 * Smooths the contours of a mask: a Gaussian over it, then half and more is foreground.
 *
 * Straight borders stay where they are; corners, stairs and hairs thinner than about `sigmaPx` go. In 8
 * bits, so that a pixel right on the line may fall on either side.
 *
 * Shapes: `[heightPx, widthPx]` of 0 and 1, to the same. Units: pixels.
 *
 * @example
 * ```ts
 * import { smoothContours } from "papilio/predict/postprocess/smooth.ts";
 * const hair = { data: Uint8Array.of(0, 0, 0, 1, 0, 0, 0), widthPx: 7, heightPx: 1 };
 * const { data } = await smoothContours(hair, 2);
 * console.assert(!data.includes(1));
 * ```
 */
export async function smoothContours(mask: BinaryMask, sigmaPx: number): Promise<BinaryMask> {
  const { widthPx, heightPx } = mask;
  const sigma = Math.max(SMALLEST_SIGMA_PX, sigmaPx);
  const raw = { width: widthPx, height: heightPx, channels: 1 } as const;
  const blurred = await sharp(mask.data.map((value) => value * 255), {
    raw,
    limitInputPixels: false,
  })
    .blur({ sigma, minAmplitude: LEAST_AMPLITUDE }).toColourspace("b-w").raw().toBuffer();
  return { data: Uint8Array.from(blurred, (value) => value >= 128 ? 1 : 0), widthPx, heightPx };
}
