import { present } from "papilio/core/assert.ts";
import { bootstrapAll } from "papilio/metrics/bootstrap.ts";
import type { ClassRecord } from "papilio/evaluation/case_record.ts";
import { type ClassMetric, sumOfClass } from "papilio/evaluation/class_metrics.ts";
import type { MetricSummary } from "papilio/evaluation/summary.ts";
import { leftOutOf } from "papilio/evaluation/undefined.ts";

/**
 * Metrics over the images with their intervals: those of `summarizeMetric`, from the same draws of images,
 * which are summed once for all metrics.
 *
 * A metric of each of many classes makes hundreds, each of which would draw and sum anew.
 */
export function summarizeTogether(
  metrics: readonly ClassMetric[],
  records: readonly ClassRecord[],
  { seed }: { seed: number },
): MetricSummary[] {
  const columns = metrics.map(({ ofImage }) => Float64Array.from(records, ofImage));
  const images = [...records.keys()];
  const macro = bootstrapAll(images, (drawn) => columns.map((values) => meanAt(values, drawn)), {
    seed,
  });
  const summed = metrics.filter(({ ofSum }) => ofSum !== undefined);
  const micro = bootstrapAll(records, (drawn) => {
    const sum = [sumOfRecords(drawn)];
    return summed.map(({ ofSum }) => ofSum?.(sum) ?? NaN);
  }, { seed });
  return metrics.map((metric, i) => {
    const { name, label, formula, better, family } = metric;
    const defined = present(columns[i]).filter((value) => !Number.isNaN(value));
    const place = summed.indexOf(metric);
    return {
      ...{ name, label, formula, better, family },
      macro: { ...present(macro[i]), images: defined.length },
      ...(place >= 0 && { micro: present(micro[place]) }),
      ...leftOutOf(metric, records),
    };
  });
}

/** As one large image. */
function sumOfRecords(records: readonly ClassRecord[]): ClassRecord {
  const first = present(records[0]);
  return { ...first, classes: first.classes.map((_, number) => sumOfClass(records, number)) };
}

/** The mean of the values at these places, without those that are NaN. */
function meanAt(values: Float64Array, places: readonly number[]): number {
  let sum = 0;
  let count = 0;
  for (const place of places) {
    const value = values[place] as number;
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}
