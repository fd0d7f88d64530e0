import { present } from "papilio/core/assert.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import { jaccardAreas } from "papilio/metrics/aggregated_jaccard.ts";
import type { Sums } from "papilio/metrics/averages.ts";
import { countPresent, matchObjects, type ObjectCounts } from "papilio/metrics/object_matches.ts";
import { findOverlaps, type Overlaps } from "papilio/metrics/overlaps.ts";

/** 0.5, 0.55, … 0.95: those of the Data Science Bowl 2018, each the float nearest to its decimals. */
export const matchThresholds: readonly number[] = Array.from(
  { length: 10 },
  (_, k) => (10 + k) / 20,
);

/** What the metrics of objects are computed from; tallies of images can be summed. */
export interface InstanceTally {
  predictedObjects: number;
  trueObjects: number;
  /** Shapes: `[10]`; pairs whose intersection over union is greater than each of `matchThresholds`. */
  matches: readonly number[];
  /** The sum of the intersections over union of the pairs above 0.5. */
  iouSum: number;
  /** The two areas of the aggregated Jaccard index. */
  jaccardIntersectionPx: number;
  jaccardUnionPx: number;
}

/**
 * Compares the objects of a prediction with the true ones.
 *
 * @throws {PapilioError} if the sizes differ.
 *
 * @example
 * ```ts
 * import { labelParts } from "papilio/data/labels.ts";
 * import { instanceMetrics } from "papilio/metrics/instance_metrics.ts";
 * import { tallyInstances } from "papilio/metrics/instances.ts";
 * const objects = (...data: number[]) =>
 *   labelParts({ data: Uint8Array.from(data), widthPx: 8, heightPx: 1 });
 * const tally = tallyInstances(objects(1, 1, 1, 0, 0, 0, 1, 1), objects(1, 1, 1, 1, 0, 0, 0, 0));
 * console.assert(tally.predictedObjects === 2 && tally.trueObjects === 1 && tally.iouSum === 0.75);
 * console.assert(instanceMetrics.panopticQuality.of(tally) === 0.75 / 1.5);
 * ```
 */
export function tallyInstances(prediction: LabelImage, truth: LabelImage): InstanceTally {
  return tallyOverlaps(findOverlaps(prediction, truth));
}

/** What the metrics need of objects whose overlaps are known. */
export function tallyOverlaps(overlaps: Overlaps): InstanceTally {
  const areas = jaccardAreas(overlaps);
  return {
    predictedObjects: countPresent(overlaps.predictedAreasPx),
    trueObjects: countPresent(overlaps.trueAreasPx),
    matches: matchThresholds.map((threshold) => matchObjects(overlaps, threshold).length),
    iouSum: matchObjects(overlaps, 0.5).reduce((sum, { iou }) => sum + iou, 0),
    jaccardIntersectionPx: areas.intersectionPx,
    jaccardUnionPx: areas.unionPx,
  };
}

/** How the tallies of images add up. */
export const instanceSums: Sums<InstanceTally> = {
  none: {
    predictedObjects: 0,
    trueObjects: 0,
    matches: matchThresholds.map(() => 0),
    iouSum: 0,
    jaccardIntersectionPx: 0,
    jaccardUnionPx: 0,
  },
  add: (a, b) => ({
    predictedObjects: a.predictedObjects + b.predictedObjects,
    trueObjects: a.trueObjects + b.trueObjects,
    matches: a.matches.map((count, k) => count + present(b.matches[k])),
    iouSum: a.iouSum + b.iouSum,
    jaccardIntersectionPx: a.jaccardIntersectionPx + b.jaccardIntersectionPx,
    jaccardUnionPx: a.jaccardUnionPx + b.jaccardUnionPx,
  }),
};

/** The objects found, invented and missed at each of `matchThresholds`, for tables and curves. */
export function objectCounts(tally: InstanceTally): (ObjectCounts & { threshold: number })[] {
  return tally.matches.map((truePositives, k) => ({
    threshold: present(matchThresholds[k]),
    truePositives,
    falsePositives: tally.predictedObjects - truePositives,
    falseNegatives: tally.trueObjects - truePositives,
  }));
}
