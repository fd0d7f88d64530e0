import * as ort from "onnxruntime-node";
import type { WireTensor } from "papilio/engine/compiled/_session_protocol.ts";
import { encodeOnnx, type OnnxGraph, onnxType } from "papilio/engine/compiled/onnx.ts";

/** A state tensor, and memory that the next step may write to. */
interface Slot {
  current: ort.Tensor;
  /** Missing for a tensor on a graphics processor, where each step takes new memory. */
  spare?: ort.Tensor;
}

/** The tensors that live on from step to step, in memory or on a graphics processor. */
export class StateStore {
  readonly #slots = new Map<string, Slot>();

  write(key: string, tensor: WireTensor): void {
    this.drop(key);
    // Both are copies: variables that share a tensor arrive with one array between them.
    this.#slots.set(key, { current: copyOf(tensor), spare: copyOf(tensor) });
  }

  read(key: string): ort.Tensor {
    return this.#slotOf(key).current;
  }

  /** Where a step may write the new value; `null`: where it likes. */
  memoryFor(key: string): ort.Tensor | null {
    return this.#slotOf(key).spare ?? null;
  }

  /** Takes what a step has written, to `memoryFor` or elsewhere. */
  replace(key: string, tensor: ort.Tensor): void {
    const { current } = this.#slotOf(key);
    const isHere = tensor.location === "cpu" && current.location === "cpu";
    this.#slots.set(key, isHere ? { current: tensor, spare: current } : { current: tensor });
    if (!isHere) free(current);
  }

  drop(key: string): void {
    const slot = this.#slots.get(key);
    if (slot) free(slot.current);
    this.#slots.delete(key);
  }

  /** Copies what lies on a graphics processor into memory. */
  async bringHome(keys: Iterable<string> = this.#slots.keys()): Promise<void> {
    const away = [...keys].filter((key) => this.read(key).location !== "cpu");
    if (away.length === 0) return;
    const copies = await download(away.map((key) => this.read(key)));
    away.forEach((key, index) => this.replace(key, copies[index] as ort.Tensor));
  }

  #slotOf(key: string): Slot {
    const slot = this.#slots.get(key);
    if (!slot) throw new Error("a variable of this step has been disposed");
    return slot;
  }
}

export function toTensor({ type, dims, data }: WireTensor): ort.Tensor {
  return new ort.Tensor(type, data as Float32Array, dims);
}

function copyOf(tensor: WireTensor): ort.Tensor {
  return toTensor({ ...tensor, data: tensor.data.slice() });
}

function free(tensor: ort.Tensor): void {
  if (tensor.location !== "cpu") tensor.dispose();
}

/** By a graph that hands its inputs through: `Tensor.getData` of onnxruntime-node 1.30 ends the process. */
async function download(tensors: readonly ort.Tensor[]): Promise<ort.Tensor[]> {
  const session = await ort.InferenceSession.create(encodeOnnx(identities(tensors)), {
    executionProviders: ["webgpu"],
    logSeverityLevel: 4,
  });
  const feeds = Object.fromEntries(tensors.map((tensor, index) => [`there:${index}`, tensor]));
  const results = await session.run(feeds);
  await session.release();
  return tensors.map((_, index) => results[`here:${index}`] as ort.Tensor);
}

function identities(tensors: readonly ort.Tensor[]): OnnxGraph {
  const ports = (place: string) =>
    tensors.map(({ dims }, index) => ({ name: `${place}:${index}`, type: onnxType.float32, dims }));
  const nodes = tensors.map((_, index) => ({
    name: `copy:${index}`,
    operator: "Identity",
    inputs: [`there:${index}`],
    outputs: [`here:${index}`],
    attributes: {},
  }));
  return { nodes, initializers: [], inputs: ports("there"), outputs: ports("here") };
}
