import sharp from "sharp";
import { PapilioError } from "papilio/core/errors.ts";
import { counted } from "papilio/core/text.ts";
import type { ClassMask } from "papilio/data/case.ts";
import type { DecodeOptions } from "papilio/data/decode.ts";
import { imageError } from "papilio/data/_open_image.ts";
import { greyAsPalette } from "papilio/data/_png_indices.ts";
import { readSamples } from "papilio/data/_samples.ts";

/** More than a PNG of 8 bits can tell apart. */
const MAXIMUM_COLOURS = 256;

/**
 * The palette PNG of a mask of classes: the index of a pixel is its class's number.
 *
 * Shapes: `[heightPx, widthPx]` of numbers below the count of colours.
 * @param colours - `"#56b4e9"`, one for each class.
 * @throws {PapilioError} for a number without a colour.
 */
export async function encodeClassMask(
  { data, widthPx, heightPx }: ClassMask,
  colours: readonly string[],
): Promise<Uint8Array> {
  checkNumbers(data, colours.length);
  const raw = { width: widthPx, height: heightPx, channels: 1 as const };
  const grey = await sharp(data, { raw, limitInputPixels: false }).toColourspace("b-w").png()
    .toBuffer();
  const palette = Uint8Array.fromHex(colours.map((colour) => colour.slice(1)).join(""));
  return greyAsPalette(grey, palette);
}

/**
 * Reads a mask of classes whose palette indices, or grey levels, are their numbers.
 *
 * Shapes: `[heightPx, widthPx]` of numbers below `classes`.
 * @throws {PapilioError} if it cannot be read, or holds other numbers; the message names the file.
 */
export async function readClassMaskFile(
  path: string,
  classes: number,
  { caseId }: DecodeOptions = {},
): Promise<ClassMask> {
  const subject = { path, what: "mask", ...(caseId === undefined ? {} : { caseId }) };
  const { data, widthPx, heightPx } = await readSamples(subject, "labels");
  const largest = largestOf(data);
  if (largest >= classes) {
    throw imageError(
      subject,
      `the numbers of ${classes} classes, 0 to ${classes - 1}`,
      `${largest}`,
      {
        remedy: "Give the folder of an export by a network of these classes.",
      },
    );
  }
  return { data: Uint8Array.from(data), widthPx, heightPx };
}

function largestOf(data: Uint8Array | Uint16Array): number {
  let largest = 0;
  for (const number of data) if (number > largest) largest = number;
  return largest;
}

function checkNumbers(data: Uint8Array, colours: number): void {
  const largest = largestOf(data);
  if (largest < colours && colours <= MAXIMUM_COLOURS) return;
  throw new PapilioError({
    cannot: "write a mask of classes",
    expected: `a colour for each of its numbers, at most ${MAXIMUM_COLOURS}`,
    got: `the number ${largest} and ${counted(colours, "colour")}`,
    remedy: "Give as many colours as there are classes.",
  });
}
