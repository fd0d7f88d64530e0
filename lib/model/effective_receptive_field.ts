import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";

/** A place in a network's output. */
export interface Unit {
  row: number;
  column: number;
}

/**
 * How strongly one logit answers to each pixel: the effective receptive field, as a map.
 *
 * `map[y, x] = mean over images of Σ_channel |∂ logit[row, column] / ∂ image[y, x, channel]|`, the
 * network in inference mode. A pure tfjs function: an engine can compile it.
 *
 * Shapes: images `[N, S, S, channels]` float32, returns `[S, S]`; `logits` gives `[N, S, S, 1]`; of several
 * classes it is the first one's.
 * Units: images 0…255; logits for each grey level.
 * Source: Luo et al. 2016 (arXiv 1701.04128), section 2, which takes the gradient of a unit in the
 * middle; the mean of absolute values is taken here, so that signs do not cancel.
 */
export function effectiveReceptiveField(
  logits: tf.LayersModel,
  images: tf.Tensor4D,
  { row, column }: Unit,
): tf.Tensor2D {
  return tf.tidy(() => {
    const gradient = tf.grad((pixels) => {
      const scores = logits.apply(pixels, { training: false }) as tf.Tensor4D;
      return tf.sum(tf.slice(scores, [0, row, column, 0], [-1, 1, 1, 1]));
    })(images);
    return tf.mean(tf.sum(tf.abs(gradient), 3), 0) as tf.Tensor2D;
  });
}

/**
 * The side of the smallest square around a unit that holds a share of a map's sum, in pixels.
 *
 * The square reaches equally far to all sides, so its side is odd; what lies beyond the image is 0.
 *
 * Shapes: map row-major `[S, S]`, none negative.
 * @throws {PapilioError} if the map is 0 everywhere, or has values that are not finite.
 *
 * @example
 * ```ts
 * import { sideHolding } from "papilio/model/effective_receptive_field.ts";
 * const map = [0, 0, 0, 0, 6, 2, 0, 0, 2];
 * console.assert(sideHolding(0.6, map, { row: 1, column: 1 }) === 1);
 * console.assert(sideHolding(0.95, map, { row: 1, column: 1 }) === 3);
 * ```
 */
export function sideHolding(share: number, map: ArrayLike<number>, unit: Unit): number {
  const rings = sumsByDistance(map, unit);
  const total = rings.reduce((sum, ring) => sum + ring, 0);
  if (!(total > 0 && Number.isFinite(total))) throw emptyMap(total);
  let held = 0;
  for (const [distance, ring] of rings.entries()) {
    held += ring;
    if (held >= share * total) return 2 * distance + 1;
  }
  return 2 * rings.length - 1;
}

/** Sums over the pixels whose row or column, whichever is further, is 0, 1, 2, … away. */
function sumsByDistance(map: ArrayLike<number>, { row, column }: Unit): number[] {
  const side = Math.sqrt(map.length);
  const furthest = Math.max(row, column, side - 1 - row, side - 1 - column);
  const sums = new Array<number>(furthest + 1).fill(0);
  for (let i = 0; i < map.length; i++) {
    const distance = Math.max(Math.abs(Math.floor(i / side) - row), Math.abs(i % side - column));
    sums[distance] = present(sums[distance]) + present(map[i]);
  }
  return sums;
}

function emptyMap(total: number): PapilioError {
  return new PapilioError({
    cannot: "measure a receptive field",
    expected: "a map with finite values, some of them above 0",
    got: `a sum of ${total}`,
    remedy: "Use an image on which the network's units are not all cut off by their activations.",
  });
}
