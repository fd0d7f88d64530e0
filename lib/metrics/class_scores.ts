import { present } from "papilio/core/assert.ts";
import { measuredClasses } from "papilio/core/classes.ts";
import {
  addCounts,
  type Counts,
  dice,
  iou,
  meanPerImage,
  noCounts,
} from "papilio/metrics/counts.ts";

/** The counts of an image or a set: of each class against the rest; of a binary mask, the only ones. */
export type ClassCounts = readonly Counts[];

/** The scores of one class of a set. */
export interface ClassScore {
  name: string;
  /** NaN where the class neither is nor was found. */
  dice: number;
  iou: number;
}

/** The sums of the same classes' counts. */
export function addClassCounts(a: ClassCounts, b: ClassCounts): ClassCounts {
  return a.map((counts, i) => addCounts(counts, b[i] ?? noCounts));
}

/**
 * The mean of a metric over the classes that are measured: all but the background.
 *
 * `classNames` are those of the counts; none for a binary mask, whose metric it is then. A class that
 * neither is in the image nor was found there has no metric and is left out; NaN if none is left.
 *
 * Source: Isensee 2021 (nnU-Net), whose foreground mean this is.
 *
 * @example
 * ```ts
 * import { meanOverClasses } from "papilio/metrics/class_scores.ts";
 * import { iou, noCounts } from "papilio/metrics/counts.ts";
 * const wings = { ...noCounts, truePositives: 1, falsePositives: 1 };
 * const counts = [{ ...noCounts, truePositives: 9 }, wings, noCounts];
 * console.assert(meanOverClasses(counts, ["background", "wings", "spots"], iou) === 0.5);
 * ```
 */
export function meanOverClasses(
  counts: ClassCounts,
  classNames: readonly string[],
  metric: (counts: Counts) => number,
): number {
  const measured = classNames.length === 0 ? [0] : measuredClasses(classNames);
  return meanPerImage(measured.map((i) => present(counts[i])), metric);
}

/**
 * The share of the judged pixels whose class is right; NaN if there are none.
 *
 * With classes `Σ TP_c / n`; of a binary mask, `(TP + TN) / n`.
 */
export function classAccuracy(counts: ClassCounts): number {
  const [first = noCounts] = counts;
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = first;
  const pixels = truePositives + falsePositives + falseNegatives + trueNegatives;
  const right = counts.reduce((sum, { truePositives }) => sum + truePositives, 0);
  return (counts.length === 1 ? right + trueNegatives : right) / pixels;
}

/** Dice and IoU of each class of a set, the background's too. */
export function classScores(counts: ClassCounts, classNames: readonly string[]): ClassScore[] {
  return classNames.map((name, i) => {
    const ofClass = present(counts[i]);
    return { name, dice: dice(ofClass), iou: iou(ofClass) };
  });
}
