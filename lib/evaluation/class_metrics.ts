import { present } from "papilio/core/assert.ts";
import { measuredClasses } from "papilio/core/classes.ts";
import { sumOf } from "papilio/metrics/averages.ts";
import { classAccuracy } from "papilio/metrics/class_scores.ts";
import { meanPerImage } from "papilio/metrics/counts.ts";
import { pixelSums } from "papilio/metrics/pixel_metrics.ts";
import type { ClassRecord } from "papilio/evaluation/case_record.ts";
import { type EvaluationMetric, regionMetrics } from "papilio/evaluation/metric_table.ts";

/** A metric of images with several classes. */
export type ClassMetric = EvaluationMetric<ClassRecord>;

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
  return regionMetrics.map(({ name, label, ofImage, ofSum, ...words }): ClassMetric => ({
    ...words,
    name: `${name}_${className}`,
    label: `${label}, ${className}`,
    ofImage: ({ classes }) => ofImage(present(classes[number])),
    ...(ofSum && { ofSum: (records) => ofSum(tallies(records, number)) }),
  }));
}

/**
 * The means over the classes that are measured, under the names of their metrics: each image's, and that of
 * the summed tallies. A class for which a metric is not defined is left out.
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
  return regionMetrics.map(({ ofImage, ofSum, ...words }): ClassMetric => {
    if (words.name === "accuracy") return { ...words, ...accuracyOfAll };
    return {
      ...words,
      formula: `mean over classes of ${words.formula}`,
      ofImage: ({ classes }) =>
        meanPerImage(measured, (number) => ofImage(present(classes[number]))),
      ...(ofSum && {
        ofSum: (records) => meanPerImage(measured, (number) => ofSum(tallies(records, number))),
      }),
    };
  });
}

const accuracyOfAll: Pick<ClassMetric, "formula" | "ofImage" | "ofSum"> = {
  formula: "pixels whose class is right / all that are judged",
  ofImage: ({ classes }) => classAccuracy(classes.map(({ counts }) => counts)),
  ofSum: (records) => {
    const ofClass = (_: unknown, number: number) =>
      sumOf(tallies(records, number).map(({ counts }) => counts), pixelSums);
    return classAccuracy((records[0]?.classes ?? []).map(ofClass));
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
  const iou = present(regionMetrics.find(({ name }) => name === "iou"));
  const scores = measuredClasses(classNames).map((number) => ({
    name: present(classNames[number]),
    iou: iou.ofImage(present(classes[number])),
  })).filter((score) => !Number.isNaN(score.iou));
  return scores.sort((a, b) => a.iou - b.iou)[0];
}

function tallies(records: readonly ClassRecord[], number: number) {
  return records.map(({ classes }) => present(classes[number]));
}
