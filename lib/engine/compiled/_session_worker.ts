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
import { StateStore, toTensor } from "papilio/engine/compiled/_session_state.ts";

interface OpenSession {
  session: ort.InferenceSession;
  state: readonly StateBinding[];
  outputNames: readonly string[];
  /** Outputs that its steps leave on the graphics processor. */
  kept: ReadonlySet<string>;
}

const sessions = new Map<number, OpenSession>();
const state = new StateStore();
let sessionCount = 0;

type Handlers = {
  [K in keyof SessionCalls]: (...parameters: Parameters<SessionCalls[K]>) => unknown;
};

const handlers: Handlers = {
  async open(model: Uint8Array, options: SessionOptions) {
    const { device = "cpu", threads, state: bindings } = options;
    const kept = device === "webgpu" ? keptOutputs(bindings) : [];
    const session = await ort.InferenceSession.create(model, {
      ...sessionSettings(device, threads),
      preferredOutputLocation: Object.fromEntries(kept.map((name) => [name, "gpu-buffer"])),
    });
    const stateOutputs = new Set(bindings.map((binding) => binding.outputName));
    const outputNames = session.outputNames.filter((name) => !stateOutputs.has(name));
    sessions.set(++sessionCount, { session, state: bindings, outputNames, kept: new Set(kept) });
    return {
      session: sessionCount,
      inputs: session.inputMetadata.map(describePort),
      outputs: session.outputMetadata.map(describePort),
    };
  },

  async run(id: number, inputs: Record<string, WireTensor>) {
    const { session, state: bindings, outputNames, kept } = sessionOf(id);
    const feeds: Record<string, ort.Tensor> = {};
    const fetches: Record<string, ort.Tensor | null> = {};
    for (const [name, tensor] of Object.entries(inputs)) feeds[name] = toTensor(tensor);
    for (const name of outputNames) fetches[name] = null;
    const accepted = new Set(session.inputNames);
    for (const { key, inputName, outputName } of bindings) {
      if (accepted.has(inputName)) feeds[inputName] = state.read(key);
      if (outputName === undefined) continue;
      fetches[outputName] = kept.has(outputName) ? null : state.memoryFor(key);
    }
    const results = await session.run(feeds, fetches);
    for (const { key, outputName } of bindings) {
      if (outputName !== undefined) state.replace(key, results[outputName] as ort.Tensor);
    }
    return Object.fromEntries(
      outputNames.map((name) => [name, toOutput(results[name] as ort.Tensor)]),
    );
  },

  async close(id: number) {
    const open = sessions.get(id);
    if (!open) return;
    // The memory of what it left on the device may go with it.
    if (open.kept.size > 0) await state.bringHome();
    sessions.delete(id);
    await open.session.release();
  },

  writeState(tensors: Record<string, WireTensor>) {
    for (const [key, tensor] of Object.entries(tensors)) state.write(key, tensor);
  },

  dropState(keys: readonly string[]) {
    for (const key of keys) state.drop(key);
  },

  async readState(keys: readonly string[]) {
    await state.bringHome(keys);
    return Object.fromEntries(
      keys.map((key) => {
        const { type, dims, data } = state.read(key);
        return [key, { type, dims, data: (data as Float32Array).slice() }];
      }),
    );
  },
};

/** Numbers stay on the device from step to step: the way to it and back is longer than a step. */
function keptOutputs(bindings: readonly StateBinding[]): string[] {
  const numbers = bindings.filter(({ key }) => state.read(key).type === "float32");
  return numbers.flatMap(({ outputName }) => outputName === undefined ? [] : [outputName]);
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
