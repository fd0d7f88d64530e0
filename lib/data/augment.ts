import type { Config } from "papilio/core/config.ts";
import type { Random } from "papilio/core/random.ts";
import type { BinaryMask, ChannelImage, ClassMask } from "papilio/data/case.ts";
import { channelsOf } from "papilio/data/channels.ts";
import {
  type ColourMap,
  colourMap,
  mirrored,
  type SourceMap,
  sourceMap,
} from "papilio/data/_affine.ts";

/** One draw: what is done to an image and its mask alike. */
export interface Augmentation {
  flipHorizontal: boolean;
  flipVertical: boolean;
  /** Clockwise as seen on the screen. */
  rotationDegrees: number;
  /** Above 1 the content grows. */
  scale: number;
  /** To the right, as a share of the width. */
  shiftX: number;
  /** Downwards, as a share of the height. */
  shiftY: number;
  /** Added, as a share of 255. */
  brightness: number;
  /** Factor of the distance to middle grey. */
  contrast: number;
  /** Factor of the distance to the pixel's own grey. */
  saturation: number;
  hueDegrees: number;
}

/** The augmentation that changes nothing. */
export const identityAugmentation: Readonly<Augmentation> = {
  flipHorizontal: false,
  flipVertical: false,
  rotationDegrees: 0,
  scale: 1,
  shiftX: 0,
  shiftY: 0,
  brightness: 0,
  contrast: 1,
  saturation: 1,
  hueDegrees: 0,
};

/** A random augmentation within the options' ranges; it always takes ten numbers from the stream. */
export function drawAugmentation(options: Config["augment"], random: Random): Augmentation {
  const around = (middle: number, range: number) => middle + random.uniform(-range, range);
  return {
    flipHorizontal: random.chance(options.flipHorizontal),
    flipVertical: random.chance(options.flipVertical),
    rotationDegrees: around(0, options.rotationDegrees),
    scale: around(1, options.scale),
    shiftX: around(0, options.shift),
    shiftY: around(0, options.shift),
    brightness: around(0, options.brightness),
    contrast: around(1, options.contrast),
    saturation: around(1, options.saturation),
    hueDegrees: around(0, options.hueDegrees),
  };
}

/**
 * Image and mask after one and the same draw: `applyAugmentation(…, drawAugmentation(…))`.
 *
 * @example
 * ```ts
 * import { augment } from "papilio/data/augment.ts";
 * import { resolveConfig } from "papilio/core/config.ts";
 * import { Random } from "papilio/core/random.ts";
 * const image = { data: new Uint8Array(8 * 8 * 3).fill(99), widthPx: 8, heightPx: 8 };
 * const mask = { data: new Uint8Array(8 * 8).fill(1), widthPx: 8, heightPx: 8 };
 * const varied = augment(image, mask, resolveConfig().augment, Random.from(42, "augment", 0, "id"));
 * console.assert(varied.mask.data.every((value) => value === 1));
 * ```
 */
export function augment(
  image: ChannelImage,
  mask: BinaryMask | ClassMask,
  options: Config["augment"],
  random: Random,
): { image: ChannelImage; mask: BinaryMask | ClassMask } {
  return applyAugmentation(image, mask, drawAugmentation(options, random));
}

/**
 * Image and mask, flipped, turned, scaled and shifted together; the image's colours changed as well.
 * Saturation and hue are of RGB alone.
 *
 * The image is interpolated bilinearly, the mask takes its nearest pixel; beyond the border both are
 * mirrored there, `d c b a | a b c d | d c b a`, so that they stay aligned.
 *
 * Shapes: image `[height, width, channels]`, mask `[height, width]`, both as given; new arrays.
 *
 * Units: image 0…255, mask as given: {0, 1}, or class numbers and `IGNORED`.
 */
export function applyAugmentation(
  image: ChannelImage,
  mask: BinaryMask | ClassMask,
  augmentation: Augmentation,
): { image: ChannelImage; mask: BinaryMask | ClassMask } {
  const map = sourceMap(augmentation, image.widthPx, image.heightPx);
  return {
    image: { ...image, data: warpImage(image, map, colourMap(augmentation)) },
    mask: { ...mask, data: warpMask(mask, map) },
  };
}

/** Each output row interpolated at its source, then through the colour map: one rounding. */
function warpImage(image: ChannelImage, map: SourceMap, colours: ColourMap): Uint8Array {
  const channels = channelsOf(image);
  const rowLength = image.widthPx * channels;
  const row = new Float64Array(rowLength);
  const warped = new Uint8ClampedArray(image.data.length); // It rounds and clamps what it stores.
  for (let y = 0; y < image.heightPx; y++) {
    warpRow(row, image, { map, y, channels });
    if (channels === 3) recolour(row, colours);
    else relight(row, colours);
    warped.set(row, y * rowLength);
  }
  return new Uint8Array(warped.buffer);
}

function warpRow(
  row: Float64Array,
  { data, widthPx, heightPx }: ChannelImage,
  { map, y, channels }: { map: SourceMap; y: number; channels: number },
): void {
  let out = 0;
  for (let x = 0; x < widthPx; x++) {
    const sourceX = map.xx * x + map.xy * y + map.x0;
    const sourceY = map.yx * x + map.yy * y + map.y0;
    const floorX = Math.floor(sourceX);
    const floorY = Math.floor(sourceY);
    const toRight = sourceX - floorX;
    const down = sourceY - floorY;
    const left = channels * mirrored(floorX, widthPx);
    const right = channels * mirrored(floorX + 1, widthPx);
    const upper = channels * widthPx * mirrored(floorY, heightPx);
    const lower = channels * widthPx * mirrored(floorY + 1, heightPx);
    let i00 = upper + left;
    let i01 = upper + right;
    let i10 = lower + left;
    let i11 = lower + right;
    for (let c = 0; c < channels; c++) {
      row[out++] = between(data, i00++, i01++, i10++, i11++, toRight, down);
    }
  }
}

/** All of the colour map, on RGB. */
function recolour(row: Float64Array, colours: ColourMap): void {
  const { rr, rg, rb, r0, gr, gg, gb, g0, br, bg, bb, b0 } = colours;
  for (let i = 0; i < row.length; i += 3) {
    const r = row[i] as number;
    const g = row[i + 1] as number;
    const b = row[i + 2] as number;
    row[i] = rr * r + rg * g + rb * b + r0;
    row[i + 1] = gr * r + gg * g + gb * b + g0;
    row[i + 2] = br * r + bg * g + bb * b + b0;
  }
}

/** Contrast and brightness alone: other channels than RGB have no hue. */
function relight(row: Float64Array, { contrast, offset }: ColourMap): void {
  for (let i = 0; i < row.length; i++) row[i] = contrast * (row[i] as number) + offset;
}

/** The bilinear value between four samples. */
function between(
  data: Uint8Array,
  i00: number,
  i01: number,
  i10: number,
  i11: number,
  toRight: number,
  down: number,
): number {
  const upperLeft = data[i00] as number;
  const lowerLeft = data[i10] as number;
  const upper = upperLeft + (data[i01] as number - upperLeft) * toRight;
  const lower = lowerLeft + (data[i11] as number - lowerLeft) * toRight;
  return upper + (lower - upper) * down;
}

function warpMask(mask: BinaryMask | ClassMask, map: SourceMap): Uint8Array {
  const { data, widthPx, heightPx } = mask;
  const warped = new Uint8Array(data.length);
  let out = 0;
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++, out++) {
      const column = mirrored(Math.round(map.xx * x + map.xy * y + map.x0), widthPx);
      const row = mirrored(Math.round(map.yx * x + map.yy * y + map.y0), heightPx);
      warped[out] = data[row * widthPx + column] as number;
    }
  }
  return warped;
}
