import type { OnnxDevice } from "papilio/engine/compiled/_session_settings.ts";
import type { TensorData } from "papilio/engine/engine.ts";

/** A tensor on its way between the main thread and the worker that computes. */
export interface WireTensor {
  type: "float32" | "int32" | "uint8" | "bool";
  dims: readonly number[];
  data: TensorData;
}

/** An input and output of a graph that carry state from one run to the next. */
export interface StateBinding {
  /** Under which the worker keeps the tensor; graphs with the same key share it. */
  key: string;
  inputName: string;
  outputName?: string;
}

export interface SessionOptions {
  /** Threads that compute; 0: as many as there are processors. */
  threads: number;
  /** `"cpu"` if not given. */
  device?: OnnxDevice | undefined;
  state: readonly StateBinding[];
}

/** What an opened graph says of an input or output; a string is a symbolic dimension. */
export interface PortDescription {
  name: string;
  dims: (number | string)[];
}

/** What a run gives back: numbers of any type as float32. */
export interface WireOutput {
  dims: readonly number[];
  data: Float32Array;
}

/** What the main thread asks, and what it gets back. */
export interface SessionCalls {
  open(model: Uint8Array, options: SessionOptions): {
    session: number;
    inputs: PortDescription[];
    outputs: PortDescription[];
  };
  run(session: number, inputs: Record<string, WireTensor>): Record<string, WireOutput>;
  close(session: number): void;
  writeState(tensors: Record<string, WireTensor>): void;
  dropState(keys: readonly string[]): void;
  readState(keys: readonly string[]): Record<string, WireTensor>;
}

export interface SessionRequest {
  id: number;
  call: keyof SessionCalls;
  parameters: unknown[];
}

export type SessionReply = { id: number; result: unknown } | { id: number; error: string };
