import { counted, textTable } from "papilio/core/text.ts";
import { leftOutLines } from "papilio/evaluation/_describe_left_out.ts";
import { recipeWords } from "papilio/evaluation/_recipe_words.ts";
import { imagesText } from "papilio/report/left_out.ts";
import type { Interval } from "papilio/metrics/bootstrap.ts";
import type { ComparisonRow } from "papilio/evaluation/comparison.ts";
import type { EvaluationSummary, MetricSummary } from "papilio/evaluation/summary.ts";

/**
 * An evaluation as lines for people: each metric with its 95 % interval, how many images its mean is over,
 * and why others are left out of it.
 */
export function describeEvaluation(summary: EvaluationSummary): string {
  const { metrics, images, part, objects, calibration, chosenThreshold, failures } = summary;
  const hasObjects = objects.true > images;
  const shown = metrics.filter(({ family }) => family !== "objects" || hasObjects);
  const rows = [
    ["", "mean over images", "images", "all as one image"],
    ...shown.map((metric) => metricRow(metric, images)),
  ];
  return [
    `${counted(images, "image")} (${part}); masks: ${
      recipeWords(summary)
    }; 95 % intervals in parentheses`,
    textTable(rows),
    ...leftOutLines(shown, { images }),
    ...(hasObjects
      ? [`${counted(objects.true, "true object")}, ${objects.predicted} predicted`]
      : []),
    `calibration: expected error ${calibration.expectedError.toFixed(4)}, ` +
    `Brier score ${calibration.brierScore.toFixed(4)}`,
    ...(chosenThreshold ? [describeThreshold(chosenThreshold)] : []),
    `worst by IoU: ${summary.ranked.slice(0, 3).join(", ")}`,
    ...failures.map(({ id, error }) => `failed: ${id}: ${error}`),
  ].join("\n");
}

/**
 * A comparison of two runs as lines for people.
 *
 * A difference is over the images for which both runs have the metric, and each run's own mean over those
 * for which it has: where some are left out, that is said.
 */
export function describeComparison(rows: readonly ComparisonRow[]): string {
  const images = rows[0]?.comparison.images ?? 0;
  const shown = rows.filter(({ comparison }) => comparison.images > 0);
  const isPartial = shown.some(({ leftOut }) => leftOut !== undefined);
  return [
    `${counted(images, "image")} in both; difference: second less first`,
    textTable([
      ["", "", "first", "second", "difference (95 %)", "p", ...(isPartial ? ["images"] : [])],
      ...shown.map(({ metric, averaging, first, second, comparison, leftOut }) => [
        metric.label,
        averaging,
        number(first),
        number(second),
        interval(comparison.difference, true),
        comparison.test.pValue.toFixed(4),
        ...(isPartial ? [imagesText(comparison.images, images) + (leftOut ? " *" : "")] : []),
      ]),
    ]),
    ...inNeither(rows),
    ...leftOutOfRun(shown, { images, run: "first" }),
    ...leftOutOfRun(shown, { images, run: "second" }),
  ].join("\n");
}

/** Metrics without a line of their own. */
function inNeither(rows: readonly ComparisonRow[]): string[] {
  const labels = rows.filter(({ comparison }) => comparison.images === 0)
    .map(({ metric }) => metric.label);
  return labels.length === 0
    ? []
    : [`not compared, since no image has them in both: ${labels.join("; ")}`];
}

function leftOutOfRun(
  rows: readonly ComparisonRow[],
  { images, run }: { images: number; run: "first" | "second" },
): string[] {
  const means = rows.map(({ metric: { label }, leftOut }) => ({
    label,
    leftOut: leftOut?.[run] ?? [],
  }));
  return leftOutLines(means, { images, of: `, ${run} run` });
}

function describeThreshold(
  { part, threshold, dice, flatFrom, flatTo }: NonNullable<EvaluationSummary["chosenThreshold"]>,
): string {
  return `threshold with the highest Dice on ${part}: ${threshold.toFixed(3)} (${
    dice.toFixed(4)
  }; ` +
    `any from ${flatFrom.toFixed(3)} to ${
      flatTo.toFixed(3)
    } is within 0.005 of it), at the network's ` +
    "size and before post-processing";
}

export function metricRow(metric: MetricSummary, images: number): string[] {
  const { label, macro, micro, leftOut } = metric;
  const count = imagesText(macro.images, images) + (leftOut ? " *" : "");
  return [label, interval(macro), count, micro ? interval(micro) : "–"];
}

/** `"0.9132 (0.9001…0.9220)"` */
export function interval({ value, low, high }: Interval, isSigned = false): string {
  const text = (x: number) => isSigned && x >= 0 ? `+${number(x)}` : number(x);
  return Number.isNaN(value) ? "–" : `${text(value)} (${text(low)}…${text(high)})`;
}

function number(value: number): string {
  if (Number.isNaN(value)) return "–";
  return Math.abs(value) >= 10 ? value.toFixed(2) : value.toFixed(4);
}
