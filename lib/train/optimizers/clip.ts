import * as tf from "@tensorflow/tfjs";

/** PyTorch's; it matters to gradients near 0 alone. */
const leastNorm = 1e-6;

export interface ClippedGradients {
  gradients: Map<string, tf.Tensor>;
  /** Of all gradients together, before they were shortened. */
  norm: tf.Scalar;
}

/**
 * Gradients that are shortened together, their direction kept, if their common norm is too large.
 *
 * `g · min(1, maxNorm / (‖g‖ + 1e-6))` with `‖g‖ = √ΣΣg²` over all of them.
 *
 * Source: Pascanu 2013, algorithm 1, as `torch.nn.utils.clip_grad_norm_`.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { clipByGlobalNorm } from "papilio/train/optimizers/mod.ts";
 * await tf.setBackend("cpu");
 * const gradients = new Map([["a", tf.tensor1d([3])], ["b", tf.tensor1d([4])]]);
 * const clipped = clipByGlobalNorm(gradients, 1);
 * console.assert(Number(clipped.norm.dataSync()) === 5);
 * console.assert(Math.abs(Number(clipped.gradients.get("b")?.dataSync()) - 0.8) < 1e-6);
 * ```
 */
export function clipByGlobalNorm(
  gradients: ReadonlyMap<string, tf.Tensor>,
  maxNorm: number,
): ClippedGradients {
  const squares = [...gradients.values()].map((gradient) => tf.sum(tf.square(gradient)));
  const norm = tf.sqrt(tf.addN(squares)) as tf.Scalar;
  const factor = tf.minimum(tf.div(maxNorm, tf.add(norm, leastNorm)), 1);
  const shortened = [...gradients].map(([name, gradient]): [string, tf.Tensor] => [
    name,
    tf.mul(gradient, factor),
  ]);
  return { gradients: new Map(shortened), norm };
}
