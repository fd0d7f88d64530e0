import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { pixelCrossEntropies } from "papilio/train/losses/_logits.ts";
import { requireWithin } from "papilio/train/_settings.ts";
import { byChannels, classLoss, classParts } from "papilio/train/losses/_class_loss.ts";
import { pairedLoss } from "papilio/train/losses/_with_gradient.ts";
import type { Loss } from "papilio/train/losses/loss.ts";

export interface FocalSettings {
  /** How much right answers are played down; 0 is the weighted cross-entropy. */
  gamma?: number;
  /** Weight of foreground pixels; that of background is one minus this. Of no meaning with classes. */
  alpha?: number;
}

/**
 * The focal loss: binary cross-entropy in which a pixel counts the less, the surer it is rightly told.
 *
 * `mean(a · q^γ · bce)` with `q` the probability of the wrong class (`1-p` where y is 1, `p` elsewhere)
 * and `a` = α where y is 1, 1-α elsewhere. The gradient is
 * `±a · q^γ · (γ(1-q)·bce + q) / n`, minus where y is 1: no quotient, so finite for every logit.
 *
 * With classes, it is the mean of `q^γ · (log Σ exp(z) - z_c)` over the pixels with a class, without α.
 *
 * Shapes: `logits` `[batch, height, width, channels]`, `masks` `[batch, height, width, 1]` float32: {0, 1}
 * for one channel, else class numbers, 255 where ignored; returns a scalar.
 *
 * Source: Lin 2017, equation 5, with γ = 2 and α = 0.25 of its section 5.1; the mean over pixels in
 * place of the paper's division by the number of matched anchors.
 *
 * @throws {PapilioError} for a negative γ, an α outside [0, 1], or masks of another shape.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { focalLoss } from "papilio/train/losses/mod.ts";
 * await tf.setBackend("cpu");
 * const loss = focalLoss({ gamma: 2, alpha: 0.25 })(tf.zeros([1, 1, 1, 1]), tf.ones([1, 1, 1, 1]));
 * console.assert(Math.abs(Number(loss.dataSync()) - 0.25 * 0.25 * Math.log(2)) < 1e-6);
 * ```
 */
export function focalLoss({ gamma = 2, alpha = 0.25 }: FocalSettings = {}): Loss {
  requireWithin("the focal loss's gamma", gamma, [0, Infinity]);
  requireWithin("the focal loss's alpha", alpha, [0, 1]);
  const ofForeground = pairedLoss((z, y) => {
    const sign = tf.sub(tf.mul(y, 2), 1);
    const wrong = tf.sigmoid(tf.neg(tf.mul(z, sign)));
    const balance = tf.add(tf.mul(y, 2 * alpha - 1), 1 - alpha);
    const weight = tf.mul(balance, tf.pow(wrong, gamma));
    const entropies = pixelCrossEntropies(z, y);
    return {
      value: tf.mean(tf.mul(weight, entropies)) as tf.Scalar,
      saved: [sign, wrong, weight, entropies],
      gradient: (saved) => focalGradient(saved, gamma),
    };
  });
  return byChannels(ofForeground, focalOfClasses(gamma));
}

function focalGradient([sign, wrong, weight, entropies]: tf.Tensor[], gamma: number): tf.Tensor {
  const q = present(wrong);
  const focus = tf.mul(tf.mul(tf.sub(1, q), present(entropies)), gamma);
  const size = tf.mul(present(weight), tf.add(focus, q));
  return tf.div(tf.mul(tf.neg(present(sign)), size), q.size);
}

/** Keeps a negative power of the wrong classes' probability finite. */
const leastWrong = 1e-30;

/** With `q` and `p` of the wrong and the right class, by `z_j`: `(p_j - y_j) · q^(γ-1) · (γ·p·ce + q) / n`. */
function focalOfClasses(gamma: number): Loss {
  return classLoss((z, truth) => {
    const { p, others, wrong, counted } = classParts(z, truth);
    const shifted = tf.sub(z, tf.max(z, 3, true));
    const surprise = tf.sub(tf.log(tf.sum(tf.exp(shifted), 3, true)), shifted);
    const entropies = tf.sum(tf.mul(truth, surprise), 3, true);
    const pixels = tf.maximum(tf.sum(counted), 1);
    const focus = tf.mul(tf.mul(tf.sub(1, wrong), entropies), gamma);
    const power = tf.pow(tf.maximum(wrong, leastWrong), gamma - 1);
    const direction = tf.sub(tf.mul(p, others), tf.mul(truth, wrong));
    return {
      value: tf.div(tf.sum(tf.mul(tf.pow(wrong, gamma), entropies)), pixels) as tf.Scalar,
      saved: [direction, tf.div(tf.mul(power, tf.add(focus, wrong)), pixels)],
      gradient: ([direction, size]) => tf.mul(present(direction), present(size)),
    };
  });
}
