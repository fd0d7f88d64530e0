import type { ComparisonRow as NetworkRow } from "papilio/comparison/rows.ts";
import { present } from "papilio/core/assert.ts";
import type { ComparisonRow } from "papilio/evaluation/comparison.ts";
import type { MetricSummary } from "papilio/evaluation/summary.ts";
import type { Interval } from "papilio/metrics/bootstrap.ts";
import { type SweepRow, verdictOf } from "papilio/predict/postprocess/sweep.ts";
import type { ScoreName } from "papilio/predict/postprocess/sweep_scores.ts";

/** A row of a table to show. */
export type Row = Record<string, string | number>;

/** Metrics with their 95 % intervals: the mean over images beside that of all pixels as one image. */
export function metricRows(metrics: readonly MetricSummary[], names: readonly string[]): Row[] {
  return names.flatMap((name) => metrics.filter((metric) => metric.name === name))
    .map(({ label, macro, micro }) => ({
      metric: label,
      "mean over images": digits(macro.value),
      "95 %": rangeText(macro),
      images: macro.images,
      "all as one image": micro ? digits(micro.value) : "",
      "its 95 %": micro ? rangeText(micro) : "",
    }));
}

/** What each setting of a sweep adds to the mean of a metric over images, and whether that is clear. */
export function sweepRows(rows: readonly SweepRow[], names: readonly ScoreName[]): Row[] {
  return rows.map(({ setting, macro, gain }) => ({
    setting,
    ...Object.assign(
      {},
      ...names.map((name) => ({
        [scoreLabels[name]]: digits(macro[name]),
        [`gain in ${scoreLabels[name]}`]: setting === "none" ? "" : gainText(name, gain[name]),
      })),
    ),
  }));
}

/** A paired comparison; the second less the first. */
export function comparisonRows(rows: readonly ComparisonRow[], names: readonly string[]): Row[] {
  const chosen = names.flatMap((name) =>
    rows.filter(({ metric, averaging }) => metric.name === name && averaging === "macro")
  );
  return chosen.map(({ metric, first, second, comparison: { difference, test } }) => ({
    metric: metric.label,
    first: digits(first),
    second: digits(second),
    difference: signed(difference.value),
    "95 %": rangeText(difference, signed),
    p: test.pValue.toFixed(4),
  }));
}

/** As much of a comparison's line as is shown. */
export type ShownNetwork = Pick<
  NetworkRow,
  | "name"
  | "metrics"
  | "difference"
  | "parameters"
  | "multiplyAdds"
  | "milliseconds"
  | "trainingSeconds"
>;

/** The networks of a comparison, the best first: how good they are, and what they cost. */
export function comparedNetworkRows(rows: readonly ShownNetwork[]): Row[] {
  return rows.map(({ name, metrics: { iou, boundary_f1: border }, difference, ...costs }) => ({
    network: name,
    IoU: digits(iou.value),
    "95 %": rangeText(iou),
    "to the first": difference ? signed(difference.value) : "",
    "its 95 %": difference ? rangeText(difference, signed) : "",
    "boundary F1": digits(border.value),
    "parameters (M)": (costs.parameters / 1e6).toFixed(2),
    "multiply-adds (M)": Math.round(costs.multiplyAdds / 1e6),
    "ms": costs.milliseconds.toFixed(1),
    "training (s)": Math.round(costs.trainingSeconds),
  }));
}

const scoreLabels: Record<ScoreName, string> = {
  dice: "Dice",
  iou: "IoU",
  boundaryF1: "boundary F1",
  hausdorff95Px: "Hausdorff 95 % (px)",
  dsbScore: "DSB score",
};

function gainText(name: ScoreName, gain: Interval): string {
  return `${signed(gain.value)} (${rangeText(gain, signed)}) ${verdictOf(name, gain)}`;
}

function rangeText({ low, high }: Interval, text = digits): string {
  return Number.isNaN(low) ? "–" : `${text(low)} … ${text(high)}`;
}

function signed(value: number): string {
  return value < 0 || Number.isNaN(value) ? digits(value) : `+${digits(value)}`;
}

function digits(value: number): string {
  if (Number.isNaN(value)) return "–";
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 4);
}

/** The setting that adds most to the mean of a metric over images, whether or not that is clear. */
export function largestGain(rows: readonly SweepRow[], name: ScoreName): SweepRow {
  const tried = rows.filter(({ setting }) => setting !== "none");
  const gainOf = ({ gain }: SweepRow) =>
    name === "hausdorff95Px" ? -gain[name].value : gain[name].value;
  return present(tried.toSorted((a, b) => gainOf(b) - gainOf(a))[0], "a setting that was tried");
}
