import type { BinaryMask, ClassMask } from "papilio/data/case.ts";
import type { Connectivity } from "papilio/data/labels.ts";
import type { Size } from "papilio/data/masks.ts";
import { NearestPixel } from "papilio/metrics/_nearest_pixel.ts";
import { requireSameSize } from "papilio/metrics/_same_size.ts";
import { borderPixels } from "papilio/metrics/border.ts";

/** Which pixels have a border. */
export interface BorderOptions {
  /** By default 4. */
  neighbours?: Connectivity;
  /** The class, in masks of classes. */
  number?: number | undefined;
}

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
 * The nearest one is looked for nearby, then in a tree over the border pixels, so that a photo costs what
 * its borders cost, not what its area does. If one of the masks is empty, the distances of the other are infinite.
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
  prediction: BinaryMask | ClassMask,
  truth: BinaryMask | ClassMask,
  { neighbours = 4, number }: BorderOptions = {},
): BorderDistances {
  requireSameSize(prediction, truth);
  const predicted = borderPixels(prediction, neighbours, { number });
  const there = borderPixels(truth, neighbours, { number });
  return {
    toTruth: distancesTo(there, predicted, truth),
    toPrediction: distancesTo(predicted, there, truth),
  };
}

/** The distance from each pixel of `from` to the nearest of `targets`. */
function distancesTo(targets: Uint32Array, from: Uint32Array, size: Size): Float64Array {
  const distances = new Float64Array(from.length);
  if (targets.length === 0) return distances.fill(Infinity);
  const nearest = new NearestPixel(targets, size);
  for (let k = 0; k < from.length; k++) distances[k] = nearest.distanceFrom(from[k] as number);
  return distances;
}
