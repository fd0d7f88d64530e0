import { createRequire } from "node:module";
import { dirname, join } from "@std/path";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import {
  deviceTitle,
  type OnnxDevice,
  onnxDevices,
} from "papilio/engine/compiled/_session_settings.ts";
import { listVulkanDevices, type VulkanDevice } from "papilio/engine/compiled/_vulkan.ts";
import { canLoad } from "papilio/engine/_library.ts";
import type { Absence, EngineCandidate } from "papilio/engine/candidate.ts";

export { type OnnxDevice, onnxDevices };

/** What a machine says of itself; tests say something else. */
export interface OnnxMachine {
  os: string;
  /** The library's version and the providers that its build knows; it throws if it does not load. */
  library(): Promise<{ version: string; providers: readonly string[] }>;
  /** It throws where there is no Vulkan. */
  vulkanDevices(): VulkanDevice[];
  hasCudaProvider(): Promise<boolean>;
  hasNvidiaDriver(): Promise<boolean>;
}

/** The machine that this runs on. */
export const thisMachine: OnnxMachine = {
  os: Deno.build.os,
  async library() {
    const ort = await import("onnxruntime-node");
    const providers = ort.listSupportedBackends().map(({ name }) => name);
    return { version: ort.env.versions.common, providers };
  },
  vulkanDevices: listVulkanDevices,
  async hasCudaProvider() {
    const root = dirname(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")));
    const folder = join(root, "bin", "napi-v6", "linux", "x64");
    return await exists(join(folder, "libonnxruntime_providers_cuda.so"));
  },
  hasNvidiaDriver: () =>
    Promise.resolve(canLoad(Deno.build.os === "windows" ? "nvcuda.dll" : "libcuda.so.1")),
};

/** A device as it was found: the adapter's name, or what is missing. */
interface Finding {
  deviceName?: string;
  isGpu: boolean;
  absence?: Absence;
}

/**
 * The devices that ONNX Runtime can compute on here, and those that it cannot, with the reason.
 *
 * It computes nothing, and never throws.
 */
export async function findOnnx(machine: OnnxMachine = thisMachine): Promise<EngineCandidate[]> {
  try {
    const { version, providers } = await machine.library();
    return await Promise.all(onnxDevices.map(async (device) => {
      const finding = providers.includes(device)
        ? await find(device, machine)
        : notBuiltIn(device, machine.os);
      return candidate(device, finding, version);
    }));
  } catch (error) {
    const absence = {
      reason: `onnxruntime-node does not load: ${messageOf(error)}`,
      remedy:
        "Run `deno install` in the project's folder; Debian 11, Windows 10 and macOS 14 are " +
        "the oldest systems that it knows.",
    };
    return [candidate("cpu", { isGpu: false, absence })];
  }
}

function candidate(device: OnnxDevice, finding: Finding, version = ""): EngineCandidate {
  const { deviceName, isGpu, absence } = finding;
  const description = ["ONNX Runtime", ...(version ? [version] : [])].join(" ") +
    `, ${deviceTitle[device]}${deviceName ? `, ${deviceName}` : ""}`;
  return {
    name: "onnx",
    device,
    description,
    isGpu,
    ...(absence ? { absence } : {}),
    async create({ threads = 0 } = {}) {
      if (absence) throw absent(description, absence);
      const { OnnxEngine } = await import("papilio/engine/compiled/onnx_engine.ts");
      return await OnnxEngine.create({ threads, device, deviceName });
    },
  };
}

/** The error of an engine that cannot be had. */
export function absent(description: string, { reason, remedy }: Absence): PapilioError {
  return new PapilioError({
    cannot: `compute with ${description}`,
    expected: "it to be on this machine",
    got: reason,
    remedy,
  });
}

async function find(device: OnnxDevice, machine: OnnxMachine): Promise<Finding> {
  switch (device) {
    case "cpu":
      return { isGpu: false };
    case "webgpu":
      return findWebgpu(machine);
    case "cuda":
      return await findCuda(machine);
    default:
      return { isGpu: true };
  }
}

function notBuiltIn(device: OnnxDevice, os: string): Finding {
  const home: Partial<Record<OnnxDevice, string>> = {
    cuda: "Linux on x64",
    coreml: "macOS",
    dml: "Windows",
  };
  const reason = `ONNX Runtime's build for ${os} has no ${deviceTitle[device]}`;
  const remedy = `${deviceTitle[device]} is there on ${home[device] ?? "other systems"}.`;
  return { isGpu: false, absence: { reason, remedy } };
}

/** On macOS WebGPU is Metal, which every Mac has; elsewhere Vulkan's drivers tell what is there. */
function findWebgpu({ os, vulkanDevices }: OnnxMachine): Finding {
  if (os === "darwin") return { deviceName: "Metal", isGpu: true };
  try {
    const devices = vulkanDevices();
    const best = devices.find(({ isSoftware }) => !isSoftware) ?? devices[0];
    if (best) {
      const note = best.isSoftware ? " (software)" : "";
      return { deviceName: best.name + note, isGpu: !best.isSoftware };
    }
    return { isGpu: false, absence: noAdapter("no Vulkan driver answers") };
  } catch (error) {
    // Direct3D needs no Vulkan, but nobody says what is behind it.
    if (os === "windows") return { deviceName: "Direct3D 12", isGpu: false };
    return { isGpu: false, absence: noAdapter(`no Vulkan (${firstLine(error)})`) };
  }
}

function firstLine(error: unknown): string {
  return messageOf(error).split("\n")[0] ?? "";
}

function noAdapter(reason: string): Absence {
  return {
    reason,
    remedy: "With a graphics processor in the machine, install its driver and Vulkan's loader " +
      "(Debian: libvulkan1 and mesa-vulkan-drivers, or NVIDIA's driver).",
  };
}

async function findCuda({ hasCudaProvider, hasNvidiaDriver }: OnnxMachine): Promise<Finding> {
  if (!await hasNvidiaDriver()) {
    const reason = "no NVIDIA driver";
    const remedy = "With an NVIDIA card in the machine, install its driver, CUDA 12 and cuDNN 9.";
    return { isGpu: false, absence: { reason, remedy } };
  }
  if (await hasCudaProvider()) return { deviceName: "NVIDIA", isGpu: true };
  const reason = "ONNX Runtime's CUDA library was not downloaded";
  const remedy = "Run `deno install --allow-scripts=npm:onnxruntime-node`.";
  return { isGpu: false, absence: { reason, remedy } };
}
