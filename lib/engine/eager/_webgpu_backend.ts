import * as tf from "@tensorflow/tfjs";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { PapilioError } from "papilio/core/errors.ts";

/** A use of the backend; all uses share one device. */
export interface BackendUse {
  /** Throws what the device found fault with since the last time: it tells apart from its results. */
  check: () => void;
  /** The last use gives the device back. */
  release: () => Promise<void>;
}

interface OpenDevice {
  device: GPUDevice;
  uses: number;
  failure?: { message: string; isMemory: boolean };
}

let open: Promise<OpenDevice> | undefined;

/** Registers tfjs' backend `"webgpu"` on a device of this adapter, or joins it where there is one. */
export async function openBackend(adapter: GPUAdapter): Promise<BackendUse> {
  open ??= register(adapter);
  const state = await open.catch((error) => {
    open = undefined;
    throw error;
  });
  state.uses++;
  let isReleased = false;
  return {
    check: () => throwFailure(state),
    release: () => {
      if (!isReleased && --state.uses === 0) close(state);
      isReleased = true;
      return Promise.resolve();
    },
  };
}

function close({ device }: OpenDevice): void {
  open = undefined;
  tf.removeBackend("webgpu");
  device.destroy();
}

async function register(adapter: GPUAdapter): Promise<OpenDevice> {
  // Loaded here alone, so that other engines do not pay for it.
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
  const device = await adapter.requestDevice({ requiredLimits: limitsOf(adapter) });
  const state: OpenDevice = { device, uses: 0 };
  device.addEventListener("uncapturederror", (event) => {
    event.preventDefault();
    const { error } = event as GPUUncapturedErrorEvent;
    const isMemory = error instanceof GPUOutOfMemoryError;
    state.failure ??= { message: error.message || error.constructor.name, isMemory };
  });
  device.lost.then(({ message, reason }) => {
    if (reason !== "destroyed") state.failure ??= { message, isMemory: false };
  });
  // Loading the module for the first time registers one that opens a device of its own.
  if (tf.findBackendFactory("webgpu")) tf.removeBackend("webgpu");
  const Backend = readable(WebGPUBackend);
  tf.registerBackend("webgpu", () => new Backend(device, adapter.info), 0);
  return state;
}

/** What tfjs' kernels want more of than WebGPU promises everywhere. */
function limitsOf({ limits }: GPUAdapter): Record<string, number> {
  const names = [
    "maxComputeWorkgroupStorageSize",
    "maxComputeWorkgroupsPerDimension",
    "maxStorageBufferBindingSize",
    "maxBufferSize",
    "maxComputeWorkgroupSizeX",
    "maxComputeInvocationsPerWorkgroup",
  ] as const;
  return Object.fromEntries(names.map((name) => [name, limits[name]]));
}

function throwFailure(state: OpenDevice): void {
  const { failure } = state;
  if (!failure) return;
  delete state.failure;
  throw new PapilioError({
    cannot: "compute with WebGPU",
    expected: "a device that takes every command",
    got: failure.message,
    remedy: failure.isMemory
      ? "Use smaller batches, or a smaller input side."
      : "Use another engine, `--engine onnx`.",
  });
}

/**
 * The backend, with values that were once in JavaScript's memory kept there.
 *
 * tfjs forgets them when it uploads them, and Deno cannot wait for a device without a promise; so the
 * weights that a step only read would be out of `dataSync`'s reach.
 */
function readable(Backend: typeof WebGPUBackend): typeof WebGPUBackend {
  return class extends Backend {
    override uploadToGPU(dataId: object): void {
      const data = this.tensorMap.get(dataId);
      const { values } = data;
      super.uploadToGPU(dataId);
      data.values = values;
    }

    override readSync(dataId: object): ReturnType<WebGPUBackend["readSync"]> {
      if (this.tensorMap.get(dataId).values == null) {
        throw new PapilioError({
          cannot: "read a tensor from the graphics processor",
          expected: "one whose values were pulled",
          got: "one that a step has computed since",
          remedy: "Call `await engine.pull(variables)` before `dataSync`.",
        });
      }
      return super.readSync(dataId);
    }
  };
}
