import * as tf from "@tensorflow/tfjs";
import golden from "../../golden/optimizers/optimizers.json" with { type: "json" };

export { golden };

/** The numbers of a layer's kernel `[2, 3]` and bias `[3]`. */
export interface LayerNumbers {
  kernel: number[];
  bias: number[];
}

const names = ["kernel", "bias"] as const;

export function tensorsOf(numbers: LayerNumbers): Map<string, tf.Tensor> {
  return new Map<string, tf.Tensor>([
    ["dense/kernel", tf.tensor2d(numbers.kernel, [2, 3])],
    ["dense/bias", tf.tensor1d(numbers.bias)],
  ]);
}

/** The weights at the start, as variables. */
export function startWeights(): Map<string, tf.Variable> {
  return new Map(
    [...tensorsOf(golden.start)].map(([name, tensor]) => {
      const variable = tf.variable(tensor);
      tensor.dispose();
      return [name, variable];
    }),
  );
}

/** The largest difference of weights from expected numbers. */
export function distance(weights: ReadonlyMap<string, tf.Tensor>, expected: LayerNumbers): number {
  return Math.max(...names.flatMap((name) => {
    const values = [...weights.get(`dense/${name}`)?.dataSync() ?? []];
    if (values.length !== expected[name].length) return [Infinity];
    return values.map((value, i) => Math.abs(value - (expected[name][i] ?? NaN)));
  }));
}
