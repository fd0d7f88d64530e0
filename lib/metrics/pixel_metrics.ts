import {
  accuracy,
  addCounts,
  type Counts,
  dice,
  iou,
  matthews,
  meanPerImage,
  noCounts,
  precision,
  recall,
  specificity,
} from "papilio/metrics/counts.ts";
import type { Averaging, NamedMetric } from "papilio/metrics/named_metric.ts";

/** Every metric of pixel counts, in the order of reports; from TP, FP, FN and TN. */
export const pixelMetrics = {
  dice: { label: "Dice", formula: "2·TP / (2·TP + FP + FN)", better: "higher", of: dice },
  iou: { label: "IoU", formula: "TP / (TP + FP + FN)", better: "higher", of: iou },
  precision: { label: "Precision", formula: "TP / (TP + FP)", better: "higher", of: precision },
  recall: { label: "Recall", formula: "TP / (TP + FN)", better: "higher", of: recall },
  specificity: {
    label: "Specificity",
    formula: "TN / (TN + FP)",
    better: "higher",
    of: specificity,
  },
  accuracy: { label: "Accuracy", formula: "(TP + TN) / all", better: "higher", of: accuracy },
  matthews: {
    label: "MCC",
    formula: "(TP·TN − FP·FN) / √((TP + FP)·(TP + FN)·(TN + FP)·(TN + FN))",
    better: "higher",
    of: matthews,
  },
} satisfies Record<string, NamedMetric<Counts>>;

export type PixelMetricName = keyof typeof pixelMetrics;

/**
 * A metric of counts over a set of images.
 *
 * @example
 * ```ts
 * import { dice, noCounts } from "papilio/metrics/counts.ts";
 * import { averagePixelMetric } from "papilio/metrics/pixel_metrics.ts";
 * const small = { ...noCounts, truePositives: 1, falseNegatives: 2 }; // Dice 1/2
 * const large = { ...noCounts, truePositives: 99 }; // Dice 1
 * console.assert(averagePixelMetric([small, large], dice, { averaging: "macro" }) === 0.75);
 * console.assert(averagePixelMetric([small, large], dice, { averaging: "micro" }) === 200 / 202);
 * ```
 */
export function averagePixelMetric(
  images: readonly Counts[],
  metric: (counts: Counts) => number,
  { averaging }: { averaging: Averaging },
): number {
  if (averaging === "macro") return meanPerImage(images, metric);
  return metric(images.reduce(addCounts, noCounts));
}
