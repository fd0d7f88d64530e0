import type { LabelImage } from "papilio/data/labels.ts";
import { requireSameSize } from "papilio/metrics/_same_size.ts";

/** A predicted and a true object that have pixels in common. */
export interface Overlap {
  /** Their numbers in the label images, from 1. */
  predicted: number;
  true: number;
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
    if (cell.predicted > 0) (predictedAreasPx[cell.predicted - 1] as number) += cell.pixels;
    if (cell.true > 0) (trueAreasPx[cell.true - 1] as number) += cell.pixels;
    if (cell.predicted > 0 && cell.true > 0) shared.push(cell);
  }
  const pairs = shared.map(({ predicted, true: there, pixels }) => {
    const areas = (predictedAreasPx[predicted - 1] as number) + (trueAreasPx[there - 1] as number);
    return { predicted, true: there, sharedPx: pixels, iou: pixels / (areas - pixels) };
  });
  return { predictedAreasPx, trueAreasPx, pairs };
}

/** How many pixels have these two numbers, background included. */
interface SharedPixels {
  predicted: number;
  true: number;
  pixels: number;
}

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
  return [...cells].sort(([a], [b]) => a - b).map(([key, pixels]) => ({
    predicted: key % columns,
    true: Math.floor(key / columns),
    pixels,
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
  for (const pair of pairs) matrix[(pair.true - 1) * columns + pair.predicted - 1] = pair.iou;
  return matrix;
}
