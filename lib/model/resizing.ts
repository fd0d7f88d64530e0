import * as tf from "@tensorflow/tfjs";

// Enlargements with gradients that hold on every backend.

/**
 * Each pixel `factor` times along both sides; its gradient is the sum over them.
 *
 * tfjs' own gradient on the cpu backend is wrong for more than one image.
 *
 * Shapes: `[N, H, W, C]` float32 → `[N, H·factor, W·factor, C]`.
 */
export function enlargeNearest(x: tf.Tensor4D, factor: number): tf.Tensor4D {
  const [, height, width] = x.shape;
  const enlarge = tf.customGrad((x) => ({
    value: tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [height * factor, width * factor]),
    gradFunc: (dy: tf.Tensor4D) => tf.mul(tf.avgPool(dy, factor, factor, "valid"), factor * factor),
  }));
  return enlarge(x) as tf.Tensor4D;
}

/**
 * Bilinear interpolation between the pixels' middles (half-pixel centres), the border going on outwards.
 *
 * `y[j] = (1 − t)·x[⌊s⌋] + t·x[⌊s⌋ + 1]` with `s = (j + 1/2) / factor − 1/2` and `t` its fraction, along
 * both sides. The gradient is the transposed map: a triangle of `2·factor` weights over `dy`, mirrored
 * at its borders. tfjs' own gradient is that of another interpolation.
 *
 * Shapes: `[N, H, W, C]` float32 → `[N, H·factor, W·factor, C]`.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { enlargeBilinear } from "papilio/model/resizing.ts";
 * await tf.setBackend("cpu");
 * const row = enlargeBilinear(tf.tensor4d([0, 4], [1, 1, 2, 1]), 2).dataSync();
 * console.assert(row.slice(0, 4).join() === "0,1,3,4");
 * ```
 */
export function enlargeBilinear(x: tf.Tensor4D, factor: 2 | 4 | 8): tf.Tensor4D {
  const [, height, width, channels] = x.shape;
  const enlarge = tf.customGrad((x) => ({
    value: tf.image.resizeBilinear(
      x as tf.Tensor4D,
      [height * factor, width * factor],
      false,
      true,
    ),
    gradFunc: (dy: tf.Tensor4D) => {
      const margins = [factor / 2, factor / 2] as const;
      const mirrored = mirror(mirror(dy, 1, margins), 2, margins);
      const filter = tf.tile(triangle(factor), [1, 1, channels, 1]) as tf.Tensor4D;
      return tf.depthwiseConv2d(mirrored, filter, factor, "valid");
    },
  }));
  return enlarge(x) as tf.Tensor4D;
}

/**
 * The filter of a transposed convolution that interpolates bilinearly.
 *
 * `w[i]·w[j]` with `w[k] = 1 − |k − factor + 1/2| / factor`, as `[2·factor, 2·factor, 1, 1]`.
 */
export function triangle(factor: number): tf.Tensor {
  const weights = Array.from(
    { length: 2 * factor },
    (_, k) => 1 - Math.abs(k - factor + 0.5) / factor,
  );
  const values = weights.flatMap((row) => weights.map((column) => row * column));
  return tf.tensor(values, [2 * factor, 2 * factor, 1, 1]);
}

/**
 * The tensor with so many rows before and after along an axis, as in mirrors at its borders.
 *
 * `… x[1] x[0] | x[0] x[1] … x[n-1] | x[n-1] x[n-2] …`; where more are asked for than there are, mirrors of
 * mirrors follow.
 *
 * Shapes: `[N, H, W, C]` float32 → the same with the axis longer by `before + after`.
 */
export function mirror(
  x: tf.Tensor4D,
  axis: 1 | 2,
  [before, after]: readonly [number, number],
): tf.Tensor4D {
  const side = x.shape[axis];
  const rows = (begin: number, count: number) => {
    if (count === 0) return [];
    const [from, size] = [[0, 0, 0, 0], [...x.shape]] as [Shape4D, Shape4D];
    [from[axis], size[axis]] = [begin, count];
    const cut = tf.slice(x, from, size);
    return [count === 1 ? cut : tf.reverse(cut, [axis])];
  };
  const [first, last] = [Math.min(before, side), Math.min(after, side)];
  const wider = tf.concat([...rows(0, first), x, ...rows(side - last, last)], axis);
  const rest = [before - first, after - last] as const;
  return rest[0] + rest[1] === 0 ? wider : mirror(wider, axis, rest);
}

type Shape4D = [number, number, number, number];

/**
 * Channels laid out as pixels: `y[h·r + i, w·r + j, c] = x[h, w, (i·r + j)·C + c]` for a factor r.
 *
 * Shapes: `[N, H, W, C·factor²]` float32 → `[N, H·factor, W·factor, C]`.
 * Source: Shi et al. 2016 (arXiv 1609.05158), in TensorFlow's order of channels.
 */
export function pixelShuffle(x: tf.Tensor4D, factor: number): tf.Tensor4D {
  const [images, height, width, channels] = x.shape;
  const shuffle = tf.customGrad((x) => ({
    value: tf.depthToSpace(x as tf.Tensor4D, factor, "NHWC"),
    gradFunc: (dy: tf.Tensor) => {
      const cells = tf.reshape(dy, [images, height, factor, width, factor, channels / factor ** 2]);
      return tf.reshape(tf.transpose(cells, [0, 1, 3, 2, 4, 5]), [images, height, width, channels]);
    },
  }));
  return shuffle(x) as tf.Tensor4D;
}
