import { bootstrap, type Interval } from "papilio/metrics/bootstrap.ts";
import {
  brierScore,
  expectedCalibrationError,
  maximumCalibrationError,
  reliabilityCurve,
  type ReliabilityRow,
} from "papilio/metrics/calibration.ts";
import { sumOf } from "papilio/metrics/averages.ts";
import { dice, iou, precision, recall } from "papilio/metrics/counts.ts";
import { instanceSums, type InstanceTally, objectCounts } from "papilio/metrics/instances.ts";
import { type ProbabilityHistogram, sumHistograms } from "papilio/metrics/probability_histogram.ts";
import { precisionRecallArea, rocArea } from "papilio/metrics/ranking.ts";
import { bestThreshold, flatRange, sweepThresholds } from "papilio/metrics/threshold_sweep.ts";
import type { CaseFailure, CaseRecord, JudgedCase } from "papilio/evaluation/case_record.ts";
import {
  type EvaluationMetric,
  evaluationMetrics,
  overImages,
} from "papilio/evaluation/metric_table.ts";
import { leftOutOf } from "papilio/evaluation/undefined.ts";
import type { LeftOut } from "papilio/report/left_out.ts";

/** A metric over the images, with its words. */
export interface MetricSummary
  extends Pick<EvaluationMetric, "name" | "label" | "formula" | "better" | "family"> {
  /** The mean over images, and how many of them it is defined for. */
  macro: Interval & { images: number };
  /** That of the summed tallies, as of one large image. */
  micro?: Interval;
  /**
   * The images for which it is not defined, and of a mean over classes those in which a class is left out
   * of it; missing where there are none.
   */
  leftOut?: LeftOut[];
  /** The classes that `micro`, a mean over classes, is without; missing where there are none. */
  microWithout?: string[];
}

/** Objects of all images together. */
export interface ObjectSummary {
  true: number;
  predicted: number;
  byThreshold: ReturnType<typeof objectCounts>;
}

/** Whether probabilities are what they say, over the pixels of all images. */
export interface CalibrationSummary {
  expectedError: number;
  maximumError: number;
  brierScore: number;
  reliability: ReliabilityRow[];
}

/** What thresholds make of all pixels together, at the network's size. */
export interface ThresholdCurve {
  threshold: number[];
  dice: number[];
  iou: number[];
  precision: number[];
  recall: number[];
}

/** The threshold that suits a set of images best. */
export interface ChosenThreshold {
  /** Of the set on which it was chosen. */
  part: string;
  images: number;
  threshold: number;
  dice: number;
  /** Between these the Dice is at most 0.005 lower. */
  flatFrom: number;
  flatTo: number;
}

/** What every evaluation says of itself. */
export interface SummaryHead {
  /** Run folder or model file. */
  model: string;
  modelHash: string;
  data: string;
  /** Part of the run's own data, or `"all"`. */
  part: string;
  images: number;
  /** How masks were made, as text. */
  recipe: string;
  /** Share of the diagonal within which borders agree. */
  boundaryTolerance: number;
  /** Of the intervals. */
  seed: number;
  metrics: MetricSummary[];
  /** Ids by rising IoU; those without an IoU are left out. */
  ranked: string[];
  failures: CaseFailure[];
}

/** `summary.json` of an evaluation of binary masks. */
export interface EvaluationSummary extends SummaryHead {
  threshold: number;
  objects: ObjectSummary;
  calibration: CalibrationSummary;
  ranking: { precisionRecallArea: number; rocArea: number };
  thresholds: ThresholdCurve;
  /** Chosen on the validation part of the run; missing where there is none. */
  chosenThreshold?: ChosenThreshold;
}

export interface SummaryOptions {
  seed: number;
}

/** The part of the summary that follows from the records alone. */
export function summarizeRecords(
  records: readonly CaseRecord[],
  { seed }: SummaryOptions,
): Pick<
  EvaluationSummary,
  "images" | "metrics" | "objects" | "calibration" | "ranking" | "thresholds" | "ranked"
> {
  const histogram = sumHistograms(records.map((record) => record.histogram));
  const tally = sumOf(records.map(({ instances }) => instances), instanceSums);
  return {
    images: records.length,
    metrics: evaluationMetrics.map((metric) => summarizeMetric(metric, records, seed)),
    objects: objectsOf(tally),
    ...probabilitySummary(histogram),
    ranked: rankedIds(records, ({ counts }) => iou(counts)).map(({ id }) => id),
  };
}

/** The objects of a sum of tallies. */
export function objectsOf(tally: InstanceTally): ObjectSummary {
  return {
    true: tally.trueObjects,
    predicted: tally.predictedObjects,
    byThreshold: objectCounts(tally),
  };
}

/** The calibration of a histogram of probabilities, with the Brier score that goes with it. */
export function calibrationOf(
  histogram: ProbabilityHistogram,
  brierScore: number,
): CalibrationSummary {
  const reliability = reliabilityCurve(histogram);
  return {
    expectedError: expectedCalibrationError(reliability),
    maximumError: maximumCalibrationError(reliability),
    brierScore,
    reliability,
  };
}

/** The threshold with the highest Dice over these records; report on others. */
export function chooseThreshold(records: readonly CaseRecord[], part: string): ChosenThreshold {
  const rows = sweepThresholds(sumHistograms(records.map(({ histogram }) => histogram)));
  const best = bestThreshold(rows);
  const [flatFrom, flatTo] = flatRange(rows, { loss: 0.005 });
  const { threshold, counts } = best;
  return { part, images: records.length, threshold, dice: dice(counts), flatFrom, flatTo };
}

/** A metric over the images, with its intervals. */
export function summarizeMetric<Image>(
  metric: EvaluationMetric<Image>,
  records: readonly Image[],
  seed: number,
): MetricSummary {
  const { name, label, formula, better, family, ofImage, ofSum } = metric;
  // The values once; the resamples draw from them.
  const values = records.map(ofImage);
  const defined = values.filter((value) => !Number.isNaN(value));
  const macro = bootstrap(values, meanOfDefined, { seed });
  const summary = {
    ...{ name, label, formula, better, family },
    macro: { ...macro, images: defined.length },
    ...leftOutOf(metric, records),
  };
  if (!ofSum) return summary;
  const statistic = (drawn: readonly Image[]) => overImages(metric, drawn, "micro");
  return { ...summary, micro: bootstrap(records, statistic, { seed }) };
}

function meanOfDefined(values: readonly number[]): number {
  const defined = values.filter((value) => !Number.isNaN(value));
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
}

function probabilitySummary(
  histogram: ProbabilityHistogram,
): Pick<EvaluationSummary, "calibration" | "ranking" | "thresholds"> {
  const rows = sweepThresholds(histogram);
  const column = (of: (row: typeof rows[number]) => number) => rows.map(of);
  return {
    calibration: calibrationOf(histogram, brierScore(histogram)),
    ranking: { precisionRecallArea: precisionRecallArea(rows), rocArea: rocArea(rows) },
    thresholds: {
      threshold: column(({ threshold }) => threshold),
      dice: column(({ counts }) => dice(counts)),
      iou: column(({ counts }) => iou(counts)),
      precision: column(({ counts }) => precision(counts)),
      recall: column(({ counts }) => recall(counts)),
    },
  };
}

/** The images by a rising value; those that have none are left out. */
export function rankedIds<Image extends JudgedCase>(
  records: readonly Image[],
  valueOf: (record: Image) => number,
): { id: string; value: number }[] {
  return records.map((record) => ({ id: record.id, value: valueOf(record) }))
    .filter(({ value }) => !Number.isNaN(value))
    .sort((a, b) => a.value - b.value || (a.id < b.id ? -1 : 1));
}
