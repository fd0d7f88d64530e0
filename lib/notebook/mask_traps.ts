import sharp, { type Sharp } from "sharp";
import type { BinaryMask } from "papilio/data/case.ts";
import { meanGrowthPx } from "papilio/data/distances.ts";
import { foregroundFraction } from "papilio/data/masks.ts";
import { countPixels, iou, metricText } from "papilio/metrics/counts.ts";

/** A mask file as careless programs write it: row-major `[heightPx, widthPx]`, 0…255. */
export interface GreyMask {
  data: Uint8Array;
  widthPx: number;
  heightPx: number;
}

/** The mask as a program saves it that draws smooth edges. */
export async function savedSmoothed(mask: BinaryMask): Promise<GreyMask> {
  return await toGrey(toSharp(mask).blur(1));
}

/** The mask as a JPEG file gives it back. */
export async function savedAsJpeg(mask: BinaryMask, quality = 75): Promise<GreyMask> {
  return await toGrey(sharp(await toSharp(mask).jpeg({ quality }).toBuffer()));
}

/** 1 where the grey level is at least `least`. */
export function foregroundFrom({ data, ...size }: GreyMask, least: number): BinaryMask {
  return { ...size, data: data.map((value) => value >= least ? 1 : 0) };
}

/**
 * Scales a mask by nearest neighbour, but counts from the pixels' corners: `floor(target · factor)`.
 *
 * This is the usual slip, `Math.floor(x * width / newWidth)`: at an integer factor `f` it takes the first
 * of each `f` pixels in place of the middle one, which moves the mask to the right and down by up to half
 * a pixel of the new size.
 */
export function resizedFromCorners(
  mask: BinaryMask,
  widthPx: number,
  heightPx: number,
): BinaryMask {
  const data = new Uint8Array(widthPx * heightPx);
  for (let y = 0, target = 0; y < heightPx; y++) {
    const start = Math.floor(y * mask.heightPx / heightPx) * mask.widthPx;
    for (let x = 0; x < widthPx; x++, target++) {
      data[target] = mask.data[start + Math.floor(x * mask.widthPx / widthPx)] as number;
    }
  }
  return { data, widthPx, heightPx };
}

/** The mask with a frame along its edges. */
export function withFrame({ data, widthPx, heightPx }: BinaryMask, framePx: number): BinaryMask {
  const isInside = (i: number) => {
    const [x, y] = [i % widthPx, Math.floor(i / widthPx)];
    return Math.min(x, y, widthPx - 1 - x, heightPx - 1 - y) >= framePx;
  };
  return { data: data.map((value, i) => isInside(i) ? value : 1), widthPx, heightPx };
}

/**
 * What became of a mask, beside the one that it should be: `"area +4.1 %, border +0.52 px"`.
 *
 * The border's move is counted outwards, on average along it.
 */
export function changeText(mask: BinaryMask, reference: BinaryMask): string {
  const percent = 100 * (foregroundFraction(mask) / foregroundFraction(reference) - 1);
  const growthPx = meanGrowthPx(mask, reference);
  return `area ${signed(percent, 1, "%")}, border ${signed(growthPx, 2, "px")}`;
}

/** `"IoU 0.9312"` of two masks of one size. */
export function overlapText(mask: BinaryMask, reference: BinaryMask): string {
  return `IoU ${metricText(iou(countPixels(mask.data, reference.data)))}`;
}

function signed(value: number, digits: number, unit: string): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value).toFixed(digits);
  const sign = Number(size) === 0 ? "" : value > 0 ? "+" : "−";
  return `${sign}${size} ${unit}`;
}

function toSharp({ data, widthPx, heightPx }: BinaryMask): Sharp {
  const raw = { width: widthPx, height: heightPx, channels: 1 } as const;
  return sharp(data.map((value) => 255 * value), { raw }).toColourspace("b-w");
}

async function toGrey(pixels: Sharp): Promise<GreyMask> {
  const { data, info } = await pixels.toColourspace("b-w").raw().toBuffer({
    resolveWithObject: true,
  });
  return { data: new Uint8Array(data), widthPx: info.width, heightPx: info.height };
}
