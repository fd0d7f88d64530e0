import { present } from "papilio/core/assert.ts";
import { BACKGROUND, type ClassEntry, measuredClasses, namesOf } from "papilio/core/classes.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import type { Case, ClassMask } from "papilio/data/case.ts";
import { type ClassShares, classWeights } from "papilio/data/class_shares.ts";
import { imageSize } from "papilio/data/decode.ts";
import { resizeMask } from "papilio/data/masks.ts";
import type { ClassSummary } from "papilio/evaluation/class_summary.ts";
import {
  type ConfusionMatrix,
  confusionMatrix,
  confusionSums,
  countsOfClass,
} from "papilio/metrics/confusion_matrix.ts";
import { sumOf } from "papilio/metrics/averages.ts";
import { iou, metricText } from "papilio/metrics/counts.ts";
import type { Curve } from "papilio/notebook/loss_curves.ts";
import type { Row } from "papilio/notebook/metric_rows.ts";
import { readTruth } from "papilio/predict/truth.ts";

/**
 * A table of what a data set has of its classes, and of the weights that make up for it.
 *
 * @example
 * ```ts
 * import { classShareRows } from "papilio/notebook/class_rows.ts";
 * const classes = [{ name: "wings", share: 0.25, shareWherePresent: 0.5, cases: 3 }];
 * const [row] = classShareRows({ classes, ignoredShare: 0, cases: 6 });
 * console.assert(row?.["of all pixels"] === "25.00 %" && row?.["weight"] === "1.00");
 * ```
 */
export function classShareRows({ classes, cases }: ClassShares): Row[] {
  const weights = classWeights(classes);
  return classes.map(({ name, share, shareWherePresent, cases: having }, i) => ({
    class: name,
    "of all pixels": percent(share),
    "where it is": percent(shareWherePresent),
    [`cases (of ${cases})`]: having,
    weight: present(weights[i]).toFixed(2),
  }));
}

/** Each class of an evaluation against the rest, all images as one, with 95 % intervals. */
export function classMetricRows(classes: readonly ClassSummary[]): Row[] {
  return classes.map(({ name, share, metrics }) => {
    const of = (wanted: string) => metrics.find((metric) => metric.name === wanted)?.micro;
    const text = (wanted: string) => metricText(of(wanted)?.value ?? NaN);
    const found = of("iou");
    return {
      class: name,
      share: percent(share),
      IoU: text("iou"),
      "95 %": found ? `${metricText(found.low)} … ${metricText(found.high)}` : "–",
      precision: text("precision"),
      recall: text("recall"),
      "boundary F1": text("boundary_f1"),
    };
  });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/**
 * The IoU of each class if a network made no error at all, by its input side: true masks are shrunk to a
 * square by nearest neighbour, and enlarged to the photo's size again.
 *
 * All cases count as one image; the background is left out.
 *
 * @throws {PapilioError} if a mask cannot be read.
 */
export async function bestIouBySide(
  cases: readonly Case[],
  classes: readonly ClassEntry[],
  sidesPx: readonly number[],
): Promise<Curve[]> {
  const matrices: ConfusionMatrix[][] = [];
  const read = async (item: Case) =>
    await readTruth(item, await imageSize(item.imagePath, { caseId: item.id }), classes);
  for await (const truth of mapAhead(cases, read, 2)) {
    matrices.push(sidesPx.map((side) => throughSquare(truth, side, classes.length)));
  }
  const names = namesOf(classes);
  const sums = sidesPx.map((_, k) =>
    sumOf(matrices.map((ofCase) => present(ofCase[k])), confusionSums(names.length))
  );
  return measuredClasses(names).map((number) => ({
    label: names[number] ?? BACKGROUND,
    x: sidesPx,
    y: sums.map((matrix) => iou(countsOfClass(matrix, number))),
  }));
}

function throughSquare(truth: ClassMask, sidePx: number, classes: number): ConfusionMatrix {
  const small = resizeMask(truth, sidePx, sidePx);
  const back = resizeMask(small, truth.widthPx, truth.heightPx);
  return confusionMatrix(back.data, truth.data, classes);
}
