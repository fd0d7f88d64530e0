import { join } from "@std/path";
import sharp, { type Sharp } from "sharp";
import { measuredClasses } from "papilio/core/classes.ts";
import {
  exists,
  produceFileAtomically,
  sortedNames,
  writeFileAtomically,
} from "papilio/core/files.ts";
import { writeLabelImage } from "papilio/annotation/label_image.ts";
import type { BinaryMask, ClassMask } from "papilio/data/case.ts";
import { encodeClassMask } from "papilio/data/class_mask_file.ts";
import { decodeAlpha, decodeImage } from "papilio/data/decode.ts";
import type { IntensityRange } from "papilio/data/intensities.ts";
import { type LabelImage, labelParts } from "papilio/data/labels.ts";
import { labelClasses } from "papilio/data/class_labels.ts";
import { foregroundOfClasses } from "papilio/predict/class_mask.ts";
import { type OutputChoice, outputPaths } from "papilio/predict/output_paths.ts";
import { checkPictureSize, cutoutPng, overlayJpeg } from "papilio/predict/_output_pictures.ts";
import {
  channelOf,
  type Interpolation,
  probabilitiesAtSize,
  type ProbabilityMap,
  type Size,
  type SizedMap,
} from "papilio/predict/resize.ts";
import type { DrawnClass } from "papilio/report/class_overlay.ts";

/** What was found in a photo. */
export interface Found {
  map: ProbabilityMap;
  /** At the photo's own size; with classes it holds their numbers. */
  mask: BinaryMask | ClassMask;
  /** If it was split into objects; else its connected parts are these. */
  labels?: LabelImage;
}

export interface OutputOptions extends OutputChoice {
  out: string;
  interpolation: Interpolation;
  /** How photos are drawn. */
  intensityRange?: IntensityRange | undefined;
  /** Of the network: grey and RGB leave out the photo's alpha, which cut-outs keep. */
  inputChannels?: number;
  /** None for a binary mask. */
  classes?: readonly DrawnClass[];
}

/** How much of a photo is what. */
export interface Fractions {
  /** Of all pixels; with classes all but the background. */
  foregroundFraction: number;
  /** Of each class. */
  classFractions?: Record<string, number>;
}

/** Writes the files of one photo, the mask last: where it stands, the others do. */
export async function writeOutputs(
  { id, path }: { id: string; path: string },
  found: Found,
  { classes = [], ...options }: OutputOptions,
): Promise<Fractions> {
  const { mask } = found;
  const { out } = options;
  const names = classes.map(({ name }) => name);
  const paths = outputPaths(out, id, names);
  if (options.overlays || options.cutouts) checkPictureSize(mask, path);
  await removeLeftovers(join(out, id), id);
  if (options.probabilities) await writeProbabilities(paths.probabilities, found, options);
  const needsObjects = options.labels || options.overlays;
  const objects = needsObjects ? objectsOf(found, names) : undefined;
  if (options.labels && objects) {
    await writeLabelImage({ id, labels: objects }, paths.labels, "png");
  }
  if (options.overlays || options.cutouts) {
    const image = await decodeImage(path, options);
    if (options.overlays && objects) {
      await write(paths.overlay, await overlayJpeg(image, found, { objects, classes }));
    }
    if (options.cutouts) {
      const shown = classes.length > 0 ? foregroundOfClasses(mask, names) : mask;
      const alpha = leavesOutAlpha(options) ? await decodeAlpha(path) : undefined;
      await write(paths.cutout, cutoutPng(image, shown, alpha));
    }
  }
  return classes.length > 0
    ? await writeClassMask(paths.mask, mask, classes)
    : await writeMask(paths.mask, mask);
}

/** For other networks a fourth channel may be anything. */
function leavesOutAlpha({ inputChannels = 3 }: Pick<OutputOptions, "inputChannels">): boolean {
  return inputChannels === 1 || inputChannels === 3;
}

/** Those of the split, else the connected parts of the mask, or of each of its classes. */
function objectsOf({ mask, labels }: Found, classes: readonly string[]): LabelImage {
  return labels ?? (classes.length > 0 ? labelClasses(mask, classes) : labelParts(mask));
}

async function writeProbabilities(
  paths: readonly string[],
  { map, mask }: Found,
  { interpolation }: { interpolation: Interpolation },
): Promise<void> {
  for (const [channel, path] of paths.entries()) {
    const plane = map.channels === undefined ? map : channelOf(map, channel);
    await write(path, greyPng(probabilitiesAtSize(plane, mask, interpolation), mask, "grey16"));
  }
}

async function writeMask(path: string, mask: BinaryMask): Promise<Fractions> {
  const { grey, count } = toGrey(mask);
  await write(path, greyPng(grey, mask, "b-w"));
  return { foregroundFraction: count / grey.length };
}

async function writeClassMask(
  path: string,
  mask: ClassMask,
  classes: readonly DrawnClass[],
): Promise<Fractions> {
  await writeFileAtomically(path, await encodeClassMask(mask, classes.map(({ colour }) => colour)));
  const counts = new Float64Array(classes.length);
  for (const number of mask.data) (counts[number] as number)++;
  const fraction = (count: number) => count / mask.data.length;
  const measured = measuredClasses(classes.map(({ name }) => name));
  return {
    foregroundFraction: fraction(measured.reduce((sum, i) => sum + (counts[i] as number), 0)),
    classFractions: Object.fromEntries(
      classes.map(({ name }, i) => [name, fraction(counts[i] as number)]),
    ),
  };
}

/** Reads back what `--probabilities` wrote, to 1/65535. */
export async function readProbabilities(path: string): Promise<SizedMap> {
  const { data, info } = await sharp(path, { limitInputPixels: false, ignoreIcc: true })
    .toColourspace("grey16").raw({ depth: "ushort" }).toBuffer({ resolveWithObject: true });
  const values = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  return {
    data: Float32Array.from(values, (value) => value / 65535),
    widthPx: info.width,
    heightPx: info.height,
  };
}

/** What an earlier export has left: files of the photo by other settings, and half-written ones. */
async function removeLeftovers(folder: string, id: string): Promise<void> {
  if (!await exists(folder)) return;
  const isOurs = ({ name, isFile }: Deno.DirEntry) => isFile && name.startsWith(`${id}_`);
  for (const name of await sortedNames(folder, isOurs)) await Deno.remove(join(folder, name));
}

async function write(path: string, picture: Sharp): Promise<void> {
  await produceFileAtomically(path, (temporary) => picture.toFile(temporary));
}

/** {0, 1} to {0, 255}, in place: the mask is needed no more. */
function toGrey({ data }: BinaryMask): { grey: Uint8Array; count: number } {
  let count = 0;
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 0) continue;
    data[i] = 255;
    count++;
  }
  return { grey: data, count };
}

function greyPng(data: Uint8Array | Uint16Array, size: Size, space: "b-w" | "grey16"): Sharp {
  const raw = { width: size.widthPx, height: size.heightPx, channels: 1 as const };
  return sharp(data, { raw, limitInputPixels: false }).toColourspace(space).png();
}
