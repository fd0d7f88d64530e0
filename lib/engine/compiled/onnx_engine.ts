import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { counted } from "papilio/core/text.ts";
import { arrange, inverse, permuteData } from "papilio/engine/compiled/_arrays.ts";
import { SessionClient } from "papilio/engine/compiled/_session_client.ts";
import {
  decomposesFor,
  deviceTitle,
  type OnnxDevice,
} from "papilio/engine/compiled/_session_settings.ts";
import type { StateBinding, WireTensor } from "papilio/engine/compiled/_session_protocol.ts";
import type { Layout } from "papilio/engine/compiled/_value.ts";
import { encodeOnnx } from "papilio/engine/compiled/onnx.ts";
import { type TracedStep, traceStep } from "papilio/engine/compiled/trace.ts";
import type {
  CompiledStep,
  Engine,
  OutputData,
  StepFunction,
  StepSignature,
  TensorData,
} from "papilio/engine/engine.ts";

export interface OnnxEngineOptions {
  /** Threads that compute; 0: as many as there are processors. */
  threads?: number;
  /** Where it computes; `"cpu"` if not given. */
  device?: OnnxDevice | undefined;
  /** The name of a graphics processor, for people. */
  deviceName?: string | undefined;
}

/**
 * Compiles step functions into ONNX graphs and runs them with ONNX Runtime.
 *
 * The state (weights, optimizer slots) stays in the runtime's memory from step to step, in the order of
 * axes that its graphs work in; `pull` and `push` translate. Compiled steps that list the same variable
 * share its state.
 */
export class OnnxEngine implements Engine {
  readonly name = "onnx";
  readonly device: OnnxDevice;
  readonly description: string;
  readonly #threads: number;
  readonly #client = new SessionClient();
  readonly #layouts = new Map<tf.Variable, Layout>();

  private constructor({ threads = 0, device = "cpu", deviceName }: OnnxEngineOptions) {
    this.#threads = threads;
    this.device = device;
    const used = threads || navigator.hardwareConcurrency;
    this.description = device === "cpu"
      ? `ONNX Runtime, CPU, ${counted(used, "thread")}`
      : `ONNX Runtime, ${deviceTitle[device]}${deviceName ? `, ${deviceName}` : ""}`;
  }

  /** @throws {PapilioError} if the device does not compute. */
  static async create(options: OnnxEngineOptions = {}): Promise<OnnxEngine> {
    tf.enableProdMode(); // No advice to install another backend.
    // Variables need a backend to live on; it computes nothing.
    if (!tf.getBackend()) await tf.setBackend("cpu");
    await tf.ready();
    const engine = new OnnxEngine(options);
    if (engine.device !== "cpu") await engine.#tryOut();
    return engine;
  }

  /** A device that is there on paper may refuse: an old driver, a library that is missing. */
  async #tryOut(): Promise<void> {
    const step: StepFunction = ({ x }) => ({ y: tf.relu(present(x)) });
    try {
      const compiled = await this.compile(step, {
        name: "try",
        inputs: { x: { shape: [1] } },
        variables: [],
      });
      await compiled.run({ x: Float32Array.of(1) });
      await compiled.dispose();
    } catch (cause) {
      await this.dispose();
      throw new PapilioError({
        cannot: `compute with ${this.description}`,
        expected: "a device that ONNX Runtime takes",
        got: messageOf(cause instanceof PapilioError ? cause.cause : cause),
        remedy: "Update the graphics driver, or give --device cpu.",
        cause,
      });
    }
  }

  async compile(step: StepFunction, signature: StepSignature): Promise<CompiledStep> {
    await this.#forgetDisposed();
    await this.pull((signature.constants ?? []).filter((variable) => this.#layouts.has(variable)));
    const traced = traceStep(step, signature, {
      layouts: this.#layouts,
      decomposes: decomposesFor(this.device),
    });
    const fresh = traced.variables.filter(({ variable }) => !this.#layouts.has(variable));
    for (const { variable, layout } of fresh) this.#layouts.set(variable, layout);
    await this.push(fresh.map(({ variable }) => variable));
    const session = await this.#open(traced, signature.name);
    return {
      signature,
      run: (inputs) => this.#run(session, signature, traced, inputs),
      dispose: async () => {
        if (!this.#client.hasEnded) await this.#client.call("close", session);
      },
    };
  }

  async #open({ graph, variables }: TracedStep, stepName: string): Promise<number> {
    const options = {
      threads: this.#threads,
      device: this.device,
      state: variables.map(stateBinding),
    };
    try {
      return (await this.#client.call("open", encodeOnnx(graph), options)).session;
    } catch (cause) {
      throw new PapilioError({
        cannot: `compile the step "${stepName}"`,
        expected: "a graph that ONNX Runtime takes",
        got: messageOf(cause),
        remedy: this.device === "cpu"
          ? "Use an eager engine, and correct the kernel's translation."
          : "Give --device cpu: this device lacks an operator of the step.",
        cause,
      });
    }
  }

  /** A phase's optimizer is gone with the phase: so is its state. */
  async #forgetDisposed(): Promise<void> {
    const disposed = [...this.#layouts.keys()].filter((variable) => variable.isDisposed);
    for (const variable of disposed) this.#layouts.delete(variable);
    await this.#client.call("dropState", disposed.map(stateKey));
  }

  async #run(
    session: number,
    { inputs: specifications }: StepSignature,
    traced: TracedStep,
    inputs: Record<string, TensorData>,
  ): Promise<Record<string, OutputData>> {
    const wire = Object.entries(specifications).map(([name, { shape, dtype = "float32" }]) => {
      const data = present(inputs[name], `input ${name}`);
      return [name, { type: dtype, dims: shape, data }] as const;
    });
    const results = await this.#client.call("run", session, Object.fromEntries(wire));
    return Object.fromEntries(
      Object.entries(results).map(([name, { data }]) => [
        name,
        { shape: present(traced.outputs[name]), data },
      ]),
    );
  }

  async pull(variables: readonly tf.Variable[]): Promise<void> {
    const known = variables.filter((variable) => this.#layouts.has(variable));
    const state = await this.#client.call("readState", known.map(stateKey));
    for (const variable of known) {
      const { dims, data } = present(state[stateKey(variable)]);
      const natural = permuteData(data, dims, inverse(present(this.#layouts.get(variable))));
      tf.tidy(() => variable.assign(tf.tensor(natural, variable.shape, variable.dtype)));
    }
  }

  async push(variables: readonly tf.Variable[]): Promise<void> {
    const entries = variables.flatMap((variable): [string, WireTensor][] => {
      const layout = this.#layouts.get(variable);
      if (!layout) return []; // No graph has it yet; it is read when one is compiled.
      const data = permuteData(variable.dataSync<"float32">(), variable.shape, layout);
      const type = variable.dtype as WireTensor["type"];
      return [[stateKey(variable), { type, dims: arrange(variable.shape, layout), data }]];
    });
    await this.#client.call("writeState", Object.fromEntries(entries));
  }

  dispose(): Promise<void> {
    this.#client.dispose();
    return Promise.resolve();
  }
}

function stateKey(variable: tf.Variable): string {
  return String(variable.id);
}

function stateBinding(
  { variable, inputName, outputName }: TracedStep["variables"][number],
): StateBinding {
  const output = outputName === undefined ? {} : { outputName };
  return { key: stateKey(variable), inputName, ...output };
}
