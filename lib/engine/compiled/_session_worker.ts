/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/**
 * The worker in which ONNX Runtime computes.
 *
 * A run blocks the thread that it is called from; here it blocks nobody, so that the main thread decodes
 * the next images, draws the progress bar and answers Ctrl-C meanwhile.
 */
import * as ort from "onnxruntime-node";
import type {
  PortDescription,
  SessionCalls,
  SessionOptions,
  SessionReply,
  SessionRequest,
  StateBinding,
  WireTensor,
} from "papilio/engine/compiled/_session_protocol.ts";

interface OpenSession {
  session: ort.InferenceSession;
  state: readonly StateBinding[];
  outputNames: readonly string[];
}

/** A state tensor, and the memory that the next step writes to; they change places after each run. */
interface StateSlot {
  current: ort.Tensor;
  spare: ort.Tensor;
}

const sessions = new Map<number, OpenSession>();
const state = new Map<string, StateSlot>();
let sessionCount = 0;

type Handlers = {
  [K in keyof SessionCalls]: (...parameters: Parameters<SessionCalls[K]>) => unknown;
};

const handlers: Handlers = {
  async open(model: Uint8Array, options: SessionOptions) {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: ["cpu"],
      graphOptimizationLevel: "all",
      // Halves the memory of a training step at no cost in time.
      enableMemPattern: false,
      // What fails is thrown; the library need not print it as well.
      logSeverityLevel: 4,
      ...(options.threads > 0 ? { intraOpNumThreads: options.threads } : {}),
    });
    const stateOutputs = new Set(options.state.map((binding) => binding.outputName));
    const outputNames = session.outputNames.filter((name) => !stateOutputs.has(name));
    sessions.set(++sessionCount, { session, state: options.state, outputNames });
    return {
      session: sessionCount,
      inputs: session.inputMetadata.map(describePort),
      outputs: session.outputMetadata.map(describePort),
    };
  },

  async run(id: number, inputs: Record<string, WireTensor>) {
    const { session, state: bindings, outputNames } = sessions.get(id) as OpenSession;
    const feeds: Record<string, ort.Tensor> = {};
    const fetches: Record<string, ort.Tensor | null> = {};
    for (const [name, tensor] of Object.entries(inputs)) feeds[name] = toTensor(tensor);
    for (const name of outputNames) fetches[name] = null;
    const accepted = new Set(session.inputNames);
    for (const { key, inputName, outputName } of bindings) {
      const slot = state.get(key) as StateSlot;
      if (accepted.has(inputName)) feeds[inputName] = slot.current;
      if (outputName !== undefined) fetches[outputName] = slot.spare;
    }
    const results = await session.run(feeds, fetches);
    for (const { key, outputName } of bindings) {
      if (outputName === undefined) continue;
      const slot = state.get(key) as StateSlot;
      [slot.current, slot.spare] = [results[outputName] as ort.Tensor, slot.current];
    }
    return Object.fromEntries(
      outputNames.map((name) => [name, fromTensor(results[name] as ort.Tensor)]),
    );
  },

  async close(id: number) {
    const open = sessions.get(id);
    sessions.delete(id);
    await open?.session.release();
  },

  writeState(tensors: Record<string, WireTensor>) {
    for (const [key, tensor] of Object.entries(tensors)) {
      const spare = { ...tensor, data: tensor.data.slice() };
      state.set(key, { current: toTensor(tensor), spare: toTensor(spare) });
    }
  },

  dropState(keys: readonly string[]) {
    for (const key of keys) state.delete(key);
  },

  readState(keys: readonly string[]) {
    return Object.fromEntries(
      keys.map((key) => {
        const tensor = fromTensor((state.get(key) as StateSlot).current);
        return [key, { ...tensor, data: tensor.data.slice() }];
      }),
    );
  },
};

function toTensor({ type, dims, data }: WireTensor): ort.Tensor {
  return new ort.Tensor(type, data as Float32Array, dims);
}

function fromTensor({ type, dims, data }: ort.Tensor): WireTensor {
  return { type: type as WireTensor["type"], dims, data: data as Float32Array };
}

function describePort(metadata: ort.InferenceSession.ValueMetadata): PortDescription {
  const dims = metadata.isTensor ? [...metadata.shape] : [];
  return { name: metadata.name, dims };
}

self.onmessage = async ({ data }: MessageEvent<SessionRequest>) => {
  const { id, call, parameters } = data;
  let reply: SessionReply;
  try {
    const handler = handlers[call] as (...parameters: unknown[]) => unknown;
    reply = { id, result: await handler(...parameters) };
  } catch (error) {
    reply = { id, error: error instanceof Error ? error.message : String(error) };
  }
  self.postMessage(reply);
};
