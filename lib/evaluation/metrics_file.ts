import pl, { type DataFrame } from "nodejs-polars";
import { produceFileAtomically, writeFileAtomically } from "papilio/core/files.ts";
import type { CaseRecord } from "papilio/evaluation/case_record.ts";
import { evaluationMetrics } from "papilio/evaluation/metric_table.ts";

/** One row for each image, one column for each metric; what is not defined is an empty cell. */
export function metricsFrame(records: readonly CaseRecord[]): DataFrame {
  const numbers = (values: number[]) =>
    values.map((value) => Number.isFinite(value) ? value : null);
  const whole = (name: string, of: (record: CaseRecord) => number) =>
    pl.Series(name, records.map(of), pl.Int32);
  return pl.DataFrame([
    pl.Series("id", records.map(({ id }) => id), pl.Utf8),
    whole("width_px", ({ widthPx }) => widthPx),
    whole("height_px", ({ heightPx }) => heightPx),
    pl.Series(
      "foreground_fraction",
      records.map((record) => record.foregroundFraction),
      pl.Float64,
    ),
    whole("true_objects", ({ instances }) => instances.trueObjects),
    whole("predicted_objects", ({ instances }) => instances.predictedObjects),
    ...evaluationMetrics.map(({ name, ofImage }) =>
      pl.Series(name, numbers(records.map(ofImage)), pl.Float64)
    ),
  ]);
}

/** Writes the metrics of each image, as CSV, or as Parquet if the name ends so. */
export async function writeMetrics(path: string, records: readonly CaseRecord[]): Promise<void> {
  const frame = metricsFrame(records);
  if (!path.endsWith(".parquet")) return await writeFileAtomically(path, frame.writeCSV());
  await produceFileAtomically(path, (temporary) => {
    frame.writeParquet(temporary);
    return Promise.resolve();
  });
}
