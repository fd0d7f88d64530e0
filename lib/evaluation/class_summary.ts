import { present } from "papilio/core/assert.ts";
import { BACKGROUND } from "papilio/core/classes.ts";
import { sumOf } from "papilio/metrics/averages.ts";
import { classBrierScore, confidenceSums } from "papilio/metrics/class_calibration.ts";
import { type ConfusionMatrix, confusionSums } from "papilio/metrics/confusion_matrix.ts";
import type { ClassRecord } from "papilio/evaluation/case_record.ts";
import { summarizeTogether } from "papilio/evaluation/class_intervals.ts";
import {
  classesWithout,
  meanMetrics,
  metricsFor,
  metricsOfClass,
  sumOfClass,
  worstClassOf,
} from "papilio/evaluation/class_metrics.ts";
import {
  calibrationOf,
  type CalibrationSummary,
  type MetricSummary,
  objectsOf,
  type ObjectSummary,
  rankedIds,
  type SummaryHead,
} from "papilio/evaluation/summary.ts";

/** One class of a set of images. */
export interface ClassSummary {
  name: string;
  /** `"#56b4e9"` */
  colour: string;
  /** Whether the means are over it, too: the background is in none. */
  isMeasured: boolean;
  /** Of the judged pixels, those that are of the class in truth. */
  share: number;
  /** Images in which it is in truth. */
  images: number;
  /** Images in which it was predicted. */
  predictedImages: number;
  /** Its connected parts, or what it was split into; missing of the background. */
  objects?: ObjectSummary;
  /** Against the rest, under their names without the class's. */
  metrics: MetricSummary[];
}

/** An image with the class that is worst in it. */
export interface WorstCase {
  id: string;
  /** The mean over classes. */
  iou: number;
  worstClass: string;
  worstIou: number;
}

/** `summary.json` of an evaluation of several classes; `metrics` are the means over them. */
export interface ClassesSummary extends SummaryHead {
  classes: ClassSummary[];
  /** Pixels by their true class (rows) and the predicted one. */
  confusion: ConfusionMatrix;
  /** Of all pixels, those that have a true class. */
  judgedShare: number;
  /**
   * Of the likeliest class, at the network's own size and before post-processing: see `countConfidences`;
   * the Brier score is that of all classes, 0…2.
   */
  calibration: CalibrationSummary;
  /** The images with the lowest mean IoU. */
  worst: WorstCase[];
}

/** Worst cases that are told of. */
const WORST = 20;

export interface ClassSummaryOptions {
  seed: number;
  names: readonly string[];
  colours: readonly string[];
}

/** The part of the summary that follows from the records alone. */
export function summarizeClasses(
  records: readonly ClassRecord[],
  { seed, names, colours }: ClassSummaryOptions,
): Pick<
  ClassesSummary,
  | "images"
  | "metrics"
  | "classes"
  | "confusion"
  | "judgedShare"
  | "calibration"
  | "ranked"
  | "worst"
> {
  const confusion = sumOf(records.map((record) => record.confusion), confusionSums(names.length));
  const means = meanMetrics(names);
  const ranked = rankedIds(records, present(means.find(({ name }) => name === "iou")).ofImage);
  const judgedPx = total(confusion.flat());
  const ofEach = names.map((name, number) => metricsOfClass(name, number));
  const metrics = summarizeTogether([...means, ...ofEach.flat()], records, { seed });
  const ofClass = (number: number) => {
    const first = means.length + ofEach.slice(0, number).flat().length;
    return metricsFor(present(names[number])).map(({ name, label }, i) => ({
      ...present(metrics[first + i]),
      ...{ name, label },
    }));
  };
  const sums = names.map((_, number) => sumOfClass(records, number));
  const confidences = sumOf(records.map(({ confidences }) => confidences), confidenceSums);
  return {
    images: records.length,
    metrics: metrics.slice(0, means.length).map((metric) => {
      const microWithout = classesWithout(metric, sums, names);
      return { ...metric, ...(microWithout.length > 0 && { microWithout }) };
    }),
    classes: names.map((name, number) => ({
      name,
      colour: present(colours[number]),
      isMeasured: name !== BACKGROUND,
      share: total(present(confusion[number])) / judgedPx,
      images: records.filter((record) => total(present(record.confusion[number])) > 0).length,
      predictedImages: records.filter((record) => isPredicted(record, number)).length,
      ...(name !== BACKGROUND && { objects: objectsOf(present(sums[number]).instances) }),
      metrics: ofClass(number),
    })),
    confusion,
    judgedShare: judgedPx / total(records.map(({ widthPx, heightPx }) => widthPx * heightPx)),
    calibration: calibrationOf(confidences.likeliest, classBrierScore(confidences)),
    ranked: ranked.map(({ id }) => id),
    worst: worstOf(records, ranked.slice(0, WORST), names),
  };
}

function isPredicted({ confusion }: ClassRecord, number: number): boolean {
  return confusion.some((row) => (row[number] ?? 0) > 0);
}

function worstOf(
  records: readonly ClassRecord[],
  ranked: readonly { id: string; value: number }[],
  names: readonly string[],
): WorstCase[] {
  const byId = new Map(records.map((record) => [record.id, record]));
  return ranked.map(({ id, value }) => {
    const worst = present(worstClassOf(present(byId.get(id)), names));
    return { id, iou: value, worstClass: worst.name, worstIou: worst.iou };
  });
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
