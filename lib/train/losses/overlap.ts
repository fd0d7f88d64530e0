import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { throughSigmoid } from "papilio/train/losses/_logits.ts";
import { byChannels } from "papilio/train/losses/_class_loss.ts";
import { classOverlap } from "papilio/train/losses/_class_overlap.ts";
import { pairedLoss } from "papilio/train/losses/_with_gradient.ts";
import type { Loss } from "papilio/train/losses/loss.ts";

/** Keeps the ratios defined where neither the mask nor the prediction has foreground. */
const smooth = 1;

/** Two times these, over two times the hits, are Dice with its smooth term. */
const diceOfClasses = {
  falsePositiveWeight: 0.5,
  falseNegativeWeight: 0.5,
  smooth: smooth / 2,
};

/**
 * One minus the Dice coefficient of the whole batch, from logits.
 *
 * `1 - (2·Σpy + 1) / (Σp + Σy + 1)` with `p = sigmoid(z)`. The gradient is
 * `p(1-p) · ((2·Σpy + 1) / s² - 2y / s)` with `s = Σp + Σy + 1`. With classes, `p = softmax(z)`, and it is
 * the mean over all classes, the background among them, and those that are nowhere.
 *
 * Shapes: `logits` `[batch, height, width, channels]`, `masks` `[batch, height, width, 1]` float32: {0, 1}
 * for one channel, else class numbers, 255 where ignored; returns a scalar.
 *
 * Source: Milletari 2016 (V-Net), section 3, without the squares in its denominator; with classes as
 * MONAI's DiceLoss has it (softmax, include_background, batch).
 *
 * @throws {PapilioError} for masks of another shape.
 */
export const diceLoss: Loss = byChannels(
  pairedLoss((z, y) => {
    const { p, overlap, total } = diceParts(z, y);
    const value = tf.sub(1, tf.div(overlap, total)) as tf.Scalar;
    return { value, saved: [p, y, overlap, total], gradient: diceGradient };
  }),
  classOverlap(diceOfClasses),
);

function diceParts(z: tf.Tensor, y: tf.Tensor) {
  const p = tf.sigmoid(z);
  const overlap = tf.add(tf.mul(tf.sum(tf.mul(p, y)), 2), smooth);
  const total = tf.add(tf.add(tf.sum(p), tf.sum(y)), smooth);
  return { p, overlap, total };
}

function diceGradient([p, y, overlap, total]: tf.Tensor[]): tf.Tensor {
  const slope = tf.div(present(overlap), tf.square(present(total)));
  const ofProbability = tf.sub(slope, tf.mul(present(y), tf.div(2, present(total))));
  return throughSigmoid(present(p), ofProbability);
}

/**
 * Minus the logarithm of the Dice coefficient of the whole batch: steeper than `1 - Dice` the worse the
 * overlap is.
 *
 * `-log((2·Σpy + 1) / (Σp + Σy + 1))`; its gradient is that of `1 - Dice` divided by Dice. Added to the
 * cross-entropy, it is "BCE - log Dice". With classes, it is the mean of each one's logarithm.
 *
 * Shapes: `logits` `[batch, height, width, channels]`, `masks` `[batch, height, width, 1]` float32: {0, 1}
 * for one channel, else class numbers, 255 where ignored; returns a scalar.
 *
 * Source: Iglovikov 2018 (TernausNet), which does the same with the Jaccard index; Wong 2018 (arXiv
 * 1809.00076), equation 2 with γ = 1, for classes.
 *
 * @throws {PapilioError} for masks of another shape.
 */
export const logDiceLoss: Loss = byChannels(
  pairedLoss((z, y) => {
    const { p, overlap, total } = diceParts(z, y);
    const value = tf.log(tf.div(total, overlap)) as tf.Scalar;
    return {
      value,
      saved: [p, y, overlap, total],
      gradient: ([p, y, overlap, total]) =>
        tf.mul(
          diceGradient([present(p), present(y), present(overlap), present(total)]),
          tf.div(present(total), present(overlap)),
        ),
    };
  }),
  classOverlap({
    ...diceOfClasses,
    outer: {
      value: ({ hits, total }) => tf.log(tf.div(total, hits)),
      slope: ({ hits, total }) => tf.div(total, hits),
    },
  }),
);

/**
 * One minus the Jaccard index (IoU) of the whole batch, from logits.
 *
 * `1 - (Σpy + 1) / (Σp + Σy - Σpy + 1)`. With the overlap `I` and the union `U` of that fraction, the
 * gradient is `p(1-p) · (I·(1-y) / U² - y / U)`. With classes, it is the mean over all of them as in
 * `diceLoss`.
 *
 * Shapes: `logits` `[batch, height, width, channels]`, `masks` `[batch, height, width, 1]` float32: {0, 1}
 * for one channel, else class numbers, 255 where ignored; returns a scalar.
 *
 * Source: Rahman and Wang 2016.
 *
 * @throws {PapilioError} for masks of another shape.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { jaccardLoss } from "papilio/train/losses/mod.ts";
 * await tf.setBackend("cpu");
 * const masks = tf.tensor4d([1, 0], [1, 1, 2, 1]);
 * const loss = jaccardLoss(tf.zerosLike(masks), masks); // p = 1/2: 1 - 1.5 / 2.5
 * console.assert(Math.abs(Number(loss.dataSync()) - 0.4) < 1e-6);
 * ```
 */
export const jaccardLoss: Loss = byChannels(
  pairedLoss((z, y) => {
    const p = tf.sigmoid(z);
    const both = tf.sum(tf.mul(p, y));
    const overlap = tf.add(both, smooth);
    const union = tf.add(tf.sub(tf.add(tf.sum(p), tf.sum(y)), both), smooth);
    const value = tf.sub(1, tf.div(overlap, union)) as tf.Scalar;
    return { value, saved: [p, y, overlap, union], gradient: jaccardGradient };
  }),
  classOverlap({ falsePositiveWeight: 1, falseNegativeWeight: 1, smooth }),
);

function jaccardGradient([p, y, overlap, union]: tf.Tensor[]): tf.Tensor {
  const slope = tf.div(present(overlap), tf.square(present(union)));
  const ofProbability = tf.sub(
    tf.mul(tf.sub(1, present(y)), slope),
    tf.div(present(y), present(union)),
  );
  return throughSigmoid(present(p), ofProbability);
}
