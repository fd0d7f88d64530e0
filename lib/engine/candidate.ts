import type { Engine } from "papilio/engine/engine.ts";

/** The engines that can be asked for by name. */
export const engineNames = ["tensorflow", "webgpu", "onnx", "cpu"] as const;
export type EngineName = typeof engineNames[number];

/** Why an engine cannot be had on this machine, and what would change that. */
export interface Absence {
  /** `"no Vulkan driver answers"` */
  reason: string;
  remedy: string;
}

/** An engine on a device, as it was found on this machine; looking for it computes nothing. */
export interface EngineCandidate {
  name: EngineName;
  /** `"cpu"`, `"cuda"`, `"webgpu"`, … */
  device: string;
  /** One line for people: `"ONNX Runtime 1.30.0, CPU"`, with the adapter's or the library's own name. */
  description: string;
  /** Whether a graphics processor computes; a software adapter is none. */
  isGpu: boolean;
  /** Set where the engine cannot be had. */
  absence?: Absence;
  /** @throws {PapilioError} with the reason and the remedy, where the engine cannot be had after all. */
  create(options?: { threads?: number }): Promise<Engine>;
}
