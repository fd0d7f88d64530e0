import * as tf from "@tensorflow/tfjs";
import { IGNORED } from "papilio/core/classes.ts";
import { classChannels } from "papilio/metrics/class_channels.ts";
import {
  type LossWithGradient,
  requireShape,
  withGradient,
} from "papilio/train/losses/_with_gradient.ts";
import type { Loss } from "papilio/train/losses/loss.ts";

/**
 * A loss of logits `[N, H, W, C]` and masks of class numbers `[N, H, W, 1]`, its gradient given.
 *
 * `compute` gets the truth `[N, H, W, C]`: 1 at the pixel's class, 0 elsewhere and where it is ignored. A
 * number that is no class and not ignored makes the loss infinite, since a compiled step cannot throw.
 */
export function classLoss(
  compute: (logits: tf.Tensor, truth: tf.Tensor) => LossWithGradient,
): Loss {
  return (logits, masks) => {
    const classes = logits.shape[3];
    requireShape(masks, [...logits.shape.slice(0, 3), 1]);
    return withGradient(logits, masks, (z, y) => {
      const truth = classChannels(y, classes);
      const { value, ...rest } = compute(z, truth);
      return { value: tf.add(value, infiniteIfUnknown(y, truth)), ...rest };
    });
  };
}

/** 0 if each pixel has a class or is ignored. */
function infiniteIfUnknown(y: tf.Tensor, truth: tf.Tensor): tf.Scalar {
  const ignored = tf.cast(tf.equal(y, IGNORED), "float32");
  return tf.neg(tf.log(tf.min(tf.maximum(tf.max(truth, 3, true), ignored)))) as tf.Scalar;
}

/** One loss by a name: of foreground for logits of one channel, of classes for several. */
export function byChannels(ofForeground: Loss, ofClasses: Loss): Loss {
  return (logits, masks) => (logits.shape[3] === 1 ? ofForeground : ofClasses)(logits, masks);
}

/** What losses of classes are made of. */
export interface ClassParts {
  /** `softmax(z)`, `[N, H, W, C]`. */
  p: tf.Tensor;
  /** 1 at the classes that the pixel is not of; 0 everywhere where it is ignored. */
  others: tf.Tensor;
  /** The probability of all of them, `1 - p` of the truth without its cancellation, `[N, H, W, 1]`. */
  wrong: tf.Tensor;
  /** 1 where a pixel has a class, `[N, H, W, 1]`. */
  counted: tf.Tensor;
}

export function classParts(z: tf.Tensor, truth: tf.Tensor): ClassParts {
  const p = tf.softmax(z);
  const counted = tf.max(truth, 3, true);
  const others = tf.sub(counted, truth);
  return { p, others, counted, wrong: tf.sum(tf.mul(p, others), 3, true) };
}

/** The gradient by logits from that by probabilities: `p·(g - Σ p·g)`. */
export function throughSoftmax(p: tf.Tensor, ofProbability: tf.Tensor): tf.Tensor {
  return tf.mul(p, tf.sub(ofProbability, tf.sum(tf.mul(p, ofProbability), 3, true)));
}
