import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { enlargeNearest } from "papilio/model/resizing.ts";

/**
 * The kernel that a backend may register to put features where maxima were in one operation: inputs
 * `{features, before}`, attributes `{filterSize, strides, pad}`.
 */
export const maxUnpoolKernel = "PapilioMaxUnpool";

/**
 * Puts each feature where a 2×2 max-pooling with stride 2 took its maximum, and 0 elsewhere.
 *
 * Of equal maxima it is the first, row by row; the gradients of tfjs' backends differ in that. Its own
 * gradient gathers `dy` from there; `before` gets none, as it only says where.
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
    const places = placesOfMaxima(before, features.shape);
    save([places]);
    const value: tf.Tensor4D = hasKernel()
      ? scatter(features, before)
      : tf.mul(places, enlargeNearest(features, 2));
    return {
      value,
      gradFunc: (dy: tf.Tensor4D, [places]) =>
        tf.mul(tf.avgPool(tf.mul(dy, present(places)) as tf.Tensor4D, 2, 2, "valid"), 4),
    };
  });
  return unpool(features) as tf.Tensor4D;
}

const hasKernel = () => tf.getKernel(maxUnpoolKernel, tf.getBackend()) !== undefined;

function scatter(features: tf.Tensor4D, before: tf.Tensor4D): tf.Tensor4D {
  const window = { filterSize: 2, strides: 2, pad: "valid" };
  return tf.engine().runKernel(maxUnpoolKernel, { features, before }, window) as tf.Tensor4D;
}

/** 1 at the first maximum of each 2×2 cell, 0 elsewhere. */
function placesOfMaxima(
  before: tf.Tensor4D,
  shape: [number, number, number, number],
): tf.Tensor4D {
  if (hasKernel()) return scatter(tf.ones(shape), before);
  const [images, height, width, channels] = shape;
  const cells = tf.reshape(before, [images * height, 2, width, 2 * channels]);
  const corners = [[0, 0], [0, 1], [1, 0], [1, 1]].map(([row = 0, column = 0]) =>
    tf.slice(cells, [0, row, 0, column * channels], [-1, 1, -1, channels])
  );
  const [a, b, c, d] = firstMaxima(corners) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const rows = [tf.concat([a, b], 3), tf.concat([c, d], 3)];
  return tf.reshape(tf.concat(rows, 1), before.shape);
}

/** For each corner, where it is the largest and none before it is. */
function firstMaxima(corners: tf.Tensor[]): tf.Tensor[] {
  const largest = corners.reduce((a, b) => tf.maximum(a, b));
  let open: tf.Tensor = tf.onesLike(largest);
  return corners.map((corner) => {
    const isFirst = tf.mul(open, tf.cast(tf.equal(corner, largest), "float32"));
    open = tf.sub(open, isFirst);
    return isFirst;
  });
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
