import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import type { BinaryMask, Case, MaskEncoding } from "papilio/data/case.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import { coverResize } from "papilio/data/_cover_resize.ts";
import { type Foreground, foregroundOf, mapValues } from "papilio/data/_mask_values.ts";
import { imageError, type Subject } from "papilio/data/_open_image.ts";
import { readSamples } from "papilio/data/_samples.ts";

/** Mask files decoded at the same time for one case; a nuclei image may have hundreds. */
const FILES_AHEAD = 3;

/** A size in pixels. */
export interface Size {
  widthPx: number;
  heightPx: number;
}

/** A mask file read: its pixels, and whether they are as clear as a mask's should be. */
export type MaskFile = BinaryMask & Omit<Foreground, "isForeground">;

/**
 * Reads the mask of a case: the pixelwise maximum of its mask files at their own size.
 *
 * Shapes: `data` is row-major `[heightPx, widthPx]`, 0 or 1.
 * @throws {PapilioError} if the case has no mask, or a file cannot be read, has another size than the
 * image, or holds values that are no mask; the message names the file.
 */
export async function readMask(item: Case, imageSize: Size): Promise<BinaryMask> {
  const union = emptyMask(imageSize);
  for await (const mask of maskFiles(item, imageSize)) addInto(union, mask);
  return union;
}

/**
 * Reads the mask of a case, each file scaled by interpolation to a square and every value above 0 kept.
 *
 * This is what `skimage.transform.resize(mask, (side, side), mode="constant", preserve_range=True) > 0`
 * does in scikit-image 0.19, and with it the butterfly project: a Gaussian of
 * `sigma = (factor - 1) / 2`, cut at 4 sigma, along each side that shrinks, then linear interpolation. A
 * pixel is foreground as soon as one foreground pixel has any weight in it, so masks grow, by two to
 * three source pixels at half the size. The default, `resizeMask`, does not do that.
 *
 * Shapes: `data` is row-major `[sidePx, sidePx]`, 0 or 1.
 * @throws {PapilioError} as `readMask` does.
 */
export async function readMaskResizedAny(
  item: Case,
  sidePx: number,
  imageSize?: Size,
): Promise<BinaryMask> {
  const size = { widthPx: sidePx, heightPx: sidePx };
  const union = emptyMask(size);
  for await (const mask of maskFiles(item, imageSize)) addInto(union, coverResize(mask, size));
  return union;
}

/**
 * Scales a mask, of classes too, by nearest neighbour, with pixel centres at halves:
 * `source = floor((target + 0.5) * sourceSide / targetSide)`.
 *
 * Shapes: `data` is row-major `[heightPx, widthPx]`, with the values of the mask.
 *
 * @example
 * ```ts
 * import { resizeMask } from "papilio/data/masks.ts";
 * const wide = resizeMask({ data: Uint8Array.of(0, 1), widthPx: 2, heightPx: 1 }, 4, 1);
 * console.assert(wide.data.join() === "0,0,1,1");
 * ```
 */
export function resizeMask(mask: BinaryMask, widthPx: number, heightPx: number): BinaryMask {
  const columns = nearestIndices(mask.widthPx, widthPx);
  const rows = nearestIndices(mask.heightPx, heightPx);
  const data = new Uint8Array(widthPx * heightPx);
  let target = 0;
  for (const row of rows) {
    const start = row * mask.widthPx;
    for (const column of columns) data[target++] = present(mask.data[start + column]);
  }
  return { data, widthPx, heightPx };
}

/** The share of the pixels that is foreground. */
export function foregroundFraction({ data }: BinaryMask): number {
  let foreground = 0;
  for (const value of data) foreground += value;
  return foreground / data.length;
}

/**
 * Reads one mask file.
 *
 * Under `threshold` a file whose values are only 0 and 1 is taken as such, else the upper half of its
 * range is foreground (from 128 in 8 bits). Under `labels` the stored values decide.
 *
 * @throws {PapilioError} if it cannot be read, or its values are neither {0, 1} nor reach the threshold
 * although they are not all 0: label numbers, mostly.
 */
export async function readMaskFile(
  path: string,
  encoding: MaskEncoding,
  caseId?: string,
): Promise<MaskFile> {
  const subject: Subject = { path, what: "mask", ...(caseId === undefined ? {} : { caseId }) };
  const samples = await readSamples(subject, encoding.kind);
  const { isForeground, ...signs } = foregroundOf(samples, encoding, subject);
  const data = mapValues(samples, (value) => isForeground(value) ? 1 : 0);
  return { data, ...signs, widthPx: samples.widthPx, heightPx: samples.heightPx };
}

/** Adds the foreground of a mask to another of the same size. */
export function addInto(union: BinaryMask, mask: BinaryMask): void {
  for (let i = 0; i < mask.data.length; i++) if (mask.data[i] === 1) union.data[i] = 1;
}

/** A mask without foreground. */
export function emptyMask({ widthPx, heightPx }: Size): BinaryMask {
  return { data: new Uint8Array(widthPx * heightPx), widthPx, heightPx };
}

/** Whether a mask has the size of its image. */
export function sameSize(a: Size, b: Size): boolean {
  return a.widthPx === b.widthPx && a.heightPx === b.heightPx;
}

/**
 * The mask files of a case, one by one in the order of their names; a few are read ahead.
 *
 * @throws {PapilioError} as `readMask` does.
 */
export function maskFiles(item: Case, imageSize?: Size): AsyncGenerator<MaskFile> {
  const read = (path: string) => readMaskFile(path, item.maskEncoding, item.id);
  return readFiles(item, read, imageSize);
}

/** The mask files of a case as `read` makes them, all of one size: that of the image, if it is given. */
export async function* readFiles<T extends Size>(
  item: Case,
  read: (path: string) => Promise<T>,
  imageSize?: Size,
): AsyncGenerator<T> {
  if (item.maskPaths.length === 0) throw noMask(item);
  let index = 0;
  let size = imageSize;
  for await (const mask of mapAhead(item.maskPaths, read, FILES_AHEAD)) {
    size ??= mask;
    if (!sameSize(mask, size)) throw wrongSize(item, present(item.maskPaths[index]), mask, size);
    index++;
    yield mask;
  }
}

function noMask({ id, imagePath }: Case): PapilioError {
  return new PapilioError({
    cannot: `read the mask of case ${id}`,
    expected: `at least one mask file for ${imagePath}`,
    got: "none",
    remedy: "Add its masks, or leave the case out.",
  });
}

function wrongSize({ id }: Case, path: string, mask: Size, image: Size): PapilioError {
  const subject = { path, what: "mask", caseId: id };
  return imageError(
    subject,
    `${sizeText(image)} pixels, as its image`,
    `${sizeText(mask)} pixels`,
    {
      remedy: "Export the mask at the size of its image.",
    },
  );
}

/** `"500×333"`: width, then height. */
export function sizeText({ widthPx, heightPx }: Size): string {
  return `${widthPx}×${heightPx}`;
}

/** For each target pixel, the source pixel in which its centre lies; in integers, so exact. */
function nearestIndices(sourceSide: number, targetSide: number): number[] {
  return Array.from(
    { length: targetSide },
    (_, target) => Math.floor((2 * target + 1) * sourceSide / (2 * targetSide)),
  );
}
