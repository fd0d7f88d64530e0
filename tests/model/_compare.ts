import type * as tf from "@tensorflow/tfjs";

/** `‖actual − expected‖ / ‖expected‖` */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  const pairs = Array.from(expected, (value, i) => [value, actual[i] as number] as const);
  const difference = Math.hypot(...pairs.map(([value, other]) => other - value));
  return difference / Math.hypot(...pairs.map(([value]) => value));
}

/** The values of a tensor, which is then disposed. */
export function take(tensor: tf.Tensor): number[] {
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
}
