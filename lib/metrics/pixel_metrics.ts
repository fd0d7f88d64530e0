import {
  accuracy,
  addCounts,
  type Counts,
  dice,
  iou,
  matthews,
  noCounts,
  precision,
  recall,
  specificity,
} from "papilio/metrics/counts.ts";
import type { Sums } from "papilio/metrics/averages.ts";
import type { NamedMetric } from "papilio/metrics/named_metric.ts";

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

/** How the counts of images add up. */
export const pixelSums: Sums<Counts> = { none: noCounts, add: addCounts };
