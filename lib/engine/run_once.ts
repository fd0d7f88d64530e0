import type * as tf from "@tensorflow/tfjs";
import type { Engine, OutputData, StepFunction, TensorData } from "papilio/engine/engine.ts";

/** An input by its values; bytes arrive in the step as float32 with values 0…255. */
export interface GivenInput {
  shape: readonly number[];
  data: TensorData;
}

export interface OnceOptions {
  /** Those that the step may assign; they have their new values afterwards. */
  variables?: readonly tf.Variable[];
  /** Those that it only reads. */
  constants?: readonly tf.Variable[];
}

/**
 * What a step returns for these inputs, compiled for one run.
 *
 * For a look into a network; what runs again and again is compiled once, by the engine itself.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
 * import { runOnce } from "papilio/engine/run_once.ts";
 * const engine = await EagerEngine.create();
 * const step = ({ x }: Record<string, tf.Tensor>) => ({ twice: tf.mul(x as tf.Tensor, 2) });
 * const { twice } = await runOnce(engine, step, { x: { shape: [2], data: new Uint8Array([1, 3]) } });
 * console.assert(twice?.data.join() === "2,6");
 * ```
 */
export async function runOnce(
  engine: Engine,
  step: StepFunction,
  inputs: Readonly<Record<string, GivenInput>>,
  { variables = [], constants = [] }: OnceOptions = {},
): Promise<Record<string, OutputData>> {
  const entries = Object.entries(inputs);
  const compiled = await engine.compile(step, {
    name: "once",
    inputs: Object.fromEntries(
      entries.map(([name, { shape, data }]) => [name, { shape, dtype: dtypeOf(data) }]),
    ),
    variables,
    constants,
  });
  try {
    const data = Object.fromEntries(entries.map(([name, { data }]) => [name, data]));
    const outputs = await compiled.run(data);
    await engine.pull(variables);
    return outputs;
  } finally {
    await compiled.dispose();
  }
}

function dtypeOf(data: TensorData): "float32" | "int32" | "uint8" {
  if (data instanceof Uint8Array) return "uint8";
  return data instanceof Int32Array ? "int32" : "float32";
}
