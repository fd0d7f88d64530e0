import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { pixelCrossEntropies } from "papilio/train/losses/_logits.ts";
import { requireWithin } from "papilio/train/_settings.ts";
import { pairedLoss } from "papilio/train/losses/_with_gradient.ts";
import type { Loss } from "papilio/train/losses/loss.ts";

export interface BorderSettings {
  /** What a pixel at the border counts above one far from it. */
  borderWeight?: number;
  /** How fast that falls with the distance from the border. */
  sigmaPx?: number;
}

/**
 * The binary cross-entropy, weighted by each pixel's nearness to the mask's border.
 *
 * `Σ w·bce / Σ w` with the weights of `borderWeights`. The gradient is `w·(sigmoid(z) - y) / Σ w`.
 *
 * The weights are made from the masks within the step: so they are right after augmentation, and a step
 * needs no third input.
 *
 * Shapes: `logits` and `masks` {0, 1} `[batch, height, width, 1]` float32; returns a scalar.
 *
 * Source: Ronneberger 2015 (U-Net), equations 1 and 2, with w₀ = 10 and σ = 5 px. There the distances to
 * the two nearest cells are added, which masks without separate objects do not tell; here it is the
 * distance to the border alone, and the sum is divided by that of the weights.
 *
 * @throws {PapilioError} for a negative weight, a σ outside [0.1, 20], or shapes that differ.
 */
export function borderCrossEntropy(settings: BorderSettings = {}): Loss {
  const { borderWeight = 10, sigmaPx = 5 } = settings;
  requireWithin("the border's borderWeight", borderWeight, [0, Infinity]);
  requireWithin("the border's sigmaPx", sigmaPx, [0.1, 20]);
  return pairedLoss((z, y) => {
    const weights = borderWeights(y as tf.Tensor4D, { borderWeight, sigmaPx });
    const total = tf.sum(weights);
    return {
      value: tf.div(tf.sum(tf.mul(weights, pixelCrossEntropies(z, y))), total) as tf.Scalar,
      saved: [z, y, weights, total],
      gradient: ([z, y, weights, total]) =>
        tf.div(
          tf.mul(tf.sub(tf.sigmoid(present(z)), present(y)), present(weights)),
          present(total),
        ),
    };
  });
}

/**
 * What each pixel counts: the more, the nearer the border of its mask is.
 *
 * `w = 1 + w₀·exp(-d² / 2σ²)`, `d` the distance from the pixel's centre to that of the nearest pixel of
 * the other class. The Gaussian of the nearest one is the largest over all of them, and a Gaussian is a
 * product of two along the axes: so two passes of shifted maxima, along columns and rows, are exact.
 * Beyond 4σ along either axis, where `w₀` counts for a 3000th, it is taken as 0.
 *
 * Shapes: `masks` {0, 1} `[batch, height, width, 1]` float32; returns the same shape.
 *
 * Units: `sigmaPx` pixels; weights in [1, 1 + w₀).
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { borderWeights } from "papilio/train/losses/mod.ts";
 * await tf.setBackend("cpu");
 * const masks = tf.tensor4d([0, 0, 1], [1, 1, 3, 1]);
 * const weights = [...borderWeights(masks, { borderWeight: 1, sigmaPx: 1 }).dataSync()];
 * const expected = [2, 1, 1].map((d) => 1 + Math.exp(-(d ** 2) / 2));
 * console.assert(weights.every((w, i) => Math.abs(w - Number(expected[i])) < 1e-6));
 * ```
 */
export function borderWeights(masks: tf.Tensor4D, settings: Required<BorderSettings>): tf.Tensor4D {
  const { borderWeight, sigmaPx } = settings;
  const background = tf.sub(1, masks) as tf.Tensor4D;
  const nearness = tf.add(
    tf.mul(background, nearnessTo(masks, sigmaPx)),
    tf.mul(masks, nearnessTo(background, sigmaPx)),
  );
  return tf.add(tf.mul(nearness, borderWeight), 1);
}

/** `exp(-d² / 2σ²)`, `d` the distance to the nearest pixel of `places`; 0 where there is none. */
function nearnessTo(places: tf.Tensor4D, sigmaPx: number): tf.Tensor4D {
  return largestShifted(largestShifted(places, 1, sigmaPx), 2, sigmaPx);
}

function largestShifted(x: tf.Tensor4D, axis: 1 | 2, sigmaPx: number): tf.Tensor4D {
  const reach = Math.min(Math.ceil(4 * sigmaPx), x.shape[axis] - 1);
  const around = x.shape.map((_, i) => i === axis ? [reach, reach] : [0, 0]);
  const padded = tf.pad(x, around as [number, number][]);
  const shifted = (by: number) =>
    tf.slice(padded, x.shape.map((_, i) => i === axis ? reach + by : 0), x.shape);
  let largest = x;
  for (let by = 1; by <= reach; by++) {
    const either = tf.maximum(shifted(by), shifted(-by));
    largest = tf.maximum(largest, tf.mul(either, Math.exp(-(by ** 2) / (2 * sigmaPx ** 2))));
  }
  return largest;
}
