import { present } from "papilio/core/assert.ts";
import { counted, textTable } from "papilio/core/text.ts";
import { shareOfRows } from "papilio/metrics/confusion_matrix.ts";
import { leftOutLines } from "papilio/evaluation/_describe_left_out.ts";
import { recipeWords } from "papilio/evaluation/_recipe_words.ts";
import { metricText } from "papilio/metrics/counts.ts";
import type { ClassesSummary, ClassSummary } from "papilio/evaluation/class_summary.ts";
import { interval, metricRow } from "papilio/evaluation/describe.ts";

/**
 * An evaluation of several classes as lines for people: the means with the images and classes that they are
 * without, each class and its objects, and what is taken for what.
 */
export function describeClasses(summary: ClassesSummary): string {
  const { metrics, images, part, classes, worst, failures, calibration } = summary;
  const measured = classes.filter(({ isMeasured }) => isMeasured).map(({ name }) => name);
  const hasObjects = classes.some((one) => one.objects && one.objects.true > one.images);
  const shown = metrics.filter(({ family }) => family !== "objects" || hasObjects);
  return [
    `${counted(images, "image")} (${part}); masks: ${
      recipeWords(summary)
    }; 95 % intervals in parentheses`,
    `means over the classes ${measured.join(", ")}:`,
    textTable([
      ["", "mean over images", "images", "all as one image"],
      ...shown.map((metric) => metricRow(metric, images)),
    ]),
    ...leftOutLines(shown, { images }),
    "each class against the rest, all images as one:",
    textTable([
      ["", "share", "images", "predicted in", "IoU", "Dice", "boundary F1"],
      ...classes.map(classRow),
    ]),
    "objects of each class (connected parts, or as they were split), all images as one:",
    textTable([
      ["", "true", "predicted", "matched at IoU > 0.5", "F1", "PQ"],
      ...classes.flatMap(objectRow),
    ]),
    "of each true class (rows), the share that was found to be of which:",
    confusionTable(summary),
    ...judgedSentence(summary),
    `calibration of the likeliest class: expected error ${calibration.expectedError.toFixed(4)}, ` +
    `Brier score of all classes (0 to 2) ${calibration.brierScore.toFixed(4)}`,
    `worst by mean IoU: ${
      worst.slice(0, 3).map(({ id, worstClass, worstIou }) =>
        `${id} (${worstClass} ${metricText(worstIou)})`
      ).join(", ")
    }`,
    ...failures.map(({ id, error }) => `failed: ${id}: ${error}`),
  ].join("\n");
}

function classRow(row: ClassSummary): string[] {
  const { name, share, images, predictedImages } = row;
  const scores = ["iou", "dice", "boundary_f1"].map((metric) => microOf(row, metric));
  return [name, percent(share), String(images), String(predictedImages), ...scores];
}

function microOf({ metrics }: ClassSummary, metric: string): string {
  const found = present(metrics.find((one) => one.name === metric)).micro;
  return found ? interval(found) : "–";
}

function objectRow(row: ClassSummary): string[][] {
  if (!row.objects) return [];
  const { true: there, predicted, byThreshold } = row.objects;
  const matched = byThreshold[0]?.truePositives ?? 0;
  const scores = ["recognition_quality", "panoptic_quality"].map((metric) => microOf(row, metric));
  return [[row.name, ...[there, predicted, matched].map(String), ...scores]];
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
