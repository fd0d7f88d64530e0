import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import type { Loss } from "papilio/train/losses/mod.ts";

/** A tensor by its numbers. */
export interface Numbers {
  shape: number[];
  data: number[];
}

export const tensor4d = ({ shape, data }: Numbers): tf.Tensor4D =>
  tf.tensor(data, shape as [number, number, number, number]);

/** A row of pixels. */
export const row = (...data: number[]): Numbers => ({ shape: [1, 1, data.length, 1], data });

/** The loss and its gradient by the logits. */
export function evaluate(loss: Loss, logits: Numbers, masks: Numbers) {
  return tf.tidy(() => {
    const y = tensor4d(masks);
    const { value, grad } = tf.valueAndGrad((z) => loss(z as tf.Tensor4D, y))(tensor4d(logits));
    return { value: present(value.dataSync()[0]), gradient: [...grad.dataSync()] };
  });
}

export const valueOf = (loss: Loss, logits: Numbers, masks: Numbers): number =>
  evaluate(loss, logits, masks).value;
