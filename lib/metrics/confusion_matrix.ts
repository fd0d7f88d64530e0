import { IGNORED } from "papilio/core/classes.ts";
import type { Sums } from "papilio/metrics/averages.ts";
import type { Counts } from "papilio/metrics/counts.ts";

/** How many pixels of each class were found to be of which: `[true class][predicted class]`. */
export type ConfusionMatrix = readonly (readonly number[])[];

/**
 * Counts the pixels by their true and by their predicted class.
 *
 * Shapes: both hold the same pixels in the same order, class numbers below `classes`; what is `IGNORED`
 * in the truth is not counted. Returns `[classes, classes]`, a row for each true class.
 *
 * @example
 * ```ts
 * import { confusionMatrix } from "papilio/metrics/confusion_matrix.ts";
 * const [found, truth] = [Uint8Array.of(0, 1, 1, 0), Uint8Array.of(0, 1, 0, 255)];
 * console.assert(JSON.stringify(confusionMatrix(found, truth, 2)) === "[[1,1],[0,1]]");
 * ```
 */
export function confusionMatrix(
  prediction: Uint8Array,
  truth: Uint8Array,
  classes: number,
): ConfusionMatrix {
  const counts = new Float64Array(classes * classes);
  for (let i = 0; i < truth.length; i++) {
    const there = truth[i] as number;
    if (there === IGNORED) continue;
    const cell = there * classes + (prediction[i] as number);
    counts[cell] = (counts[cell] as number) + 1;
  }
  return Array.from(
    { length: classes },
    (_, row) => [...counts.subarray(row * classes, (row + 1) * classes)],
  );
}

/** How the matrices of images add up. */
export function confusionSums(classes: number): Sums<ConfusionMatrix> {
  return {
    none: Array.from({ length: classes }, () => new Array<number>(classes).fill(0)),
    add: (a, b) => a.map((row, i) => row.map((count, j) => count + (b[i]?.[j] ?? 0))),
  };
}

/**
 * The counts of one class against all the others.
 *
 * @example
 * ```ts
 * import { countsOfClass } from "papilio/metrics/confusion_matrix.ts";
 * const counts = countsOfClass([[5, 1], [2, 3]], 1);
 * console.assert(Object.values(counts).join() === "3,1,2,5");
 * ```
 */
export function countsOfClass(matrix: ConfusionMatrix, number: number): Counts {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const truePositives = matrix[number]?.[number] ?? 0;
  const there = sum(matrix[number] ?? []);
  const found = sum(matrix.map((row) => row[number] ?? 0));
  return {
    truePositives,
    falsePositives: found - truePositives,
    falseNegatives: there - truePositives,
    trueNegatives: sum(matrix.map(sum)) - there - found + truePositives,
  };
}

/**
 * What share of each true class was found to be of which: rows sum to 1, the diagonal is the recall.
 *
 * NaN in the rows of classes that are nowhere.
 */
export function shareOfRows(matrix: ConfusionMatrix): number[][] {
  return matrix.map((row) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => count / total);
  });
}
