import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { stockLayer } from "papilio/model/_stock_layer.ts";

/**
 * The kernel that a backend may register to normalise with batch statistics in one operation:
 * inputs `{x, gamma, beta}`, attributes `{epsilon}`, outputs `[y, mean, variance]`.
 */
export const batchNormTrainingKernel = "PapilioBatchNormTraining";

export interface BatchNormTrainingOptions {
  epsilon: number;
  /** Gets the batch's mean and biased variance, each `[C]`; both are disposed afterwards. */
  onStatistics?: (mean: tf.Tensor, variance: tf.Tensor) => void;
}

/**
 * Batch normalisation with the batch's own statistics: `(x − mean) / √(variance + ε) · γ + β`.
 *
 * Its gradient is one affine map of `dy` and `x`, `dy·A + x·B + C` with a number for each channel,
 * instead of tfjs' own, which goes through moments and tiles tensors of the size of `x`.
 *
 * Shapes: `x` `[…, C]` float32; `gamma`, `beta` `[C]`; returns `[…, C]`.
 * Source: Ioffe and Szegedy 2015 (arXiv 1502.03167), section 3; the variance is the biased one.
 */
export function batchNormTraining(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  options: BatchNormTrainingOptions,
): tf.Tensor {
  const { epsilon, onStatistics } = options;
  const normalize = tf.customGrad((...inputs) => {
    const [x, gamma, beta, save] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const [value, mean, variance] = normalizeByBatch(x, gamma, beta, epsilon);
    onStatistics?.(mean, variance);
    save([x, gamma, mean, variance]);
    return { value, gradFunc: (dy, saved) => batchNormGradient(dy, saved, epsilon) };
  });
  return normalize(x, gamma, beta);
}

type Normalized = [y: tf.Tensor, mean: tf.Tensor1D, variance: tf.Tensor1D];

function normalizeByBatch(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  epsilon: number,
): Normalized {
  if (tf.getKernel(batchNormTrainingKernel, tf.getBackend())) {
    return tf.engine().runKernel(batchNormTrainingKernel, { x, gamma, beta }, { epsilon }) as
      & tf.Tensor[]
      & Normalized;
  }
  const moments = tf.moments(x, allButLastAxis(x));
  const mean = moments.mean as tf.Tensor1D;
  const variance = moments.variance as tf.Tensor1D;
  const y = tf.batchNorm(x, mean, variance, beta as tf.Tensor1D, gamma as tf.Tensor1D, epsilon);
  return [y, mean, variance];
}

/** Gradients for `[x, gamma, beta]`. With `s = 1/√(variance + ε)` and n values in a channel: */
function batchNormGradient(dy: tf.Tensor, saved: tf.Tensor[], epsilon: number): tf.Tensor[] {
  const [x, gamma, mean, variance] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const axes = allButLastAxis(x);
  const valuesInChannel = x.size / gamma.size;
  const inverseDeviation = tf.rsqrt(variance.add(epsilon));
  // dβ = Σdy;  dγ = Σdy·(x − mean)·s = (Σdy·x − mean·Σdy)·s
  const dBeta = tf.sum(dy, axes);
  const dGamma = tf.sum(dy.mul(x), axes).sub(mean.mul(dBeta)).mul(inverseDeviation);
  // dx = γs·(dy − dβ/n − (x − mean)·s·dγ/n) = dy·A + x·B + C
  const a = gamma.mul(inverseDeviation);
  const b = a.mul(inverseDeviation).mul(dGamma).mul(-1 / valuesInChannel);
  const c = a.mul(dBeta).mul(-1 / valuesInChannel).sub(b.mul(mean));
  return [dy.mul(a).add(x.mul(b).add(c)), dGamma, dBeta];
}

const allButLastAxis = (x: tf.Tensor) => [...x.shape.keys()].slice(0, -1);

/**
 * `min(max(x, 0), 6)`, with gradient 0 at exactly 0 and 6 as in TensorFlow.
 *
 * tfjs' own gradient lets it pass at 6 and costs one product more.
 */
export function relu6(x: tf.Tensor): tf.Tensor {
  const clip = tf.customGrad((...inputs) => {
    const [x, save] = inputs as [tf.Tensor, tf.GradSaveFunc];
    const value = tf.relu6(x);
    // The output is saved, not the input: the next layer's gradient needs it anyway.
    save([value]);
    return { value, gradFunc: (dy, [y]) => dy.mul(isBetween(present(y), 0, 6)) };
  });
  return clip(x);
}

const isBetween = (y: tf.Tensor, low: number, high: number) =>
  tf.cast(tf.logicalAnd(tf.greater(y, low), tf.less(y, high)), "float32");

/** The part of tfjs' BatchNormalization that is used here. */
export interface StockBatchNormalization extends tf.layers.Layer {
  readonly epsilon: number;
  readonly momentum: number;
  readonly gamma?: tf.LayerVariable;
  readonly beta?: tf.LayerVariable;
  readonly movingMean: tf.LayerVariable;
  readonly movingVariance: tf.LayerVariable;
}

/** Whether a layer is a BatchNormalization, ours or tfjs' own, with `scale: false`. */
export function isUnscaled(layer: tf.layers.Layer): layer is StockBatchNormalization {
  return layer.getClassName() === "BatchNormalization" && !(layer as StockBatchNormalization).gamma;
}

/**
 * A normalisation without scale, by its averages: `(x − mean) / √(variance + ε) + β`.
 *
 * Under a gradient, tfjs' own layer fails: its operation saves the scale that there is not.
 */
export function normalizeUnscaled(layer: StockBatchNormalization, x: tf.Tensor): tf.Tensor {
  const mean = layer.movingMean.read() as tf.Tensor1D;
  const variance = layer.movingVariance.read() as tf.Tensor1D;
  const beta = layer.beta?.read() as tf.Tensor1D | undefined;
  return tf.batchNorm(x, mean, variance, beta, tf.onesLike(mean), layer.epsilon);
}

type BatchNormalizationArguments = Parameters<typeof tf.layers.batchNormalization>[0];

/**
 * Keras' BatchNormalization over the last axis: in inference mode whenever it is not `trainable`.
 *
 * tfjs' own layer ignores `trainable`: under `training: true` a frozen one still normalises with the
 * batch's statistics and moves its averages. This class keeps tfjs' class name and configuration and
 * is not registered, so a saved model says "BatchNormalization" and loads wherever tfjs or Keras is;
 * it is then tfjs' layer, with the same predictions.
 */
export class FrozenAwareBatchNormalization extends stockLayer<
  new (options: BatchNormalizationArguments) => StockBatchNormalization
>("BatchNormalization") {
  constructor(options: Omit<NonNullable<BatchNormalizationArguments>, "axis"> = {}) {
    super(options);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const [x] = Array.isArray(inputs) ? inputs : [inputs];
      if (options.training && this.trainable) return this.#normalizeAndLearn(present(x));
      return this.gamma
        ? super.call(inputs, { training: false }) as tf.Tensor
        : normalizeUnscaled(this, present(x));
    });
  }

  #normalizeAndLearn(x: tf.Tensor): tf.Tensor {
    const { shape } = this.movingMean;
    const gamma = this.gamma?.read() ?? tf.ones(shape as number[]);
    const beta = this.beta?.read() ?? tf.zeros(shape as number[]);
    return batchNormTraining(x, gamma, beta, {
      epsilon: this.epsilon,
      onStatistics: (mean, variance) => {
        this.#moveTowards(this.movingMean, mean);
        this.#moveTowards(this.movingVariance, variance);
      },
    });
  }

  /** `average ← average · momentum + value · (1 − momentum)` */
  #moveTowards(average: tf.LayerVariable, value: tf.Tensor): void {
    const kept = average.read().mul(this.momentum);
    average.write(kept.add(value.mul(1 - this.momentum)));
  }
}

/**
 * Keras' `ReLU(max_value=6)` with `relu6`'s gradient; saved under tfjs' own class name "ReLU".
 *
 * tfjs' layer is a relu and a clip, whose gradients take six operations of the tensor's full size.
 */
export class ReLU6 extends stockLayer<
  new (options: Parameters<typeof tf.layers.reLU>[0]) => tf.layers.Layer
>("ReLU") {
  constructor(options: { name?: string } = {}) {
    super({ ...options, maxValue: 6 });
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = Array.isArray(inputs) ? inputs : [inputs];
    return relu6(present(x));
  }
}
