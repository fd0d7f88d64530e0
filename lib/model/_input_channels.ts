import { present } from "papilio/core/assert.ts";
import type { WeightData } from "papilio/model/variables.ts";

export interface InputChannels {
  /** Of the images. */
  count: number;
  /** In which the weights have them. */
  order: "rgb" | "bgr";
}

/**
 * A first layer's weights for images of `count` channels, from those for RGB; others are left as they are.
 *
 * One channel gets the sum of the three, so that a grey image gives what it gives as RGB. Of several, each
 * gets red, green and blue by turns, times `3 / count`. Numbers of each channel (of a normalisation) are
 * repeated alike, without the factor.
 *
 * Source: segmentation_models.pytorch, encoders/_utils.py; timm, models/_manipulate.py: the same rule.
 */
export function forInputChannels(
  weight: WeightData,
  shape: readonly number[],
  { count, order }: InputChannels,
): WeightData {
  const axis = Math.max(0, shape.length - 2);
  const withRgb = shape.map((size, i) => i === axis ? 3 : size);
  if (count === 3 || shape[axis] !== count || weight.shape.join() !== withRgb.join()) return weight;
  const sourceOf = (channel: number) => order === "rgb" ? channel % 3 : 2 - channel % 3;
  const isKernel = shape.length > 1;
  const factor = isKernel ? 3 / count : 1;
  const filters = isKernel ? present(shape.at(-1)) : 1;
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) {
    const [filter, channel] = [i % filters, Math.floor(i / filters) % count];
    const start = 3 * filters * Math.floor(i / filters / count) + filter;
    const of = (source: number) => present(weight.data[start + source * filters]);
    data[i] = count === 1 ? of(0) + of(1) + of(2) : of(sourceOf(channel)) * factor;
  }
  return { shape, data };
}
