import type { LabelImage } from "papilio/data/labels.ts";
import { requireSameSize } from "papilio/metrics/_same_size.ts";

/** A predicted and a true object that have pixels in common. */
export interface Overlap {
  /** Their numbers in the label images, from 1. */
  predictedLabel: number;
  trueLabel: number;
  sharedPx: number;
  /** Intersection over union. */
  iou: number;
}

/** Which predicted objects lie on which true ones. */
export interface Overlaps {
  /** Index `k` holds the area of object `k + 1`; 0 for a number without pixels. */
  predictedAreasPx: Float64Array;
  trueAreasPx: Float64Array;
  /** Only pairs that have pixels in common; ascending by true number, then by predicted one. */
  pairs: readonly Overlap[];
}

/**
 * Measures all overlaps of two label images in one pass.
 *
 * @throws {PapilioError} if the sizes differ.
 *
 * @example
 * ```ts
 * import { findOverlaps } from "papilio/metrics/overlaps.ts";
 * const row = (...data: number[]) => ({
 *   data: Int32Array.from(data),
 *   widthPx: 4,
 *   heightPx: 1,
 *   count: Math.max(...data),
 * });
 * const { pairs } = findOverlaps(row(0, 1, 1, 2), row(1, 1, 1, 0));
 * console.assert(pairs.length === 1 && pairs[0]?.sharedPx === 2 && pairs[0].iou === 2 / 3);
 * ```
 */
export function findOverlaps(prediction: LabelImage, truth: LabelImage): Overlaps {
  requireSameSize(prediction, truth);
  const predictedAreasPx = new Float64Array(prediction.count);
  const trueAreasPx = new Float64Array(truth.count);
  const shared: SharedPixels[] = [];
  for (const cell of sharedPixels(prediction, truth)) {
    const { predictedLabel, trueLabel, sharedPx } = cell;
    if (predictedLabel > 0) (predictedAreasPx[predictedLabel - 1] as number) += sharedPx;
    if (trueLabel > 0) (trueAreasPx[trueLabel - 1] as number) += sharedPx;
    if (predictedLabel > 0 && trueLabel > 0) shared.push(cell);
  }
  const pairs = shared.map((cell) => {
    const predictedPx = predictedAreasPx[cell.predictedLabel - 1] as number;
    const truePx = trueAreasPx[cell.trueLabel - 1] as number;
    return { ...cell, iou: cell.sharedPx / (predictedPx + truePx - cell.sharedPx) };
  });
  return { predictedAreasPx, trueAreasPx, pairs };
}

/** How many pixels have these two numbers, 0 for background included. */
type SharedPixels = Omit<Overlap, "iou">;

/** The cells of the table that are not 0, ascending; runs of equal pixels are looked up once. */
function sharedPixels(prediction: LabelImage, truth: LabelImage): SharedPixels[] {
  const columns = prediction.count + 1;
  const cells = new Map<number, number>();
  const length = truth.data.length;
  for (let begin = 0, i = 0; i < length; begin = i) {
    const [predicted, there] = [prediction.data[begin] as number, truth.data[begin] as number];
    while (i < length && prediction.data[i] === predicted && truth.data[i] === there) i++;
    const key = there * columns + predicted;
    cells.set(key, (cells.get(key) ?? 0) + i - begin);
  }
  return [...cells].sort(([a], [b]) => a - b).map(([key, sharedPx]) => ({
    predictedLabel: key % columns,
    trueLabel: Math.floor(key / columns),
    sharedPx,
  }));
}

/**
 * The intersection over union of every true object with every predicted one.
 *
 * Shapes: row-major `[true objects, predicted objects]`.
 */
export function iouMatrix({ pairs, predictedAreasPx, trueAreasPx }: Overlaps): Float64Array {
  const columns = predictedAreasPx.length;
  const matrix = new Float64Array(trueAreasPx.length * columns);
  for (const { trueLabel, predictedLabel, iou } of pairs) {
    matrix[(trueLabel - 1) * columns + predictedLabel - 1] = iou;
  }
  return matrix;
}
