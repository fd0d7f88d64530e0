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
  WireOutput,
  WireTensor,
} from "papilio/engine/compiled/_session_protocol.ts";
import { sessionSettings } from "papilio/engine/compiled/_session_settings.ts";

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
    const settings = sessionSettings(options.device ?? "cpu", options.threads);
    const session = await ort.InferenceSession.create(model, settings);
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
    const { session, state: bindings, outputNames } = sessionOf(id);
    const feeds: Record<string, ort.Tensor> = {};
    const fetches: Record<string, ort.Tensor | null> = {};
    for (const [name, tensor] of Object.entries(inputs)) feeds[name] = toTensor(tensor);
    for (const name of outputNames) fetches[name] = null;
    const accepted = new Set(session.inputNames);
    for (const { key, inputName, outputName } of bindings) {
      const slot = slotOf(key);
      if (accepted.has(inputName)) feeds[inputName] = slot.current;
      if (outputName !== undefined) fetches[outputName] = slot.spare;
    }
    const results = await session.run(feeds, fetches);
    for (const { key, outputName } of bindings) {
      if (outputName === undefined) continue;
      const slot = slotOf(key);
      [slot.current, slot.spare] = [results[outputName] as ort.Tensor, slot.current];
    }
    return Object.fromEntries(
      outputNames.map((name) => [name, toOutput(results[name] as ort.Tensor)]),
    );
  },

  async close(id: number) {
    const open = sessions.get(id);
    sessions.delete(id);
    await open?.session.release();
  },

  writeState(tensors: Record<string, WireTensor>) {
    for (const [key, tensor] of Object.entries(tensors)) {
      // Both are copies: variables that share a tensor arrive with one array between them.
      state.set(key, { current: copyOf(tensor), spare: copyOf(tensor) });
    }
  },

  dropState(keys: readonly string[]) {
    for (const key of keys) state.delete(key);
  },

  readState(keys: readonly string[]) {
    return Object.fromEntries(
      keys.map((key) => {
        const { type, dims, data } = slotOf(key).current;
        return [key, { type, dims, data: (data as Float32Array).slice() }];
      }),
    );
  },
};

function toTensor({ type, dims, data }: WireTensor): ort.Tensor {
  return new ort.Tensor(type, data as Float32Array, dims);
}

function copyOf(tensor: WireTensor): ort.Tensor {
  return toTensor({ ...tensor, data: tensor.data.slice() });
}

function toOutput({ dims, data }: ort.Tensor): WireOutput {
  if (data instanceof Float32Array) return { dims, data };
  return { dims, data: Float32Array.from(data as Int32Array | BigInt64Array, Number) };
}

function sessionOf(id: number): OpenSession {
  const open = sessions.get(id);
  if (!open) throw new Error("this step has been disposed");
  return open;
}

function slotOf(key: string): StateSlot {
  const slot = state.get(key);
  if (!slot) throw new Error("a variable of this step has been disposed");
  return slot;
}

function describePort(metadata: ort.InferenceSession.ValueMetadata): PortDescription {
  const dims = metadata.isTensor ? [...metadata.shape] : [];
  return { name: metadata.name, dims };
}

async function answer({ id, call, parameters }: SessionRequest): Promise<void> {
  let reply: SessionReply;
  try {
    const handler = handlers[call] as (...parameters: unknown[]) => unknown;
    reply = { id, result: await handler(...parameters) };
  } catch (error) {
    reply = { id, error: error instanceof Error ? error.message : String(error) };
  }
  self.postMessage(reply);
}

/** Calls that overlap wait for each other: a run must find the state that the one before has left. */
let answered = Promise.resolve();
self.onmessage = ({ data }: MessageEvent<SessionRequest>) => {
  answered = answered.then(() => answer(data));
};
