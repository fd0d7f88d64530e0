import { PapilioError } from "papilio/core/errors.ts";
import type { BinaryMask, ClassMask, RgbImage } from "papilio/data/case.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import type { Size } from "papilio/data/masks.ts";
import { classesAtSize } from "papilio/predict/class_mask.ts";
import { checkClassSteps, postProcessClasses } from "papilio/predict/postprocess/class_steps.ts";
import { close, open } from "papilio/predict/postprocess/disks.ts";
import { guidedFilter } from "papilio/predict/postprocess/guided_filter.ts";
import { areaPx, lengthPx, type PostProcessing } from "papilio/predict/postprocess/options.ts";
import { fillHoles, keepLargestPart, removeSmallParts } from "papilio/predict/postprocess/parts.ts";
import { smoothContours } from "papilio/predict/postprocess/smooth.ts";
import { splitObjects } from "papilio/predict/postprocess/split_objects.ts";
import { type Interpolation, maskAtSize, type ProbabilityMap } from "papilio/predict/resize.ts";

/** The photo that the probabilities belong to. */
export interface PhotoContext {
  size: Size;
  threshold: number;
  /** Names of the map's channels, if it has several. */
  classes?: readonly string[];
  interpolation?: Interpolation;
  /** At its own size; needed where `needsImage` says so. */
  image?: RgbImage | undefined;
}

/** A mask, and its objects where they were asked for. */
export interface PostProcessed {
  /** With classes it holds their numbers. */
  mask: BinaryMask | ClassMask;
  /** The objects of `splitObjects`; their union is the mask, with classes all but the background. */
  labels?: LabelImage;
}

/**
 * The mask of a photo at its own size, from the network's probabilities, by the steps of the options.
 *
 * Views (`tta`) come before the probabilities: see `predictAugmented`.
 *
 * Shapes: map `[S, S]` or `[H, W]` float32 → `[heightPx, widthPx]` of 0 and 1, and of labels; with classes
 * `[S, S, C]` or `[H, W, C]` → class numbers.
 * @throws {PapilioError} if the guided filter lacks its photo, or a step cannot be done to classes.
 *
 * @example
 * ```ts
 * import { applyPostProcessing } from "papilio/predict/postprocess/apply.ts";
 * const map = { data: Float32Array.of(1, 1, 0, 1), widthPx: 4, heightPx: 1 };
 * const photo = { size: { widthPx: 4, heightPx: 1 }, threshold: 0.5 };
 * const { mask } = await applyPostProcessing(map, photo, { largest: true });
 * console.assert(mask.data.join() === "1,1,0,0");
 * ```
 */
export async function applyPostProcessing(
  map: ProbabilityMap,
  photo: PhotoContext,
  options: PostProcessing,
): Promise<PostProcessed> {
  if (photo.classes) {
    checkClassSteps(options, photo.classes);
    const mask = classesAtSize(map, photo.size, photo.interpolation);
    return postProcessClasses(mask, options, photo.classes);
  }
  const mask = options.guidedFilter === undefined
    ? maskAtSize(map, photo.size, photo)
    : refinedMask(map, photo, options.guidedFilter);
  return await postProcessMask(mask, options);
}

/** The steps that need a binary mask alone. */
export async function postProcessMask(
  mask: BinaryMask,
  options: PostProcessing,
): Promise<PostProcessed> {
  const px = (length: number) => lengthPx(length, mask);
  let done = mask;
  if (options.smooth) done = await smoothContours(done, px(options.smooth));
  if (options.open) done = open(done, px(options.open));
  if (options.close) done = close(done, px(options.close));
  if (options.fillHoles === true) done = fillHoles(done);
  else if (options.fillHoles) done = fillHoles(done, areaPx(options.fillHoles, mask));
  if (options.minArea) done = removeSmallParts(done, areaPx(options.minArea, mask));
  if (options.largest) done = keepLargestPart(done);
  if (options.splitObjects === undefined) return { mask: done };
  return { mask: done, labels: splitObjects(done, { share: options.splitObjects }) };
}

function refinedMask(map: ProbabilityMap, photo: PhotoContext, length: number): BinaryMask {
  const { size, image, threshold } = photo;
  if (image?.widthPx !== size.widthPx || image.heightPx !== size.heightPx) throw noPhoto(photo);
  const probabilities = guidedFilter(map, image, { radiusPx: lengthPx(length, size) });
  const data = new Uint8Array(probabilities.length);
  for (let i = 0; i < data.length; i++) data[i] = (probabilities[i] as number) >= threshold ? 1 : 0;
  return { data, widthPx: size.widthPx, heightPx: size.heightPx };
}

function noPhoto({ size, image }: PhotoContext): PapilioError {
  return new PapilioError({
    cannot: "draw borders to the photo's edges",
    expected: `the photo at its own ${size.widthPx}×${size.heightPx} pixels`,
    got: image ? `${image.widthPx}×${image.heightPx}` : "none",
    remedy: "Decode it with `decodeImage`.",
  });
}
