import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { throughSigmoid } from "papilio/train/losses/_logits.ts";
import { requireWithin } from "papilio/train/_settings.ts";
import { byChannels } from "papilio/train/losses/_class_loss.ts";
import { classOverlap, type OverlapParts } from "papilio/train/losses/_class_overlap.ts";
import { pairedLoss } from "papilio/train/losses/_with_gradient.ts";
import type { Loss } from "papilio/train/losses/loss.ts";

/** Keeps the ratio defined where neither the mask nor the prediction has foreground. */
const smooth = 1;

/** Below this, the slope of the power in the focal Tversky loss, infinite at 0, grows no more. */
const leastLoss = 1e-6;

export interface TverskySettings {
  /** What a false positive costs; α of the paper. */
  falsePositiveWeight?: number;
  /** What a false negative costs; β of the paper. */
  falseNegativeWeight?: number;
}

export interface FocalTverskySettings extends TverskySettings {
  /** The loss is raised to `1/gamma`: above 1, small regions that are nearly right keep counting. */
  gamma?: number;
}

/**
 * One minus the Tversky index of the whole batch: an overlap that weighs misses and false alarms apart.
 *
 * `M / (Σpy + M + 1)` with `M = α·Σp(1-y) + β·Σ(1-p)y`, which is `1 - (Σpy + 1) / (Σpy + M + 1)`
 * without its cancellation. α = β = 1 is the Jaccard loss. With `T = Σpy + M + 1` and
 * `m = α(1-y) - βy`, the gradient is `p(1-p) · (m·T - M·(m + y)) / T²`. With classes, it is the mean over
 * all of them, the background among them.
 *
 * Shapes: `logits` `[batch, height, width, channels]`, `masks` `[batch, height, width, 1]` float32: {0, 1}
 * for one channel, else class numbers, 255 where ignored; returns a scalar.
 *
 * Source: Salehi 2017, with α = 0.3 and β = 0.7, its best; the 1 is added.
 *
 * @throws {PapilioError} for a negative weight, or masks of another shape.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { tverskyLoss } from "papilio/train/losses/mod.ts";
 * await tf.setBackend("cpu");
 * const loss = tverskyLoss()(tf.zeros([1, 1, 2, 1]), tf.tensor4d([1, 0], [1, 1, 2, 1]));
 * console.assert(Math.abs(Number(loss.dataSync()) - 0.5 / 2) < 1e-6); // p = 1/2: M = 0.5, T = 2
 * ```
 */
export function tverskyLoss(settings: TverskySettings = {}): Loss {
  return powerOfTversky(settings, 1);
}

/**
 * The focal Tversky loss: the Tversky loss of the whole batch, raised to `1/γ`.
 *
 * Its gradient is that of `tverskyLoss` times `loss^(1/γ - 1) / γ`, which is infinite at a loss of 0;
 * below 1e-6 it is taken as at 1e-6.
 *
 * Shapes: `logits` `[batch, height, width, channels]`, `masks` `[batch, height, width, 1]` float32: {0, 1}
 * for one channel, else class numbers, 255 where ignored; returns a scalar.
 *
 * Source: Abraham and Khan 2019, with γ = 4/3. There α weighs the misses; here, as in
 * Salehi 2017, β does (0.7), and the mean over the classes stands in place of the paper's sum.
 *
 * @throws {PapilioError} for a negative weight, a γ that is not within [1, 3], or masks of another shape.
 */
export function focalTverskyLoss({ gamma = 4 / 3, ...settings }: FocalTverskySettings = {}): Loss {
  requireWithin("the focal Tversky loss's gamma", gamma, [1, 3]);
  return powerOfTversky(settings, 1 / gamma);
}

function powerOfTversky(
  { falsePositiveWeight = 0.3, falseNegativeWeight = 0.7 }: TverskySettings,
  power: number,
): Loss {
  requireWithin("the Tversky loss's falsePositiveWeight", falsePositiveWeight, [0, Infinity]);
  requireWithin("the Tversky loss's falseNegativeWeight", falseNegativeWeight, [0, Infinity]);
  const ofForeground = pairedLoss((z, y) => {
    const p = tf.sigmoid(z);
    const falsePositives = tf.sum(tf.mul(p, tf.sub(1, y)));
    const falseNegatives = tf.sum(tf.mul(tf.sigmoid(tf.neg(z)), y));
    const missed = tf.add(
      tf.mul(falsePositives, falsePositiveWeight),
      tf.mul(falseNegatives, falseNegativeWeight),
    );
    const total = tf.add(tf.add(tf.sum(tf.mul(p, y)), missed), smooth);
    const loss = tf.div(missed, total) as tf.Scalar;
    return {
      value: power === 1 ? loss : tf.pow(loss, power) as tf.Scalar,
      saved: [p, y, missed, total],
      gradient: ([p, y, missed, total]) => {
        const background = tf.mul(tf.sub(1, present(y)), falsePositiveWeight);
        const slope = tf.sub(background, tf.mul(present(y), falseNegativeWeight));
        const parts = { p, y, missed, total, slope } as TverskyParts;
        return tf.mul(tverskyGradient(parts), powerSlope(parts, power));
      },
    };
  });
  const outer = {
    value: ({ missed, total }: OverlapParts) => tf.pow(tf.div(missed, total), power),
    slope: (parts: OverlapParts) => powerSlope(parts, power),
  };
  const weights = { falsePositiveWeight, falseNegativeWeight, smooth };
  return byChannels(ofForeground, classOverlap(power === 1 ? weights : { ...weights, outer }));
}

interface TverskyParts extends OverlapParts {
  p: tf.Tensor;
  y: tf.Tensor;
  /** Of `missed` by each probability. */
  slope: tf.Tensor;
}

function tverskyGradient({ p, y, missed, total, slope }: TverskyParts): tf.Tensor {
  const ofMissed = tf.div(slope, total);
  const ofTotal = tf.mul(tf.add(slope, y), tf.div(missed, tf.square(total)));
  return throughSigmoid(p, tf.sub(ofMissed, ofTotal));
}

function powerSlope({ missed, total }: OverlapParts, power: number): tf.Tensor | number {
  if (power === 1) return 1;
  const loss = tf.maximum(tf.div(missed, total), leastLoss);
  return tf.mul(tf.pow(loss, power - 1), power);
}
