import { present } from "papilio/core/assert.ts";
import { BACKGROUND, measuredClasses } from "papilio/core/classes.ts";
import { boundarySums } from "papilio/metrics/boundary.ts";
import { classAccuracy } from "papilio/metrics/class_scores.ts";
import { meanPerImage, noCounts } from "papilio/metrics/counts.ts";
import { instanceSums } from "papilio/metrics/instances.ts";
import type { MaskTally } from "papilio/metrics/mask_tally.ts";
import type { ClassRecord } from "papilio/evaluation/case_record.ts";
import { type EvaluationMetric, evaluationMetrics } from "papilio/evaluation/metric_table.ts";

/** A metric of images with several classes. */
export type ClassMetric = EvaluationMetric<ClassRecord>;

/** What can be said of a class; the background has no objects. */
export function metricsFor(className: string): EvaluationMetric[] {
  return evaluationMetrics.filter(({ family }) => className !== BACKGROUND || family !== "objects");
}

/**
 * The metrics of one class against the rest: `iou_wings` is the IoU of the class `wings`.
 *
 * @example
 * ```ts
 * import { metricsOfClass } from "papilio/evaluation/class_metrics.ts";
 * console.assert(metricsOfClass("wings", 1).some(({ name }) => name === "iou_wings"));
 * ```
 */
export function metricsOfClass(className: string, number: number): ClassMetric[] {
  return metricsFor(className).map(({ name, label, ofImage, ofSum, gapsOf, ...words }) => ({
    ...words,
    name: `${name}_${className}`,
    label: `${label}, ${className}`,
    ofImage: ({ classes }) => ofImage(present(classes[number])),
    gapsOf: ({ classes }) => gapsOf(present(classes[number])),
    ...(ofSum && { ofSum: (records) => ofSum([sumOfClass(records, number)]) }),
  }));
}

/**
 * The means over the classes that are measured, under the names of their metrics: each image's, and that of
 * the summed tallies. A class for which a metric is not defined is left out, which `gapsOf` tells: see
 * `whyUndefined`.
 *
 * The accuracy alone is no such mean, but the share of the judged pixels whose class is right.
 *
 * @example
 * ```ts
 * import { meanMetrics } from "papilio/evaluation/class_metrics.ts";
 * console.assert(meanMetrics(["background", "wings", "body"])[1]?.name === "iou");
 * ```
 */
export function meanMetrics(classNames: readonly string[]): ClassMetric[] {
  const measured = measuredClasses(classNames);
  return evaluationMetrics.map(({ ofImage, ofSum, gapsOf, ...words }): ClassMetric => {
    if (words.name === "accuracy") return { ...words, ...accuracyOfAll };
    return {
      ...words,
      formula: `mean over classes of ${words.formula}`,
      ofImage: ({ classes }) =>
        meanPerImage(measured, (number) => ofImage(present(classes[number]))),
      gapsOf: ({ classes }) =>
        measured.flatMap((number) =>
          gapsOf(present(classes[number])).map((gap) => ({
            ...gap,
            className: present(classNames[number]),
          }))
        ),
      ...(ofSum && {
        ofSum: (records) =>
          meanPerImage(measured, (number) => ofSum([sumOfClass(records, number)])),
      }),
    };
  });
}

/** The measured classes that the mean of the summed tallies is without. */
export function classesWithout(
  { name }: Pick<ClassMetric, "name">,
  sums: readonly MaskTally[],
  classNames: readonly string[],
): string[] {
  const metric = evaluationMetrics.find((one) => one.name === name);
  if (!metric?.ofSum || name === "accuracy") return [];
  return measuredClasses(classNames)
    .filter((number) => Number.isNaN(metric.ofImage(present(sums[number]))))
    .map((number) => present(classNames[number]));
}

const accuracyOfAll: Pick<ClassMetric, "formula" | "ofImage" | "ofSum" | "gapsOf"> = {
  formula: "pixels whose class is right / all that are judged",
  ofImage: ({ classes }) => classAccuracy(classes.map(({ counts }) => counts)),
  gapsOf: () => [],
  ofSum: (records) => {
    const numbers = [...(records[0]?.classes ?? []).keys()];
    return classAccuracy(numbers.map((number) => sumOfClass(records, number).counts));
  },
};

/** The metrics by which two runs are compared: the means, and Dice and IoU of each class. */
export function comparedMetrics(classNames: readonly string[]): ClassMetric[] {
  const ofClasses = measuredClasses(classNames).flatMap((number) => {
    const className = present(classNames[number]);
    const compared = [`dice_${className}`, `iou_${className}`];
    return metricsOfClass(className, number).filter(({ name }) => compared.includes(name));
  });
  return [...meanMetrics(classNames), ...ofClasses];
}

/** The measured class that an image's IoU is lowest of; `undefined` where none has one. */
export function worstClassOf(
  { classes }: ClassRecord,
  classNames: readonly string[],
): { name: string; iou: number } | undefined {
  const iou = present(evaluationMetrics.find(({ name }) => name === "iou"));
  const scores = measuredClasses(classNames).map((number) => ({
    name: present(classNames[number]),
    iou: iou.ofImage(present(classes[number])),
  })).filter((score) => !Number.isNaN(score.iou));
  return scores.sort((a, b) => a.iou - b.iou)[0];
}

/** The sum of one class's tallies; distances have none. In place, since it is asked for thousands of times. */
export function sumOfClass(records: readonly ClassRecord[], number: number): MaskTally {
  const counts = { ...noCounts };
  const boundary = { ...boundarySums.none };
  const instances = { ...instanceSums.none, matches: [...instanceSums.none.matches] };
  for (const record of records) {
    const { counts: c, boundary: b, instances: o } = record.classes[number] as MaskTally;
    counts.truePositives += c.truePositives;
    counts.falsePositives += c.falsePositives;
    counts.falseNegatives += c.falseNegatives;
    counts.trueNegatives += c.trueNegatives;
    boundary.predictedPx += b.predictedPx;
    boundary.predictedNearPx += b.predictedNearPx;
    boundary.truePx += b.truePx;
    boundary.trueNearPx += b.trueNearPx;
    instances.predictedObjects += o.predictedObjects;
    instances.trueObjects += o.trueObjects;
    instances.iouSum += o.iouSum;
    instances.jaccardIntersectionPx += o.jaccardIntersectionPx;
    instances.jaccardUnionPx += o.jaccardUnionPx;
    o.matches.forEach((count, k) => (instances.matches[k] as number) += count);
  }
  return { counts, boundary, instances, surface: noDistances };
}

const noDistances = { hausdorff95: NaN, hausdorff: NaN, meanSurfaceDistance: NaN };
