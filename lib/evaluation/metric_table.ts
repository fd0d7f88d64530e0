import { present } from "papilio/core/assert.ts";
import { snakeCase } from "papilio/core/text.ts";
import { type Averaging, sumOf } from "papilio/metrics/averages.ts";
import { boundaryMetrics, boundarySums } from "papilio/metrics/boundary.ts";
import { meanPerImage } from "papilio/metrics/counts.ts";
import { instanceMetrics } from "papilio/metrics/instance_metrics.ts";
import { instanceSums } from "papilio/metrics/instances.ts";
import { pixelMetrics, pixelSums } from "papilio/metrics/pixel_metrics.ts";
import { type SurfaceMetricName, surfaceMetrics } from "papilio/metrics/surface_metrics.ts";
import type { MaskTally } from "papilio/metrics/mask_tally.ts";
import { type Gap, whyUndefined } from "papilio/evaluation/undefined.ts";

/** A metric of images, by what it is called in files; `Image` is what it is computed from. */
export interface EvaluationMetric<Image = MaskTally> {
  /** `"boundary_f1"` */
  name: string;
  label: string;
  formula: string;
  better: "higher" | "lower";
  family: "pixels" | "borders" | "objects";
  /** Of one image; NaN where it is not defined. */
  ofImage: (record: Image) => number;
  /** Of the summed tallies of all images; missing where only the mean over images is of use. */
  ofSum?: (records: readonly Image[]) => number;
  /** Why it is NaN for an image, or for some of its classes; nothing where it is defined. */
  gapsOf: (record: Image) => Gap[];
}

/** Every metric of a mask and its objects, or of one class against the rest, in the order of tables. */
export const evaluationMetrics: readonly EvaluationMetric[] = [
  ...Object.entries(pixelMetrics).map(([name, { of, ...words }]) => ({
    ...words,
    name,
    family: "pixels" as const,
    ofImage: ({ counts }: MaskTally) => of(counts),
    ofSum: (records: readonly MaskTally[]) =>
      of(sumOf(records.map(({ counts }) => counts), pixelSums)),
  })),
  ...Object.entries(boundaryMetrics).map(([name, { of, ...words }]) => ({
    ...words,
    name: snakeCase(name),
    family: "borders" as const,
    ofImage: ({ boundary }: MaskTally) => of(boundary),
    ofSum: (records: readonly MaskTally[]) =>
      of(sumOf(records.map(({ boundary }) => boundary), boundarySums)),
  })),
  ...Object.entries(surfaceMetrics).map(([name, { of: _, ...words }]) => ({
    ...words,
    name: `${snakeCase(name)}_px`,
    family: "borders" as const,
    ofImage: ({ surface }: MaskTally) => surface[name as SurfaceMetricName],
  })),
  ...Object.entries(instanceMetrics).map(([name, { of, ...words }]) => ({
    ...words,
    name: snakeCase(name),
    family: "objects" as const,
    ofImage: ({ instances }: MaskTally) => of(instances),
    ofSum: (records: readonly MaskTally[]) =>
      of(sumOf(records.map(({ instances }) => instances), instanceSums)),
  })),
].map((metric) => ({
  ...metric,
  gapsOf: (tally) =>
    Number.isNaN(metric.ofImage(tally)) ? [{ reason: whyUndefined(tally, metric) }] : [],
}));

/** @throws {Error} if there is none of that name. */
export function evaluationMetric(name: string): EvaluationMetric {
  return present(evaluationMetrics.find((metric) => metric.name === name), `metric ${name}`);
}

/**
 * A metric over a set of images, micro or macro; see `Averaging`.
 *
 * NaN for the micro average of a metric that has none.
 */
export function overImages<Image>(
  { ofImage, ofSum }: EvaluationMetric<Image>,
  records: readonly Image[],
  averaging: Averaging,
): number {
  return averaging === "macro" ? meanPerImage(records, ofImage) : ofSum?.(records) ?? NaN;
}
