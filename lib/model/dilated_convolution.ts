import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { stockLayer } from "papilio/model/_stock_layer.ts";

/**
 * The kernel that a backend may register for the filter's gradient: inputs `{x, dy}`, attributes
 * `{strides, pad, dilations, filterShape}`.
 */
export const dilatedFilterGradientKernel = "PapilioDilatedFilterGradient";

/**
 * A convolution with stride 1 and "same" padding whose taps lie `rate` pixels apart (atrous).
 *
 * `y[h, w] = Σ x[h + rate·(i − ⌊k/2⌋), w + rate·(j − ⌊k/2⌋)] · filter[i, j]`; tfjs computes it, but has
 * no gradient for it.
 *
 * Shapes: x `[N, H, W, C]`, filter `[k, k, C, F]` float32 with k odd; returns `[N, H, W, F]`.
 */
export function dilatedConv2d(x: tf.Tensor4D, filter: tf.Tensor4D, rate: number): tf.Tensor4D {
  const convolve = tf.customGrad((...inputs) => {
    const [x, filter, save] = inputs as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
    save([x, filter]);
    return {
      value: tf.conv2d(x, filter, 1, "same", "NHWC", rate),
      gradFunc: (dy: tf.Tensor4D, saved) => {
        const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
        const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D;
        return [
          tf.conv2d(dy, turned, 1, "same", "NHWC", rate),
          filterGradient(x, dy, { filterShape: filter.shape, rate }),
        ];
      },
    };
  });
  return convolve(x, filter) as tf.Tensor4D;
}

interface FilterOptions {
  filterShape: [number, number, number, number];
  rate: number;
}

function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  { filterShape, rate }: FilterOptions,
): tf.Tensor {
  if (!tf.getKernel(dilatedFilterGradientKernel, tf.getBackend())) {
    return gradientByTaps(x, dy, { filterShape, rate });
  }
  const attributes = { strides: 1, pad: "same", dilations: rate, filterShape };
  return tf.engine().runKernel(dilatedFilterGradientKernel, { x, dy }, attributes) as tf.Tensor;
}

/** `dW[i, j] = Σ x[n, h + rate·i, w + rate·j]ᵀ · dy[n, h, w]` over a padded x, tap by tap. */
function gradientByTaps(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  { filterShape, rate }: FilterOptions,
): tf.Tensor {
  const [images, height, width, channels] = x.shape;
  const [side, , , filters] = filterShape;
  const margin = rate * Math.floor(side / 2);
  const padded = tf.pad(x, [[0, 0], [margin, margin], [margin, margin], [0, 0]]);
  const rows = tf.reshape(dy, [-1, filters]);
  const taps = Array.from({ length: side * side }, (_, tap) => {
    const begin = [0, rate * Math.floor(tap / side), rate * (tap % side), 0];
    const seen = tf.slice(padded, begin, [images, height, width, channels]);
    return tf.matMul(tf.reshape(seen, [-1, channels]), rows, true);
  });
  return tf.reshape(tf.stack(taps), filterShape);
}

/** As much of tfjs' Conv2D as is used here. */
interface StockConv2D extends tf.layers.Layer {
  readonly kernel: tf.LayerVariable;
}

type Conv2DArguments = Parameters<typeof tf.layers.conv2d>[0];

/**
 * Keras' Conv2D with a dilation rate, "same" padding and no bias, that can be trained.
 *
 * Saved under tfjs' own class name "Conv2D", which predicts the same.
 */
export class DilatedConv2D extends stockLayer<
  new (options: Conv2DArguments) => StockConv2D
>("Conv2D") {
  readonly #rate: number;

  constructor({ rate, ...options }: Omit<Conv2DArguments, "dilationRate"> & { rate: number }) {
    super({ ...options, dilationRate: rate, padding: "same", useBias: false });
    this.#rate = rate;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = present([inputs].flat()[0]) as tf.Tensor4D;
    return tf.tidy(() => dilatedConv2d(x, this.kernel.read() as tf.Tensor4D, this.#rate));
  }
}
