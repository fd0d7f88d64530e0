import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";

/** How the pooling slides that is undone. */
const window = { filterSize: 2, strides: 2, pad: "valid" } as const;

/**
 * Puts each feature where a 2×2 max-pooling with stride 2 took its maximum, and 0 elsewhere.
 *
 * That is the gradient of the pooling of `before`, applied to the features; of equal maxima it is the
 * first. Its own gradient gathers `dy` from there; `before` gets none, as it only says where.
 *
 * Shapes: features `[N, H/2, W/2, C]`, before `[N, H, W, C]` float32; returns `[N, H, W, C]`.
 * Source: Badrinarayanan et al. 2017 (arXiv 1511.00561), section 3.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { maxUnpool } from "papilio/model/unpooling.ts";
 * await tf.setBackend("cpu");
 * const before = tf.tensor4d([1, 5, 2, 3], [1, 2, 2, 1]);
 * const unpooled = maxUnpool(tf.tensor4d([7], [1, 1, 1, 1]), before);
 * console.assert(unpooled.dataSync().join() === "0,7,0,0");
 * ```
 */
export function maxUnpool(features: tf.Tensor4D, before: tf.Tensor4D): tf.Tensor4D {
  const unpool = tf.customGrad((...inputs) => {
    const [features, save] = inputs as [tf.Tensor4D, tf.GradSaveFunc];
    const pooled = tf.maxPool(before, 2, 2, "valid");
    save([before, pooled]);
    return {
      value: scatter(features, before, pooled),
      gradFunc: (dy: tf.Tensor4D, saved) => {
        const [before, pooled] = saved as [tf.Tensor4D, tf.Tensor4D];
        const places = scatter(tf.onesLike(pooled), before, pooled);
        return tf.mul(tf.avgPool(tf.mul(dy, places), 2, 2, "valid"), 4);
      },
    };
  });
  return unpool(features) as tf.Tensor4D;
}

function scatter(dy: tf.Tensor4D, input: tf.Tensor4D, output: tf.Tensor4D): tf.Tensor4D {
  return tf.engine().runKernel("MaxPoolGrad", { dy, input, output }, { ...window }) as tf.Tensor4D;
}

/** `maxUnpool` as a layer, of the features and what was pooled; registered, so that saved models load. */
export class MaxUnpooling2D extends tf.layers.Layer {
  static className = "MaxUnpooling2D";

  override computeOutputShape(shapes: tf.Shape[]): tf.Shape {
    return present(shapes[1]);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [features, before] = inputs as [tf.Tensor4D, tf.Tensor4D];
    return tf.tidy(() => maxUnpool(features, before));
  }
}

tf.serialization.registerClass(MaxUnpooling2D);
