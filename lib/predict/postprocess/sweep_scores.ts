import type { BinaryMask } from "papilio/data/case.ts";
import { type LabelImage, labelParts, maskOfLabels } from "papilio/data/labels.ts";
import { borderDistances } from "papilio/metrics/border_distances.ts";
import { boundaryF1, countBoundary, diagonalPx } from "papilio/metrics/boundary.ts";
import { countPixels, type Counts, dice, iou } from "papilio/metrics/counts.ts";
import { dsbScore } from "papilio/metrics/instance_metrics.ts";
import { tallyInstances } from "papilio/metrics/instances.ts";
import { hausdorff95 } from "papilio/metrics/surface_metrics.ts";
import type { PostProcessed } from "papilio/predict/postprocess/apply.ts";

/** How one image's mask, and its objects, fit the true ones; NaN where a metric is not defined. */
export interface ImageScore {
  counts: Counts;
  dice: number;
  iou: number;
  /** At 0.75 % of the diagonal. */
  boundaryF1: number;
  hausdorff95Px: number;
  dsbScore: number;
}

/** The metrics of an image that are compared. */
export type ScoreName = Exclude<keyof ImageScore, "counts">;

/** A true mask, with what is the same for all predictions. */
export interface Truth {
  labels: LabelImage;
  mask: BinaryMask;
}

export function truthOf(labels: LabelImage): Truth {
  return { labels, mask: maskOfLabels(labels) };
}

/** Objects are those of the split, else the connected parts. */
export function scoreImage({ mask, labels }: PostProcessed, truth: Truth): ImageScore {
  const counts = countPixels(mask.data, truth.mask.data);
  const boundary = countBoundary(mask, truth.mask, { tolerancePx: diagonalPx(mask) });
  return {
    counts,
    dice: dice(counts),
    iou: iou(counts),
    boundaryF1: boundaryF1(boundary),
    hausdorff95Px: hausdorff95(borderDistances(mask, truth.mask)),
    dsbScore: dsbScore(tallyInstances(labels ?? labelParts(mask), truth.labels)),
  };
}
