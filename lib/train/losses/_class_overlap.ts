import * as tf from "@tensorflow/tfjs";
import { classLoss, classParts, throughSoftmax } from "papilio/train/losses/_class_loss.ts";
import type { Loss } from "papilio/train/losses/loss.ts";

/** `loss = missed / total`, for each class. */
export interface OverlapParts {
  missed: tf.Tensor;
  total: tf.Tensor;
}

export interface ClassOverlapParts extends OverlapParts {
  /** `total - missed`, without its cancellation. */
  hits: tf.Tensor;
}

export interface ClassOverlapOptions {
  falsePositiveWeight: number;
  falseNegativeWeight: number;
  smooth: number;
  /** What is made of each class' loss, and its slope; the loss itself if not given. */
  outer?: {
    value(parts: ClassOverlapParts): tf.Tensor;
    slope(parts: ClassOverlapParts): tf.Tensor | number;
  };
}

const asItIs = {
  value: ({ missed, total }: OverlapParts) => tf.div(missed, total),
  slope: () => 1,
};

/**
 * The mean over all classes, the background among them, of one minus an overlap of the whole batch.
 *
 * With `I = Σp·y`, `M = α·Σp(1-y) + β·Σ(1-p)y` and the smooth term s, a class loses `M / (I + M + s)`:
 * α = β = s = 1/2 is Dice with 1 in numerator and denominator, α = β = s = 1 is Jaccard. A class that is
 * nowhere pays for each false alarm.
 */
export function classOverlap(options: ClassOverlapOptions): Loss {
  const { falsePositiveWeight, falseNegativeWeight, smooth, outer = asItIs } = options;
  return classLoss((z, truth) => {
    const { p, others, wrong } = classParts(z, truth);
    const sumOf = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b), [0, 1, 2]);
    const missed = tf.add(
      tf.mul(sumOf(p, others), falsePositiveWeight),
      tf.mul(sumOf(truth, wrong), falseNegativeWeight),
    );
    const hits = tf.add(sumOf(p, truth), smooth);
    const parts = { missed, hits, total: tf.add(hits, missed) };
    const [ofHits, ofMissed] = slopesOf(parts, outer.slope(parts));
    const ofTruth = tf.sub(ofHits, tf.mul(ofMissed, falseNegativeWeight));
    return {
      value: tf.mean(outer.value(parts)) as tf.Scalar,
      saved: [p, truth, others, ofTruth, tf.mul(ofMissed, falsePositiveWeight)],
      gradient: (saved) => {
        const [p, truth, others, ofTruth, ofOthers] = saved as Saved;
        return throughSoftmax(p, tf.add(tf.mul(truth, ofTruth), tf.mul(others, ofOthers)));
      },
    };
  });
}

type Saved = [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];

/** Of the mean loss by what each class hits, and by what it misses. */
function slopesOf(
  { missed, total, hits }: ClassOverlapParts,
  outerSlope: tf.Tensor | number,
): [tf.Tensor, tf.Tensor] {
  const scale = tf.div(outerSlope, tf.mul(tf.square(total), total.size));
  return [tf.mul(tf.neg(missed), scale), tf.mul(hits, scale)];
}
