import sharp from "sharp";
import { PapilioError } from "papilio/core/errors.ts";
import { produceFileAtomically } from "papilio/core/files.ts";
import { present } from "papilio/core/assert.ts";
import { counted } from "papilio/core/text.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import { notOfFormat } from "papilio/annotation/_parse.ts";

const MAXIMUM_LABEL = 65535;

/**
 * Writes labels as a grey image of 16 bits, PNG or TIFF: the value of a pixel is its object's number.
 *
 * What the format cannot hold: classes, borders finer than pixels.
 *
 * Shapes: `[heightPx, widthPx]` int32 → uint16.
 * @throws {PapilioError} if there are more than 65535 objects.
 */
export async function writeLabelImage(
  { labels, id }: { labels: LabelImage; id: string },
  path: string,
  format: "png" | "tiff",
): Promise<void> {
  if (labels.count > MAXIMUM_LABEL) throw tooMany(path, id, labels.count);
  const raw = { width: labels.widthPx, height: labels.heightPx, channels: 1 as const };
  const image = sharp(Uint16Array.from(labels.data), { raw, limitInputPixels: false })
    .toColourspace("grey16");
  const encoded = format === "png" ? image.png() : image.tiff({ compression: "deflate" });
  await produceFileAtomically(path, (temporary) => encoded.toFile(temporary));
}

/**
 * Reads a grey image of 8 or 16 bits as labels; `count` is the largest.
 *
 * @throws {PapilioError} if it cannot be read, or is not grey.
 */
export async function readLabelImage(path: string): Promise<LabelImage> {
  const what = "a grey image of labels, of 8 or 16 bits";
  const bytes = await Deno.readFile(path);
  const image = sharp(bytes, { limitInputPixels: false, ignoreIcc: true });
  const metadata = await image.metadata().catch((error) => {
    throw notOfFormat(path, what, error.message, error);
  });
  if (metadata.channels !== 1 || !["uchar", "ushort"].includes(metadata.depth)) {
    throw notOfFormat(
      path,
      what,
      `${counted(metadata.channels, "channel")} of type ${metadata.depth}`,
    );
  }
  const isDeep = metadata.depth === "ushort";
  const { data, info } = await image.toColourspace(isDeep ? "grey16" : "b-w")
    .raw({ depth: isDeep ? "ushort" : "uchar" }).toBuffer({ resolveWithObject: true });
  const values = isDeep ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data;
  return { data: Int32Array.from(values), ...sizeOf(info), count: largest(values) };
}

function sizeOf({ width, height }: { width: number; height: number }) {
  return { widthPx: width, heightPx: height };
}

function largest(values: ArrayLike<number>): number {
  let maximum = 0;
  for (let i = 0; i < values.length; i++) maximum = Math.max(maximum, present(values[i]));
  return maximum;
}

function tooMany(path: string, id: string, count: number): PapilioError {
  return new PapilioError({
    cannot: `write the label image ${path}`,
    expected: `at most ${MAXIMUM_LABEL} objects, the numbers that 16 bits hold`,
    got: `${count} in ${id}`,
    remedy: "Remove small objects, or export another format, such as coco.",
  });
}
