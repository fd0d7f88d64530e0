import { PapilioError } from "papilio/core/errors.ts";
import type { Overlap, Overlaps } from "papilio/metrics/overlaps.ts";

/** Objects found, invented and missed. */
export interface ObjectCounts {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
}

/**
 * The pairs of a predicted and a true object whose intersection over union is **greater** than the
 * threshold.
 *
 * From 0.5 on each object is in one pair at most, since objects of a label image do not overlap: nothing
 * has to be assigned, and the order of the objects does not matter.
 *
 * Source: Kirillov et al., Panoptic Segmentation (2019), section 4.1, theorem 1.
 * @throws {PapilioError} if the threshold is below 0.5.
 */
export function matchObjects({ pairs }: Overlaps, threshold: number): Overlap[] {
  if (threshold >= 0.5) return pairs.filter(({ iou }) => iou > threshold);
  throw new PapilioError({
    cannot: "match objects",
    expected: "a threshold of at least 0.5, from which on matches are unique",
    got: `${threshold}`,
    remedy: "Use 0.5.",
  });
}

/**
 * How many objects were found, invented and missed at a threshold of intersection over union.
 *
 * @throws {PapilioError} if the threshold is below 0.5.
 *
 * @example
 * ```ts
 * import { averagePrecision, countObjects, objectF1 } from "papilio/metrics/object_matches.ts";
 * const areas = { predictedAreasPx: Float64Array.of(4, 4), trueAreasPx: Float64Array.of(5) };
 * const pairs = [{ predictedLabel: 1, trueLabel: 1, sharedPx: 4, iou: 0.8 }];
 * const counts = countObjects({ ...areas, pairs }, 0.5);
 * console.assert(averagePrecision(counts) === 1 / 2 && objectF1(counts) === 2 / 3);
 * ```
 */
export function countObjects(overlaps: Overlaps, threshold: number): ObjectCounts {
  const truePositives = matchObjects(overlaps, threshold).length;
  return {
    truePositives,
    falsePositives: countPresent(overlaps.predictedAreasPx) - truePositives,
    falseNegatives: countPresent(overlaps.trueAreasPx) - truePositives,
  };
}

/** Objects that have a pixel; a number without any is no object. */
export function countPresent(areasPx: Float64Array): number {
  return areasPx.reduce((count, area) => area > 0 ? count + 1 : count, 0);
}

/**
 * `TP / (TP + FP + FN)` of objects, which the Data Science Bowl 2018 calls average precision; NaN if
 * there is no object and none was found.
 *
 * It is not the area under a curve of precision and recall, which needs a confidence for each object.
 */
export function averagePrecision(counts: ObjectCounts): number {
  const { truePositives, falsePositives, falseNegatives } = counts;
  return truePositives / (truePositives + falsePositives + falseNegatives);
}

/** `2·TP / (2·TP + FP + FN)` of objects; NaN if there is no object and none was found. */
export function objectF1({ truePositives, falsePositives, falseNegatives }: ObjectCounts): number {
  return 2 * truePositives / (2 * truePositives + falsePositives + falseNegatives);
}
