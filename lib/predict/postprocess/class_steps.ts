import { BACKGROUND, measuredClasses } from "papilio/core/classes.ts";
import { PapilioError } from "papilio/core/errors.ts";
import type { ClassMask } from "papilio/data/case.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import { classesOfLabels, labelClasses } from "papilio/data/class_labels.ts";
import { maskOfClass } from "papilio/predict/class_mask.ts";
import type { PostProcessed } from "papilio/predict/postprocess/apply.ts";
import {
  areaPx,
  type PostProcessing,
  postProcessingFlags,
} from "papilio/predict/postprocess/options.ts";
import { areasOf, fillHoles } from "papilio/predict/postprocess/parts.ts";
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
 * The mask is changed in place. What a step removes becomes background. A hole of a class is filled where
 * it is background, and keeps what is of another class. The order is that of binary masks; holes are
 * filled once more at the end, since a speck that is removed leaves one in the class around.
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
  const fill = () => {
    if (holes) fillEach(mask, names, holes === true ? Infinity : areaPx(holes, mask));
  };
  fill();
  if (minArea) {
    const leastPx = areaPx(minArea, mask);
    removeParts(mask, names, ({ areas }, label) => (areas[label] as number) < leastPx);
  }
  if (largest) {
    removeParts(mask, names, ({ largest }, label, number) => largest[number] !== label);
  }
  if (minArea || largest) fill();
  return share === undefined ? { mask } : { mask, labels: splitEach(mask, names, share) };
}

interface Parts {
  /** By label. */
  areas: Int32Array;
  /** The label of each class's largest part; of equals the first. */
  largest: Int32Array;
}

/** Makes connected parts of classes background, in place; all classes are labelled at once. */
function removeParts(
  mask: ClassMask,
  names: readonly string[],
  isRemoved: (parts: Parts, label: number, number: number) => boolean,
): void {
  const labels = labelClasses(mask, names);
  const numbers = classesOfLabels(labels, mask);
  const areas = areasOf(labels);
  const largest = new Int32Array(names.length);
  areas[0] = 0;
  numbers.forEach((number, i) => {
    const before = largest[number] as number;
    if ((areas[i + 1] as number) > (areas[before] as number)) largest[number] = i + 1;
  });
  const removed = Uint8Array.from(areas, (_, label) => {
    return label > 0 && isRemoved({ areas, largest }, label, numbers[label - 1] as number) ? 1 : 0;
  });
  const background = names.indexOf(BACKGROUND);
  for (let i = 0; i < mask.data.length; i++) {
    if (removed[labels.data[i] as number] === 1) mask.data[i] = background;
  }
}

/** Fills the holes of each class where they are background, in place. */
function fillEach(mask: ClassMask, names: readonly string[], largestPx: number): void {
  const background = names.indexOf(BACKGROUND);
  const boxes = boxesOf(mask);
  for (const number of measuredClasses(names)) {
    const box = boxes.get(number);
    if (!box) continue;
    // Beyond its box nothing is of the class, so that all holes are within.
    const filled = fillHoles(maskOfClass(cut(mask, box), number), largestPx);
    forEachInBox(mask, box, (pixel, i) => {
      if (mask.data[pixel] === background && filled.data[i] === 1) mask.data[pixel] = number;
    });
  }
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The smallest box that holds each number. */
function boxesOf({ data, widthPx, heightPx }: ClassMask): Map<number, Box> {
  const boxes = new Map<number, Box>();
  for (let y = 0, i = 0; y < heightPx; y++) {
    let [last, box] = [-1, undefined as Box | undefined];
    for (let x = 0; x < widthPx; x++, i++) {
      const number = data[i] as number;
      if (number !== last || !box) {
        box = boxes.get(number) ?? { left: x, top: y, right: x, bottom: y };
        boxes.set(number, box);
        last = number;
      }
      if (x < box.left) box.left = x;
      if (x > box.right) box.right = x;
      box.bottom = y;
    }
  }
  return boxes;
}

function cut(mask: ClassMask, box: Box): ClassMask {
  const size = { widthPx: box.right - box.left + 1, heightPx: box.bottom - box.top + 1 };
  const data = new Uint8Array(size.widthPx * size.heightPx);
  forEachInBox(mask, box, (pixel, i) => data[i] = mask.data[pixel] as number);
  return { data, ...size };
}

/** Calls `use` with each pixel of a box, row by row, and with its place in that order. */
function forEachInBox(
  { widthPx }: ClassMask,
  { left, top, right, bottom }: Box,
  use: (pixel: number, i: number) => void,
): void {
  for (let y = top, i = 0; y <= bottom; y++) {
    for (let x = left; x <= right; x++, i++) use(y * widthPx + x, i);
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
