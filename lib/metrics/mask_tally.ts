import type { BinaryMask, ClassMask } from "papilio/data/case.ts";
import { type LabelImage, labelParts, maskOfLabels } from "papilio/data/labels.ts";
import { requireSameSize } from "papilio/metrics/_same_size.ts";
import { borderDistances } from "papilio/metrics/border_distances.ts";
import {
  type BoundaryCounts,
  boundarySums,
  countBoundary,
  diagonalPx,
} from "papilio/metrics/boundary.ts";
import { type ClassPrediction, tallyClassObjects } from "papilio/metrics/class_objects.ts";
import {
  type ConfusionMatrix,
  confusionMatrix,
  countsOfClass,
} from "papilio/metrics/confusion_matrix.ts";
import { countPixels, type Counts } from "papilio/metrics/counts.ts";
import { ignoreAs, isBorderKnown, judgedObjects, withoutIgnored } from "papilio/metrics/ignored.ts";
import { type InstanceTally, tallyInstances } from "papilio/metrics/instances.ts";
import { type SurfaceMetricName, surfaceMetrics } from "papilio/metrics/surface_metrics.ts";

/** What the metrics of pixels and borders are computed from. */
export interface RegionTally {
  counts: Counts;
  boundary: BoundaryCounts;
  /** NaN where one of the masks is empty. */
  surface: Record<SurfaceMetricName, number>;
}

/** All that the metrics of one image's mask are computed from. */
export interface MaskTally extends RegionTally {
  instances: InstanceTally;
}

/** A true mask, with what is the same for all predictions. */
export interface Truth {
  labels: LabelImage;
  /** What is `IGNORED` is judged in no metric. */
  mask: BinaryMask;
}

export interface TallyOptions {
  /** How far borders may lie apart, as a share of the diagonal, see `diagonalPx`. */
  boundaryTolerance?: number | undefined;
}

export function truthOf(labels: LabelImage): Truth {
  return { labels, mask: maskOfLabels(labels) };
}

/** A truth that says of some pixels nothing: its objects are the connected parts of the others. */
export function truthOfMask(mask: BinaryMask): Truth {
  return { labels: labelParts(withoutIgnored(mask)), mask };
}

/**
 * Compares a mask, and its objects, with the true ones.
 *
 * Objects are the labels that are given, else the connected parts.
 *
 * Shapes: all masks and labels `[heightPx, widthPx]` of one size.
 *
 * @example
 * ```ts
 * import { tallyMask, truthOf } from "papilio/metrics/mask_tally.ts";
 * const truth = truthOf({ data: Int32Array.of(1, 1, 0), widthPx: 3, heightPx: 1, count: 1 });
 * const mask = { data: Uint8Array.of(1, 0, 0), widthPx: 3, heightPx: 1 };
 * console.assert(tallyMask({ mask }, truth).counts.falseNegatives === 1);
 * ```
 */
export function tallyMask(
  prediction: { mask: BinaryMask; labels?: LabelImage },
  truth: Truth,
  options: TallyOptions = {},
): MaskTally {
  const judged = ignoreAs(prediction.mask, truth.mask);
  return {
    counts: countPixels(judged.data, truth.mask.data),
    ...tallyBorders(judged, truth.mask, options),
    instances: tallyInstances(judgedObjects(prediction, truth.mask), truth.labels),
  };
}

/** The tallies of an image's classes, each against the rest. */
export interface ClassTally {
  /** By number. */
  classes: MaskTally[];
  confusion: ConfusionMatrix;
}

/**
 * Compares a mask of classes, and the objects of each class (`tallyClassObjects`), with the true ones.
 *
 * Shapes: both `[heightPx, widthPx]` of one size, class numbers by their place in `names`; what is
 * `IGNORED` in the truth is in no count, and neither is a border beside it; where that is the most of a
 * class's true border, metrics of borders are not defined.
 *
 * @throws {PapilioError} if the sizes differ.
 *
 * @example
 * ```ts
 * import { tallyClasses } from "papilio/metrics/mask_tally.ts";
 * const row = (...data: number[]) => ({ data: Uint8Array.from(data), widthPx: 4, heightPx: 1 });
 * const mask = row(0, 1, 1, 0);
 * const { classes } = tallyClasses({ mask }, row(0, 1, 2, 255), { names: ["background", "cat", "dog"] });
 * console.assert(classes[1]?.counts.falsePositives === 1 && classes[2]?.counts.falseNegatives === 1);
 * ```
 */
export function tallyClasses(
  prediction: ClassPrediction,
  truth: ClassMask,
  { names, ...options }: TallyOptions & { names: readonly string[] },
): ClassTally {
  requireSameSize(prediction.mask, truth);
  const judged = ignoreAs(prediction.mask, truth);
  const confusion = confusionMatrix(judged.data, truth.data, names.length);
  const classes = tallyClassObjects(prediction, truth, names).map((instances, number) => ({
    counts: countsOfClass(confusion, number),
    ...tallyBorders(judged, truth, { ...options, number }),
    instances,
  }));
  return { confusion, classes };
}

/** Of which no metric is defined. */
const unknownBorders: Omit<RegionTally, "counts"> = {
  boundary: boundarySums.none,
  surface: { hausdorff95: NaN, hausdorff: NaN, meanSurfaceDistance: NaN },
};

function tallyBorders(
  prediction: ClassMask,
  truth: ClassMask,
  { boundaryTolerance, number = 1 }: TallyOptions & { number?: number },
): Omit<RegionTally, "counts"> {
  if (!isBorderKnown(truth, number)) return unknownBorders;
  const tolerancePx = diagonalPx(truth, boundaryTolerance);
  const distances = borderDistances(prediction, truth, { number });
  return {
    boundary: countBoundary(prediction, truth, { tolerancePx, number }),
    surface: {
      hausdorff95: surfaceMetrics.hausdorff95.of(distances),
      hausdorff: surfaceMetrics.hausdorff.of(distances),
      meanSurfaceDistance: surfaceMetrics.meanSurfaceDistance.of(distances),
    },
  };
}
