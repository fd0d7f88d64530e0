import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { stockLayer } from "papilio/model/_stock_layer.ts";
import { enlargeBilinear, enlargeNearest, pixelShuffle } from "papilio/model/resizing.ts";

const onlyTensor = (inputs: tf.Tensor | tf.Tensor[]): tf.Tensor4D =>
  present([inputs].flat()[0]) as tf.Tensor4D;

/**
 * tfjs' and Keras' UpSampling2D by nearest neighbour, with a gradient that holds on every backend.
 *
 * Saved under its own class name "UpSampling2D", which loads wherever tfjs or Keras is.
 */
export class NearestUpSampling2D extends stockLayer<
  new (options: Parameters<typeof tf.layers.upSampling2d>[0]) => tf.layers.Layer
>("UpSampling2D") {
  readonly #factor: number;

  constructor({ factor, ...options }: { factor: number; name?: string }) {
    super({ ...options, size: [factor, factor], interpolation: "nearest" });
    this.#factor = factor;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => enlargeNearest(onlyTensor(inputs), this.#factor));
  }
}

type EnlargingArguments<Factor> = ConstructorParameters<typeof tf.layers.Layer>[0] & {
  factor: Factor;
};

/** What enlarges both sides by a factor, as a layer; it is registered, so that saved models load. */
abstract class Enlarging<Factor extends number> extends tf.layers.Layer {
  readonly factor: Factor;

  constructor(options: EnlargingArguments<Factor>) {
    super(options);
    this.factor = options.factor;
  }

  override computeOutputShape(shape: tf.Shape): tf.Shape {
    const [images = null, height, width, channels] = shape;
    const side = (pixels: number | null | undefined) => pixels ? pixels * this.factor : null;
    return [images, side(height), side(width), this.channelsOf(channels ?? 0)];
  }

  protected channelsOf(channels: number): number {
    return channels;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), factor: this.factor };
  }
}

/**
 * Bilinear upsampling with half-pixel centres, as Keras and PyTorch interpolate (`align_corners` false).
 *
 * It has a class name of its own, since tfjs' UpSampling2D interpolates otherwise.
 */
export class BilinearUpSampling2D extends Enlarging<2 | 4 | 8> {
  static className = "BilinearUpSampling2D";

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => enlargeBilinear(onlyTensor(inputs), this.factor));
  }
}

/** Channels laid out as pixels. */
export class PixelShuffle extends Enlarging<number> {
  static className = "PixelShuffle";

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => pixelShuffle(onlyTensor(inputs), this.factor));
  }

  protected override channelsOf(channels: number): number {
    return channels / this.factor ** 2;
  }
}

tf.serialization.registerClass(BilinearUpSampling2D);
tf.serialization.registerClass(PixelShuffle);
