import { boundaryF1 } from "papilio/metrics/boundary.ts";
import { type Counts, dice, iou } from "papilio/metrics/counts.ts";
import { dsbScore } from "papilio/metrics/instance_metrics.ts";
import { tallyMask, type Truth } from "papilio/metrics/mask_tally.ts";
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

/** Objects are those of the split, else the connected parts. */
export function scoreImage(found: PostProcessed, truth: Truth): ImageScore {
  const { counts, boundary, surface, instances } = tallyMask(found, truth);
  return {
    counts,
    dice: dice(counts),
    iou: iou(counts),
    boundaryF1: boundaryF1(boundary),
    hausdorff95Px: surface.hausdorff95,
    dsbScore: dsbScore(instances),
  };
}
