import pl, { type DataFrame } from "nodejs-polars";
import { present } from "papilio/core/assert.ts";
import { BACKGROUND } from "papilio/core/classes.ts";
import { produceFileAtomically, writeFileAtomically } from "papilio/core/files.ts";
import { countsOfClass } from "papilio/metrics/confusion_matrix.ts";
import type { InstanceTally } from "papilio/metrics/instances.ts";
import { trueShare } from "papilio/predict/predict_cases.ts";
import type { CaseRecord, ClassRecord, JudgedCase } from "papilio/evaluation/case_record.ts";
import { meanMetrics, metricsOfClass, worstClassOf } from "papilio/evaluation/class_metrics.ts";
import { type EvaluationMetric, evaluationMetrics } from "papilio/evaluation/metric_table.ts";

/**
 * One row for each image, one column for each metric; what is not defined is an empty cell, and in no mean
 * over images: see `whyUndefined`.
 */
export function metricsFrame(records: readonly CaseRecord[]): DataFrame {
  const whole = (name: string, of: (record: CaseRecord) => number) =>
    pl.Series(name, records.map(of), pl.Int32);
  return pl.DataFrame([
    ...headSeries(records),
    numberSeries("foreground_fraction", records, (record) => record.foregroundFraction),
    whole("true_objects", ({ instances }) => instances.trueObjects),
    whole("predicted_objects", ({ instances }) => instances.predictedObjects),
    ...metricSeries(evaluationMetrics, records),
  ]);
}

/**
 * One row for each image: the metrics' means over classes, the class that is worst, and then each class's
 * share of the image, its numbers of objects and its metrics. A class whose cell is empty is in no mean.
 */
export function classMetricsFrame(
  records: readonly ClassRecord[],
  classNames: readonly string[],
): DataFrame {
  const objects = (number: number, of: (tally: InstanceTally) => number, column: string) =>
    pl.Series(
      `${column}_${classNames[number]}`,
      records.map(({ classes }) => of(present(classes[number]).instances)),
      pl.Int32,
    );
  const worst = records.map((record) => worstClassOf(record, classNames)?.name ?? null);
  return pl.DataFrame([
    ...headSeries(records),
    ...metricSeries(meanMetrics(classNames), records),
    pl.Series("worst_class", worst, pl.Utf8),
    ...classNames.map((name, number) =>
      numberSeries(
        `share_${name}`,
        records,
        ({ confusion }) => trueShare(countsOfClass(confusion, number)),
      )
    ),
    ...[...classNames.keys()].filter((number) => classNames[number] !== BACKGROUND).flatMap(
      (number) => [
        objects(number, ({ trueObjects }) => trueObjects, "true_objects"),
        objects(number, ({ predictedObjects }) => predictedObjects, "predicted_objects"),
      ],
    ),
    ...[...classNames.keys()].flatMap((number) =>
      metricSeries(metricsOfClass(classNames[number] ?? "", number), records)
    ),
  ]);
}

function headSeries(records: readonly JudgedCase[]) {
  return [
    pl.Series("id", records.map(({ id }) => id), pl.Utf8),
    pl.Series("width_px", records.map(({ widthPx }) => widthPx), pl.Int32),
    pl.Series("height_px", records.map(({ heightPx }) => heightPx), pl.Int32),
  ];
}

function metricSeries<Image>(
  metrics: readonly EvaluationMetric<Image>[],
  records: readonly Image[],
) {
  return metrics.map(({ name, ofImage }) => numberSeries(name, records, ofImage));
}

function numberSeries<Image>(
  name: string,
  records: readonly Image[],
  valueOf: (record: Image) => number,
) {
  const values = records.map(valueOf).map((value) => Number.isFinite(value) ? value : null);
  return pl.Series(name, values, pl.Float64);
}

/** Writes the metrics of each image, as CSV, or as Parquet if the name ends so. */
export async function writeMetrics(path: string, frame: DataFrame): Promise<void> {
  if (!path.endsWith(".parquet")) return await writeFileAtomically(path, frame.writeCSV());
  await produceFileAtomically(path, (temporary) => {
    frame.writeParquet(temporary);
    return Promise.resolve();
  });
}
