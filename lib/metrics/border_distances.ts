import Flatbush from "flatbush";
import { present } from "papilio/core/assert.ts";
import type { BinaryMask } from "papilio/data/case.ts";
import type { Connectivity } from "papilio/data/labels.ts";
import { requireSameSize } from "papilio/metrics/_same_size.ts";
import { borderPixels } from "papilio/metrics/border.ts";

/** How far the borders of a prediction and of the truth lie from each other. */
export interface BorderDistances {
  /** From each border pixel of the prediction to the nearest one of the truth. */
  toTruth: Float64Array;
  /** From each border pixel of the truth to the nearest one of the prediction. */
  toPrediction: Float64Array;
}

/**
 * The distances between the centres of border pixels, both ways, as `borderPixels` finds them.
 *
 * The nearest one comes from a tree over the border pixels, so that a photo costs what its borders cost,
 * not what its area does. If one of the masks is empty, the distances of the other are infinite.
 *
 * Units: pixels.
 * @throws {PapilioError} if the sizes differ.
 *
 * @example
 * ```ts
 * import { borderDistances } from "papilio/metrics/border_distances.ts";
 * const row = (...data: number[]) => ({ data: Uint8Array.from(data), widthPx: 5, heightPx: 1 });
 * const { toTruth, toPrediction } = borderDistances(row(1, 0, 0, 0, 0), row(0, 0, 1, 1, 0));
 * console.assert(toTruth.join() === "2" && toPrediction.join() === "2,3");
 * ```
 */
export function borderDistances(
  prediction: BinaryMask,
  truth: BinaryMask,
  neighbours: Connectivity = 4,
): BorderDistances {
  requireSameSize(prediction, truth);
  const predicted = borderPixels(prediction, neighbours);
  const there = borderPixels(truth, neighbours);
  return {
    toTruth: distancesTo(there, predicted, truth.widthPx),
    toPrediction: distancesTo(predicted, there, truth.widthPx),
  };
}

/** The distance from each pixel of `from` to the nearest of `targets`. */
function distancesTo(targets: Uint32Array, from: Uint32Array, widthPx: number): Float64Array {
  const distances = new Float64Array(from.length);
  if (targets.length === 0) return distances.fill(Infinity);
  const tree = treeOf(targets, widthPx);
  for (let k = 0; k < from.length; k++) {
    const [x, y] = position(from[k] as number, widthPx);
    const nearest = present(tree.neighbors(x, y, 1)[0]);
    const [nearX, nearY] = position(targets[nearest] as number, widthPx);
    distances[k] = Math.sqrt((nearX - x) ** 2 + (nearY - y) ** 2);
  }
  return distances;
}

function treeOf(pixels: Uint32Array, widthPx: number): Flatbush {
  const tree = new Flatbush(pixels.length);
  for (const pixel of pixels) tree.add(...position(pixel, widthPx));
  tree.finish();
  return tree;
}

function position(pixel: number, widthPx: number): [x: number, y: number] {
  return [pixel % widthPx, Math.floor(pixel / widthPx)];
}
