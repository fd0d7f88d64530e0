import { BACKGROUND, measuredClasses } from "papilio/core/classes.ts";
import { PapilioError } from "papilio/core/errors.ts";
import type { BinaryMask, ClassMask } from "papilio/data/case.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import { maskOfClass } from "papilio/predict/class_mask.ts";
import type { PostProcessed } from "papilio/predict/postprocess/apply.ts";
import {
  areaPx,
  type PostProcessing,
  postProcessingFlags,
} from "papilio/predict/postprocess/options.ts";
import { fillHoles, keepLargestPart, removeSmallParts } from "papilio/predict/postprocess/parts.ts";
import { splitObjects } from "papilio/predict/postprocess/split_objects.ts";

type Step = keyof PostProcessing;

/** Moving a border moves that of the class beside it: what these would do to both is not defined. */
const binarySteps: readonly Step[] = ["guidedFilter", "smooth", "open", "close"];

/** What these take away becomes background, and they fill nothing else. */
const backgroundSteps: readonly Step[] = ["fillHoles", "minArea", "largest"];

/**
 * Finds out whether masks of classes can be post-processed so.
 *
 * @throws {PapilioError} that names the steps that cannot be done.
 */
export function checkClassSteps(options: PostProcessing, names: readonly string[]): void {
  const hasBackground = names.includes(BACKGROUND);
  const refused = hasBackground ? binarySteps : [...binarySteps, ...backgroundSteps];
  const chosen = refused.filter((step) => options[step] !== undefined);
  if (chosen.length === 0) return;
  throw new PapilioError({
    cannot: "post-process masks of several classes",
    expected: hasBackground
      ? "some of --tta, --fill-holes, --min-area, --largest, --split-objects"
      : `some of --tta, --split-objects, since no class is named ${BACKGROUND}`,
    got: chosen.map((step) => postProcessingFlags({ [step]: options[step] })).join(" "),
    remedy: "Leave it away; --resize-probabilities makes borders smoother.",
  });
}

/**
 * The steps on a mask of classes, each done to class after class in the order of their numbers, apart from
 * the background.
 *
 * What a step removes becomes background. A hole of a class is filled where it is background, and keeps
 * what is of another class. Holes come last, since a speck that is removed leaves one in the class around.
 *
 * @throws {PapilioError} as `checkClassSteps` does.
 *
 * @example
 * ```ts
 * import { postProcessClasses } from "papilio/predict/postprocess/class_steps.ts";
 * const mask = { data: Uint8Array.of(1, 1, 0, 1, 2), widthPx: 5, heightPx: 1 };
 * const done = postProcessClasses(mask, { largest: true }, ["background", "cat", "dog"]);
 * console.assert(done.mask.data.join() === "1,1,0,0,2");
 * ```
 */
export function postProcessClasses(
  mask: ClassMask,
  options: PostProcessing,
  names: readonly string[],
): PostProcessed {
  checkClassSteps(options, names);
  const { fillHoles: holes, minArea, largest, splitObjects: share } = options;
  const toEach = (step: (ofClass: BinaryMask) => BinaryMask) => changeEach(mask, names, step);
  if (minArea) toEach((ofClass) => removeSmallParts(ofClass, areaPx(minArea, mask)));
  if (largest) toEach((ofClass) => keepLargestPart(ofClass));
  if (holes === true) toEach((ofClass) => fillHoles(ofClass));
  else if (holes) toEach((ofClass) => fillHoles(ofClass, areaPx(holes, mask)));
  return share === undefined ? { mask } : { mask, labels: splitEach(mask, names, share) };
}

/** Does a step to each class of a mask, in place. */
function changeEach(
  { data, ...size }: ClassMask,
  names: readonly string[],
  step: (ofClass: BinaryMask) => BinaryMask,
): void {
  const background = names.indexOf(BACKGROUND);
  for (const number of measuredClasses(names)) {
    const done = step(maskOfClass({ data, ...size }, number));
    for (let i = 0; i < data.length; i++) {
      if (data[i] === number && done.data[i] === 0) data[i] = background;
      else if (data[i] === background && done.data[i] !== 0) data[i] = number;
    }
  }
}

/** The objects of all classes, those of the first class first. */
function splitEach(mask: ClassMask, names: readonly string[], share: number): LabelImage {
  const { widthPx, heightPx } = mask;
  const all = { data: new Int32Array(mask.data.length), widthPx, heightPx, count: 0 };
  for (const number of measuredClasses(names)) {
    const { data, count } = splitObjects(maskOfClass(mask, number), { share });
    for (let i = 0; i < data.length; i++) {
      if (data[i] !== 0) all.data[i] = all.count + (data[i] as number);
    }
    all.count += count;
  }
  return all;
}
