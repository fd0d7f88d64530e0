import * as tf from "@tensorflow/tfjs";
import { OnnxEngine } from "papilio/engine/compiled/onnx_engine.ts";
import type { StepFunction } from "papilio/engine/engine.ts";

/** The relative L2 distance `‖a − b‖ / ‖b‖`; the absolute one where b is zero. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let difference = 0;
  let size = 0;
  for (let i = 0; i < a.length; i++) {
    difference += ((a[i] as number) - (b[i] as number)) ** 2;
    size += (b[i] as number) ** 2;
  }
  const distance = Math.sqrt(difference);
  return Number.isNaN(distance) ? Infinity : size > 0 ? distance / Math.sqrt(size) : distance;
}

/** Runs work with an engine that is closed afterwards. */
export async function withOnnxEngine<R>(work: (engine: OnnxEngine) => Promise<R>): Promise<R> {
  tf.enableProdMode();
  await tf.setBackend("cpu");
  const engine = await OnnxEngine.create({ threads: 1 });
  try {
    return await work(engine);
  } finally {
    await engine.dispose();
  }
}

/** The largest relative error of a step's outputs, compiled against eager cpu, on the same inputs. */
export async function compareWithCpu(
  engine: OnnxEngine,
  step: StepFunction,
  inputs: Record<string, tf.Tensor>,
  variables: tf.Variable[] = [],
): Promise<number> {
  const signature = {
    name: "comparison",
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, tensor]) => [
        name,
        { shape: tensor.shape, dtype: tensor.dtype as "float32" | "int32" },
      ]),
    ),
    variables,
  };
  const compiled = await engine.compile(step, signature);
  const data = Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, tensor.dataSync() as Float32Array]),
  );
  const got = await compiled.run(data);
  await compiled.dispose();
  const expected = tf.tidy(() =>
    Object.entries(step(inputs)).map(([name, tensor]) => ({
      name,
      shape: tensor.shape,
      data: Float32Array.from(tensor.dataSync()),
    }))
  );
  return Math.max(...expected.map(({ name, shape, data }) => {
    const output = got[name];
    if (!output || output.shape.join() !== shape.join()) return Infinity;
    return relativeError(output.data, data);
  }));
}

/** A convolution whose filter takes a gradient step; a compiled one keeps it in another layout. */
export function learningStep(filter: tf.Variable): StepFunction {
  return ({ x }) => {
    const loss = () =>
      tf.mean(
        tf.square(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "same")),
      ) as tf.Scalar;
    const { value, grads } = tf.variableGrads(loss, [filter]);
    filter.assign(tf.sub(filter, grads[filter.name] as tf.Tensor));
    return { loss: value };
  };
}

/** The same filter each time. */
export const newFilter = () => tf.variable(tf.randomNormal([3, 3, 2, 4], 0, 1, "float32", 3));
/** Two images for it. */
export const image = Float32Array.from({ length: 2 * 6 * 6 * 2 }, (_, i) => Math.sin(1 + 0.7 * i));
export const inputs = (batch = 2) => ({ x: { shape: [batch, 6, 6, 2] } });
