import { classesOfLabels, labelClasses } from "papilio/data/class_labels.ts";
import type { ClassMask } from "papilio/data/case.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import { ignoreAs, judgedLabels } from "papilio/metrics/ignored.ts";
import { type InstanceTally, tallyOverlaps } from "papilio/metrics/instances.ts";
import { findOverlaps, type Overlaps } from "papilio/metrics/overlaps.ts";

/** A mask of classes, and its objects if it was split into some. */
export interface ClassPrediction {
  mask: ClassMask;
  labels?: LabelImage;
}

/**
 * Compares the objects of each class with the true ones of that class: of the prediction the labels that
 * are given, else the connected parts of a class; of the truth always these.
 *
 * Objects of different classes never match, and the background has none. What is `IGNORED` in the truth
 * belongs to no object.
 *
 * Shapes: masks and labels `[heightPx, widthPx]` of one size; returns a tally for each of `names`.
 *
 * @throws {PapilioError} if the sizes differ.
 *
 * @example
 * ```ts
 * import { tallyClassObjects } from "papilio/metrics/class_objects.ts";
 * const row = (...data: number[]) => ({ data: Uint8Array.from(data), widthPx: 4, heightPx: 1 });
 * const names = ["background", "cat", "dog"];
 * const [, cat, dog] = tallyClassObjects({ mask: row(1, 0, 1, 2) }, row(1, 0, 2, 2), names);
 * console.assert(cat?.predictedObjects === 2 && cat.trueObjects === 1 && cat.matches[0] === 1);
 * console.assert(dog?.predictedObjects === 1 && dog.iouSum === 0);
 * ```
 */
export function tallyClassObjects(
  { mask, labels }: ClassPrediction,
  truth: ClassMask,
  names: readonly string[],
): InstanceTally[] {
  const found = labels ? judgedLabels(labels, truth) : labelClasses(ignoreAs(mask, truth), names);
  const there = labelClasses(truth, names);
  const overlaps = findOverlaps(found, there);
  const classes = { found: classesOfLabels(found, mask), there: classesOfLabels(there, truth) };
  return names.map((_, number) => tallyOverlaps(ofClass(overlaps, classes, number)));
}

/** Without the objects of other classes. */
function ofClass(
  { predictedAreasPx, trueAreasPx, pairs }: Overlaps,
  { found, there }: { found: Uint8Array; there: Uint8Array },
  number: number,
): Overlaps {
  const isOf = (classes: Uint8Array, label: number) => classes[label - 1] === number;
  return {
    predictedAreasPx: predictedAreasPx.map((area, i) => isOf(found, i + 1) ? area : 0),
    trueAreasPx: trueAreasPx.map((area, i) => isOf(there, i + 1) ? area : 0),
    pairs: pairs.filter(({ predictedLabel, trueLabel }) =>
      isOf(found, predictedLabel) && isOf(there, trueLabel)
    ),
  };
}
