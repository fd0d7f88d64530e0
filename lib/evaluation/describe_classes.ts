import { present } from "papilio/core/assert.ts";
import { textTable } from "papilio/core/text.ts";
import { shareOfRows } from "papilio/metrics/confusion_matrix.ts";
import { metricText } from "papilio/metrics/counts.ts";
import type { ClassesSummary, ClassSummary } from "papilio/evaluation/class_summary.ts";
import { interval, metricRow } from "papilio/evaluation/describe.ts";

/** An evaluation of several classes as lines for people. */
export function describeClasses(summary: ClassesSummary): string {
  const { metrics, images, part, recipe, classes, worst, failures } = summary;
  const measured = classes.filter(({ isMeasured }) => isMeasured).map(({ name }) => name);
  return [
    `${images} images (${part}), masks by ${recipe}; 95 % intervals in parentheses`,
    `means over the classes ${measured.join(", ")}:`,
    textTable([["", "mean over images", "images", "all as one image"], ...metrics.map(metricRow)]),
    "each class against the rest, all images as one:",
    textTable([["", "share", "images", "IoU", "Dice", "boundary F1"], ...classes.map(classRow)]),
    "of each true class (rows), the share that was found to be of which:",
    confusionTable(summary),
    ...judgedSentence(summary),
    "objects are judged in masks of one class alone",
    `worst by mean IoU: ${
      worst.slice(0, 3).map(({ id, worstClass, worstIou }) =>
        `${id} (${worstClass} ${metricText(worstIou)})`
      ).join(", ")
    }`,
    ...failures.map(({ id, error }) => `failed: ${id}: ${error}`),
  ].join("\n");
}

function classRow({ name, share, images, metrics }: ClassSummary): string[] {
  const micro = (metric: string) => {
    const found = present(metrics.find((one) => one.name === metric)).micro;
    return found ? interval(found) : "–";
  };
  return [name, percent(share), String(images), ...["iou", "dice", "boundary_f1"].map(micro)];
}

function confusionTable({ classes, confusion }: ClassesSummary): string {
  const names = classes.map(({ name }) => name);
  const rows = shareOfRows(confusion).map((row, i) => [names[i] ?? "", ...row.map(percent)]);
  return textTable([["", ...names], ...rows]);
}

function judgedSentence({ judgedShare }: ClassesSummary): string[] {
  return judgedShare < 1 ? [`${percent(1 - judgedShare)} of the pixels are of no class`] : [];
}

function percent(share: number): string {
  return Number.isNaN(share) ? "–" : `${(100 * share).toFixed(1)} %`;
}
