import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import type {
  CompiledStep,
  Engine,
  OutputData,
  StepFunction,
  StepSignature,
  TensorData,
  TensorSpecification,
} from "papilio/engine/engine.ts";

export interface EagerEngineOptions {
  /** Instead of tfjs' version and the backend's name. */
  description?: string;
  /** Where the backend computes, if its name does not say so. */
  device?: string;
  /** Throws what went wrong on the device, if it tells of it apart from its results. */
  check?: () => void;
  /** Gives back what the backend holds; the engine's variables can be read before and after. */
  release?: () => Promise<void>;
}

/**
 * Runs step functions as they are, on a tfjs backend.
 *
 * State lives in the tfjs variables themselves. The backend is tfjs' active one only while a step
 * computes, so that engines on several backends may live side by side.
 */
export class EagerEngine implements Engine {
  readonly name: string;
  readonly device: string;
  readonly description: string;
  readonly #options: EagerEngineOptions;
  /** Those whose values may lie in the backend's memory. */
  readonly #variables = new Set<tf.Variable>();
  #last: Promise<unknown> = Promise.resolve();
  #hasEnded = false;

  private constructor(backend: string, options: EagerEngineOptions) {
    this.name = backend;
    this.device = options.device ?? backend;
    this.#options = options;
    this.description = options.description ?? `tfjs ${tf.version_core}, backend ${backend}`;
  }

  /** The engine on a registered tfjs backend; `"cpu"` is always there: exact, and very slow. */
  static async create(backend = "cpu", options: EagerEngineOptions = {}): Promise<EagerEngine> {
    tf.enableProdMode(); // No advice to install another backend.
    // Variables need a backend to be made on, and those of this one need not be ready yet.
    if (!tf.getBackend()) await tf.setBackend("cpu");
    await tf.ready();
    const home = tf.getBackend();
    await tf.setBackend(backend);
    await tf.setBackend(home);
    return new EagerEngine(backend, options);
  }

  compile(step: StepFunction, signature: StepSignature): Promise<CompiledStep> {
    let isDisposed = false;
    for (const variable of this.#variables) {
      if (variable.isDisposed) this.#variables.delete(variable);
    }
    for (const variable of [...signature.variables, ...signature.constants ?? []]) {
      this.#variables.add(variable);
    }
    return Promise.resolve({
      signature,
      run: (inputs) =>
        this.#inTurn(() => {
          if (isDisposed) throw new Error("this step has been disposed");
          const { variables, constants = [] } = signature;
          if ([...variables, ...constants].some((variable) => variable.isDisposed)) {
            throw new Error("a variable of this step has been disposed");
          }
          return this.#run(step, signature, inputs);
        }),
      dispose: () => {
        isDisposed = true;
        return Promise.resolve();
      },
    });
  }

  /** Begins work when all that was asked for before is done. */
  #inTurn<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#last.then(() => {
      if (this.#hasEnded) throw new Error(`the engine ${this.name} was ended`);
      return work();
    });
    this.#last = result.catch(() => {});
    return result;
  }

  async #run(
    step: StepFunction,
    signature: StepSignature,
    inputs: Record<string, TensorData>,
  ): Promise<Record<string, OutputData>> {
    const outputs = onBackend(this.name, () =>
      tf.tidy(() => {
        const given = Object.entries(signature.inputs).map(([name, specification]) =>
          [name, toTensor(name, present(inputs[name], `input ${name}`), specification)] as const
        );
        const results = Object.entries(step(Object.fromEntries(given)));
        // An output may be a variable, or one tensor under two names: only the copies are disposed of.
        return Object.fromEntries(results.map(([name, tensor]) => [name, tf.clone(tensor)]));
      }));
    try {
      const read = Object.entries(outputs).map(async ([name, tensor]) =>
        [name, { shape: tensor.shape, data: Float32Array.from(await tensor.data()) }] as const
      );
      return Object.fromEntries(await Promise.all(read));
    } finally {
      tf.dispose(outputs);
      this.#options.check?.();
    }
  }

  /** Afterwards `dataSync` gives the variables' values, on backends that cannot wait for them too. */
  pull(variables: readonly tf.Variable[]): Promise<void> {
    return this.#inTurn(async () => {
      await Promise.all(variables.map((variable) => variable.data()));
      this.#options.check?.();
    });
  }

  /** A step reads the variables themselves: what they were assigned is there already. */
  push(): Promise<void> {
    return this.#inTurn(() => Promise.resolve());
  }

  async dispose(): Promise<void> {
    if (this.#hasEnded) return;
    const last = this.#last;
    this.#hasEnded = true;
    await last;
    if (!this.#options.release) return;
    await this.#bringHome();
    await this.#options.release();
  }

  /** Moves the variables that are still in use to tfjs' active backend, before this one is gone. */
  async #bringHome(): Promise<void> {
    for (const variable of this.#variables) {
      if (variable.isDisposed) continue;
      const data = (await variable.data()).slice();
      tf.tidy(() => variable.assign(tf.tensor(data, variable.shape, variable.dtype)));
    }
    this.#variables.clear();
  }
}

/** Does work on a backend that is ready, and returns to the one before: all at once, without waiting. */
function onBackend<R>(backend: string, work: () => R): R {
  const before = tf.getBackend();
  tf.setBackend(backend);
  try {
    return work();
  } finally {
    tf.setBackend(before);
  }
}

function toTensor(
  name: string,
  data: TensorData,
  { shape, dtype = "float32" }: TensorSpecification,
): tf.Tensor {
  const size = tf.util.sizeFromShape([...shape]);
  if (data.length !== size) {
    throw new PapilioError({
      cannot: `run a step`,
      expected: `${size} values of shape [${shape}] for the input ${name}`,
      got: `${data.length}`,
      remedy: "Give an array of the input's whole shape.",
    });
  }
  return dtype === "int32"
    ? tf.tensor(data, [...shape], "int32")
    : tf.tensor(Float32Array.from(data), [...shape], "float32");
}
