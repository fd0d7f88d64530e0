import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { mirror } from "papilio/model/resizing.ts";

/** Pixels before and after, along rows and columns; as tfjs' ZeroPadding2D and Cropping2D have them. */
export type Margins = [rows: [before: number, after: number], columns: [number, number]];

/** Margins that make a side a multiple of the stride, as equal as they can be. */
export function marginsUpTo(stride: number, sidePx: number): Margins {
  const missing = (stride - sidePx % stride) % stride;
  const margin = Math.floor(missing / 2);
  return [[margin, missing - margin], [margin, missing - margin]];
}

/**
 * Feature maps with a mirror image around them, the border's own pixels first.
 *
 * A layer of its own, as neither tfjs nor Keras has one; it is registered, so that saved models load.
 */
export class MirrorPadding2D extends tf.layers.Layer {
  static className = "MirrorPadding2D";
  readonly margins: Margins;

  constructor(options: ConstructorParameters<typeof tf.layers.Layer>[0] & { padding: Margins }) {
    super(options);
    this.margins = options.padding;
  }

  override computeOutputShape([images = null, height, width, channels = null]: tf.Shape): tf.Shape {
    const side = (pixels: number | null | undefined, [before, after]: [number, number]) =>
      pixels ? before + pixels + after : null;
    return [images, side(height, this.margins[0]), side(width, this.margins[1]), channels];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = present([inputs].flat()[0]) as tf.Tensor4D;
    return tf.tidy(() => mirror(mirror(x, 1, this.margins[0]), 2, this.margins[1]));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), padding: this.margins };
  }
}

tf.serialization.registerClass(MirrorPadding2D);
