import { PapilioError } from "papilio/core/errors.ts";
import { compareRuns, compareValues, type Comparison } from "papilio/metrics/paired_comparison.ts";
import type { CaseRecord, ClassRecord, JudgedCase } from "papilio/evaluation/case_record.ts";
import { comparedMetrics } from "papilio/evaluation/class_metrics.ts";
import { type AnyEvaluation, isOfClasses } from "papilio/evaluation/evaluate_run.ts";
import {
  type EvaluationMetric,
  evaluationMetrics,
  overImages,
} from "papilio/evaluation/metric_table.ts";
import { leftOutOf } from "papilio/evaluation/undefined.ts";
import type { LeftOut } from "papilio/report/left_out.ts";
import type { Averaging } from "papilio/metrics/averages.ts";

/** A metric of two runs over the same images. */
export interface ComparisonRow {
  metric: Pick<EvaluationMetric, "name" | "label" | "formula" | "better" | "family">;
  averaging: Averaging;
  first: number;
  second: number;
  /** The second less the first, over the images for which both have the metric; there may be none. */
  comparison: Comparison;
  /** What the runs' own means are without; missing where both are over all images and classes. */
  leftOut?: { first: LeftOut[]; second: LeftOut[] };
}

const notCompared: Comparison = {
  images: 0,
  difference: { value: NaN, low: NaN, high: NaN, resamples: 0 },
  test: { pValue: NaN, isExact: true },
};

/** What is compared. */
export interface CompareOptions<Image> {
  seed: number;
  metrics: readonly EvaluationMetric<Image>[];
}

/**
 * Compares two runs over the images that both were judged on: every metric's mean over images, and Dice
 * and IoU of all pixels too.
 *
 * @throws {PapilioError} if they have no image in common.
 */
export function compareMetrics<Image extends JudgedCase>(
  first: readonly Image[],
  second: readonly Image[],
  { seed, metrics }: CompareOptions<Image>,
): ComparisonRow[] {
  const pairs = pairsOf(first, second);
  if (pairs.length === 0) throw nothingInCommon(first.length, second.length);
  const [ours, theirs] = [pairs.map(({ first }) => first), pairs.map(({ second }) => second)];
  const macro = metrics.map((metric): ComparisonRow => {
    const [a, b] = [ours.map(metric.ofImage), theirs.map(metric.ofImage)];
    const averages = [ours, theirs].map((records) => overImages(metric, records, "macro"));
    const [one = NaN, other = NaN] = averages;
    const isInBoth = a.some((value, i) => !Number.isNaN(value) && !Number.isNaN(b[i]));
    const comparison = isInBoth ? compareValues(a, b, { seed }) : notCompared;
    const leftOut = {
      first: leftOutOf(metric, ours).leftOut ?? [],
      second: leftOutOf(metric, theirs).leftOut ?? [],
    };
    return {
      ...{ metric, averaging: "macro", first: one, second: other, comparison },
      ...(leftOut.first.length + leftOut.second.length > 0 && { leftOut }),
    };
  });
  const pooled = metrics.filter(({ name }) => name === "dice" || name === "iou");
  const micro = pooled.map((metric): ComparisonRow => {
    const statistic = (records: readonly Image[]) => overImages(metric, records, "micro");
    return {
      metric,
      averaging: "micro",
      first: statistic(ours),
      second: statistic(theirs),
      comparison: compareRuns(pairs, statistic, { seed }),
    };
  });
  return [...micro, ...macro];
}

/**
 * As `compareMetrics`, with all metrics of masks.
 *
 * @throws {PapilioError} if they have no image in common, or other true masks of one.
 */
export function compareRecords(
  first: readonly CaseRecord[],
  second: readonly CaseRecord[],
  { seed }: { seed: number },
): ComparisonRow[] {
  checkSameTruth(first, second);
  return compareMetrics(first, second, { seed, metrics: evaluationMetrics });
}

/**
 * Compares two evaluations of the same kind; with several classes their means, and each class.
 *
 * @throws {PapilioError} if they have no image in common, or other true masks of one.
 */
export function compareEvaluations(
  first: AnyEvaluation,
  second: AnyEvaluation,
  { seed }: { seed: number },
): ComparisonRow[] {
  if (!isOfClasses(first) && !isOfClasses(second)) {
    return compareRecords(first.records, second.records, { seed });
  }
  if (!isOfClasses(first) || !isOfClasses(second)) throw otherKind();
  checkSameTruth(first.records, second.records);
  const metrics = comparedMetrics(first.summary.classes.map(({ name }) => name));
  return compareMetrics(first.records, second.records, { seed, metrics });
}

function otherKind(): PapilioError {
  return new PapilioError({
    cannot: "compare two runs",
    expected: "two of binary masks, or two of the same classes",
    got: "one of each",
    remedy: "Compare runs that were trained with the same --classes.",
  });
}

/** Data that were read otherwise have other numbers of true pixels. */
function checkSameTruth<Image extends CaseRecord | ClassRecord>(
  first: readonly Image[],
  second: readonly Image[],
): void {
  const other = pairsOf(first, second).find((pair) => truthOf(pair.first) !== truthOf(pair.second));
  if (!other) return;
  throw new PapilioError({
    cannot: "compare two runs",
    expected: "the same true masks for both",
    got: `other ones of case ${other.first.id}`,
    remedy: "Compare runs that read masks by the same --layout and --classes, on the same --data.",
  });
}

/** The numbers of pixels that are true and false, of each class. */
function truthOf(record: CaseRecord | ClassRecord): string {
  const regions = "classes" in record ? record.classes : [record];
  return regions.map((
    { counts },
  ) => [counts.truePositives + counts.falseNegatives, counts.falsePositives + counts.trueNegatives])
    .join();
}

function pairsOf<Image extends JudgedCase>(first: readonly Image[], second: readonly Image[]) {
  const byId = new Map(second.map((record) => [record.id, record]));
  return first.flatMap((record) => {
    const partner = byId.get(record.id);
    return partner ? [{ first: record, second: partner }] : [];
  });
}

function nothingInCommon(first: number, second: number): PapilioError {
  return new PapilioError({
    cannot: "compare two runs",
    expected: "images that both were judged on",
    got: `${first} and ${second} images with different ids`,
    remedy: "Evaluate both on the same data: --data <folder>.",
  });
}
