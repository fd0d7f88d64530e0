import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import type {
  CompiledStep,
  Engine,
  OutputData,
  StepFunction,
  StepSignature,
  TensorData,
  TensorSpecification,
} from "papilio/engine/engine.ts";

/**
 * Runs step functions as they are, on a tfjs backend.
 *
 * State lives in the tfjs variables themselves, so `pull` and `push` have nothing to do.
 */
export class EagerEngine implements Engine {
  readonly name: string;
  readonly description: string;

  private constructor(backend: string) {
    this.name = backend;
    this.description = `tfjs ${tf.version_core}, backend ${backend}`;
  }

  /** The engine on a registered tfjs backend; `"cpu"` is always there: exact, and very slow. */
  static async create(backend = "cpu"): Promise<EagerEngine> {
    tf.enableProdMode(); // No advice to install another backend.
    await tf.setBackend(backend);
    await tf.ready();
    return new EagerEngine(backend);
  }

  compile(step: StepFunction, signature: StepSignature): Promise<CompiledStep> {
    return Promise.resolve({
      signature,
      run: (inputs) => this.#run(step, signature, inputs),
      dispose: () => Promise.resolve(),
    });
  }

  async #run(
    step: StepFunction,
    signature: StepSignature,
    inputs: Record<string, TensorData>,
  ): Promise<Record<string, OutputData>> {
    await tf.setBackend(this.name);
    const outputs = tf.tidy(() => {
      const given = Object.entries(signature.inputs).map(([name, specification]) =>
        [name, toTensor(present(inputs[name], `input ${name}`), specification)] as const
      );
      const results = Object.entries(step(Object.fromEntries(given)));
      // An output may be a variable, or one tensor under two names: only the copies are disposed of.
      return Object.fromEntries(results.map(([name, tensor]) => [name, tf.clone(tensor)]));
    });
    const read = Object.entries(outputs).map(async ([name, tensor]) => {
      const data = Float32Array.from(await tensor.data());
      const shape = tensor.shape;
      tensor.dispose();
      return [name, { shape, data }] as const;
    });
    return Object.fromEntries(await Promise.all(read));
  }

  pull(): Promise<void> {
    return Promise.resolve();
  }

  push(): Promise<void> {
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

function toTensor(data: TensorData, { shape, dtype = "float32" }: TensorSpecification): tf.Tensor {
  return dtype === "int32"
    ? tf.tensor(data, [...shape], "int32")
    : tf.tensor(Float32Array.from(data), [...shape], "float32");
}
