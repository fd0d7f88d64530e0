import { formatDuration } from "papilio/core/progress.ts";
import { textTable } from "papilio/core/text.ts";
import {
  type ComparedMetric,
  comparedMetrics,
  type ComparisonRow,
  type MetricOfEntry,
} from "papilio/comparison/rows.ts";

/** A comparison that is done, failures included. */
export interface ComparisonTable {
  /** Folder of the data set. */
  data: string;
  /** The cases on which all were judged; with folds, each is judged once. */
  part: string;
  /** How many such cases there are. */
  images: number;
  seed: number;
  /** Over which the metrics of an image are means; none for a binary mask. */
  classes: readonly string[];
  /** 0 without cross-validation. */
  folds: number;
  rows: readonly ComparisonRow[];
  failures: readonly { name: string; fold?: number | undefined; error: string }[];
}

/** The comparison for a terminal. */
export function describeComparison(comparison: ComparisonTable): string {
  const { header, lines, numbers } = tableOf(comparison);
  return [
    introduction(comparison),
    textTable([header, ...lines], { right: numbers }),
    ...failureLines(comparison),
  ].join("\n");
}

/** The comparison as a page of Markdown, with its pictures. */
export function comparisonMarkdown(
  comparison: ComparisonTable,
  pictures: readonly string[],
): string {
  const { header, lines, numbers } = tableOf(comparison);
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`)).join(" | ")} |`;
  const rule = header.map((_, column) => numbers.includes(column) ? "--:" : ":--");
  return [
    "# Comparison",
    introduction(comparison),
    [row(header), row(rule), ...lines.map(row)].join("\n"),
    ...pictures.map((name) => `![IoU and cost of each network](${name})`),
    ...failureLines(comparison).map((line) => `- ${line}`),
  ].join("\n\n") + "\n";
}

function introduction({ data, part, images, folds, classes }: ComparisonTable): string {
  const judged = folds > 0
    ? `${folds}-fold cross-validation: each of ${images} images judged once, by a network that never ` +
      "saw it; means over the folds ± their standard deviation, with 95 % intervals over all images."
    : `judged on ${images} ${part} images at their own size; means over images, with 95 % intervals.`;
  const ofClasses = classes.length > 0 ? ` Each image's are means over ${classes.join(", ")}.` : "";
  return `${data}: ${judged}${ofClasses} The difference is that to the first line, image by image, with ` +
    "the p-value of a permutation test. ms: the exported network on one image.";
}

function tableOf(comparison: ComparisonTable) {
  const hasFolds = comparison.folds > 0;
  const metrics = Object.entries(comparedMetrics) as [ComparedMetric, string][];
  const [iou, ...others] = metrics;
  const parameters = unitOf(comparison.rows.map((row) => row.parameters));
  const multiplyAdds = unitOf(comparison.rows.map((row) => row.multiplyAdds));
  const header = [
    "network",
    ...(iou ? [iou[1]] : []),
    "difference",
    "p",
    ...others.map(([, label]) => label),
    ...[`parameters (${parameters.name})`, `multiply-adds (${multiplyAdds.name})`],
    ...["ms", "training", "best epoch"],
    ...(hasFolds ? ["folds"] : []),
  ];
  const lines = comparison.rows.map((row) => [
    row.name,
    metricText(row.metrics.iou),
    ...differenceTexts(row),
    ...others.map(([name]) => metricText(row.metrics[name])),
    digits(row.parameters / parameters.unit),
    digits(row.multiplyAdds / multiplyAdds.unit),
    digits(row.milliseconds),
    formatDuration(row.trainingSeconds),
    String(Math.round(row.bestEpoch * 10) / 10),
    ...(hasFolds ? [String(row.runs)] : []),
  ]);
  return { header, lines, numbers: header.map((_, column) => column).slice(1) };
}

function metricText({ value, low, high, overFolds }: MetricOfEntry): string {
  const interval = `(${ratio(low)}…${ratio(high)})`;
  if (!overFolds) return `${ratio(value)} ${interval}`;
  return `${ratio(overFolds.mean)} ± ${ratio(overFolds.standardDeviation)} ${interval}`;
}

function differenceTexts({ difference }: ComparisonRow): [string, string] {
  if (!difference) return ["", ""];
  const { value, low, high, pValue } = difference;
  return [`${ratio(value)} (${ratio(low)}…${ratio(high)})`, pValue.toFixed(4)];
}

function ratio(value: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(4).replace("-", "−");
}

/** One for a whole column, so that its numbers can be compared at a glance. */
function unitOf(values: readonly number[]): { unit: number; name: string } {
  const largest = Math.max(...values.filter(Number.isFinite));
  return largest >= 1e9 ? { unit: 1e9, name: "G" } : { unit: 1e6, name: "M" };
}

/** Three of them. */
function digits(value: number): string {
  if (Number.isNaN(value)) return "–";
  return value >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
}

function failureLines({ failures }: ComparisonTable): string[] {
  return failures.map(({ name, fold, error }) =>
    `${name}${fold === undefined ? "" : `, fold ${fold}`}: ${error}`
  );
}
