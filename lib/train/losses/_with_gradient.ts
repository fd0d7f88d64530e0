import * as tf from "@tensorflow/tfjs";
import { PapilioError } from "papilio/core/errors.ts";
import type { Loss } from "papilio/train/losses/loss.ts";

export interface LossWithGradient {
  value: tf.Scalar;
  saved: tf.Tensor[];
  /** The gradient by the logits, from what was saved. */
  gradient(saved: tf.Tensor[]): tf.Tensor;
}

/** A loss whose gradient by the logits is given; the masks have none. */
export function withGradient(
  logits: tf.Tensor4D,
  masks: tf.Tensor4D,
  compute: (logits: tf.Tensor, masks: tf.Tensor) => LossWithGradient,
): tf.Scalar {
  const loss = tf.customGrad((logits, save) => {
    const { value, saved, gradient } = compute(logits as tf.Tensor, masks);
    (save as tf.GradSaveFunc)(saved);
    return { value, gradFunc: (dy, saved) => tf.mul(gradient(saved), dy) };
  });
  return loss(logits) as tf.Scalar;
}

/** A loss that pairs each logit with a mask value, its gradient given. */
export function pairedLoss(
  compute: (logits: tf.Tensor, masks: tf.Tensor) => LossWithGradient,
): Loss {
  return (logits, masks) => {
    // tfjs would broadcast a mask of one channel over all classes, without a word.
    requireShape(masks, logits.shape);
    return withGradient(logits, masks, compute);
  };
}

/** @throws {PapilioError} if the masks are not of the shape that the loss needs. */
export function requireShape(masks: tf.Tensor4D, shape: readonly number[]): void {
  if (masks.shape.join() === shape.join()) return;
  throw new PapilioError({
    cannot: "compare logits with masks",
    expected: `masks of the shape [${shape.join(", ")}]`,
    got: `[${masks.shape.join(", ")}]`,
    remedy:
      "Masks have one channel: foreground for a loss of masks, class numbers for one of classes.",
  });
}
