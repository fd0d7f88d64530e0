import type { MaskTally } from "papilio/metrics/mask_tally.ts";
import { type LeftOut, NOTHING_PREDICTED } from "papilio/report/left_out.ts";
import type { EvaluationMetric } from "papilio/evaluation/metric_table.ts";

/** Why a metric is not defined for a mask, or for a class against the rest. */
export const undefinedReasons = {
  neither: "nothing there, nothing predicted",
  notPredicted: NOTHING_PREDICTED,
  notThere: "nothing there",
  nothingElse: "nothing else there",
  nothingElsePredicted: "nothing else predicted",
  border: "most of the border beside ignored pixels",
  noMatch: "no object matched",
} as const;

export type UndefinedReason = typeof undefinedReasons[keyof typeof undefinedReasons];

/** A metric that is not defined, of a class where there are several. */
export interface Gap {
  reason: UndefinedReason;
  className?: string;
}

/**
 * Why a metric is NaN for a mask.
 *
 * What is there and was not predicted has IoU, Dice, recall and boundary F1 of 0; but of nothing no share
 * is right (precision), nothing correlates (MCC) and nothing has a distance, which would be infinite:
 * such an image is left out of these means. They are then those of what was found at all, and to be read
 * beside recall.
 *
 * @example
 * ```ts
 * import { evaluationMetric } from "papilio/evaluation/metric_table.ts";
 * import { tallyMask, truthOfMask } from "papilio/metrics/mask_tally.ts";
 * const row = (...data: number[]) => ({ data: Uint8Array.from(data), widthPx: 3, heightPx: 1 });
 * const tally = tallyMask({ mask: row(0, 0, 0) }, truthOfMask(row(0, 1, 0)));
 * const [gap] = evaluationMetric("precision").gapsOf(tally);
 * console.assert(gap?.reason === "nothing predicted" && evaluationMetric("iou").ofImage(tally) === 0);
 * ```
 */
export function whyUndefined(
  { counts, boundary }: MaskTally,
  { name, family }: Pick<EvaluationMetric, "name" | "family">,
): UndefinedReason {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = counts;
  const isThere = truePositives + falseNegatives > 0;
  const isFound = truePositives + falsePositives > 0;
  if (name === "specificity") return undefinedReasons.nothingElse;
  if (family === "borders" && isThere && boundary.truePx === 0) return undefinedReasons.border;
  if (!isThere && !isFound) return undefinedReasons.neither;
  if (!isFound) return undefinedReasons.notPredicted;
  if (!isThere) return undefinedReasons.notThere;
  if (family === "borders") return undefinedReasons.border;
  if (family === "objects") return undefinedReasons.noMatch;
  return falsePositives + trueNegatives === 0
    ? undefinedReasons.nothingElse
    : undefinedReasons.nothingElsePredicted;
}

/** For how many images, or images of a class, a metric is not defined, by reason; nothing if for none. */
export function leftOutOf<Image>(
  { gapsOf }: Pick<EvaluationMetric<Image>, "gapsOf">,
  records: readonly Image[],
): { leftOut?: LeftOut[] } {
  const gaps = Map.groupBy(records.flatMap(gapsOf), (gap) => `${gap.className}:${gap.reason}`);
  if (gaps.size === 0) return {};
  const counted = [...gaps.values()].map((all) => ({ ...all[0] as Gap, images: all.length }));
  return { leftOut: counted.sort((a, b) => b.images - a.images) };
}
