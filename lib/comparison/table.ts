import { formatDuration } from "papilio/core/progress.ts";
import { counted, textTable } from "papilio/core/text.ts";
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
  return [
    introduction(comparison),
    tableText(tableOf(comparison)),
    ...(comparison.folds > 0 ? [foldsHeading, tableText(foldsTable(comparison))] : []),
    ...remarks(comparison),
  ].join("\n");
}

/** The comparison as a page of Markdown, with its pictures. */
export function comparisonMarkdown(
  comparison: ComparisonTable,
  pictures: readonly string[],
): string {
  return [
    "# Comparison",
    introduction(comparison),
    tableMarkdown(tableOf(comparison)),
    ...(comparison.folds > 0 ? [foldsHeading, tableMarkdown(foldsTable(comparison))] : []),
    ...pictures.map((name) => `![IoU and cost of each network](${name})`),
    ...remarks(comparison).map((line) => `- ${line}`),
  ].join("\n\n") + "\n";
}

function introduction(comparison: ComparisonTable): string {
  const { data, classes } = comparison;
  const ofClasses = classes.length > 0 ? ` Each image's are means over ${classes.join(", ")}.` : "";
  return `${data}: ${
    judgedText(comparison)
  }; means over images, with 95 % intervals.${ofClasses} The ` +
    "difference is that to the first line, image by image, with the p-value of a permutation test. " +
    "ms: the exported network on one image.";
}

function judgedText({ part, images, folds, rows }: ComparisonTable): string {
  if (folds === 0) return `judged on ${counted(images, `${part} image`)} at their own size`;
  const judged = rows.every(({ runs }) => runs === folds)
    ? `each of ${counted(images, "image")} judged once, by a network that never saw it`
    : `each network judged on the images that its finished folds test, of ${images} in all`;
  return `${folds}-fold cross-validation: ${judged}`;
}

/** Cells, of which the first of each line is a name and the others are numbers. */
interface Table {
  header: readonly string[];
  lines: readonly (readonly string[])[];
}

function tableText({ header, lines }: Table): string {
  const right = header.map((_, column) => column).slice(1);
  return textTable([header, ...lines], { right });
}

function tableMarkdown({ header, lines }: Table): string {
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`)).join(" | ")} |`;
  const rule = header.map((_, column) => column > 0 ? "--:" : ":--");
  return [row(header), row(rule), ...lines.map(row)].join("\n");
}

const metrics = Object.entries(comparedMetrics) as [ComparedMetric, string][];

function tableOf(comparison: ComparisonTable): Table {
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
  ]);
  return { header, lines };
}

const foldsHeading = "Over the folds, mean ± standard deviation:";

function foldsTable({ rows, folds }: ComparisonTable): Table {
  return {
    header: ["network", ...metrics.map(([, label]) => label), "folds"],
    lines: rows.map((row) => [
      row.name,
      ...metrics.map(([name]) => spreadText(row.metrics[name])),
      `${row.runs} of ${folds}`,
    ]),
  };
}

function metricText({ value, low, high }: MetricOfEntry): string {
  return `${ratio(value)} (${ratio(low)}…${ratio(high)})`;
}

function spreadText({ overFolds }: MetricOfEntry): string {
  const { mean, standardDeviation: spread } = overFolds ?? { mean: NaN, standardDeviation: NaN };
  return Number.isNaN(spread) ? ratio(mean) : `${ratio(mean)} ± ${ratio(spread)}`;
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

/** What the table does not say: which entries find nothing or lack images, and what failed. */
function remarks({ part, rows, images, failures }: ComparisonTable): string[] {
  const lacking = rows.filter(({ missingImages }) => missingImages > 0);
  const ranks = "Those that lack images stand last, by the images that all of them have.";
  return [
    ...rows.flatMap(({ name, advice }) =>
      advice === undefined ? [] : [`${name} finds nothing on the ${part} images. ${advice}`]
    ),
    ...lacking.map(({ name, missingImages }) =>
      `${name}: judged on ${images - missingImages} of ${counted(images, "image")} alone`
    ),
    ...(lacking.length > 0 ? [ranks] : []),
    ...failures.map(({ name, fold, error }) =>
      `${name}${fold === undefined ? "" : `, fold ${fold}`}: ${error}`
    ),
  ];
}
