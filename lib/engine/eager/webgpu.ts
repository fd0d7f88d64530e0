import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { pinned } from "papilio/core/version.ts";
import type { Absence, EngineCandidate } from "papilio/engine/candidate.ts";
import { quietVulkan } from "papilio/engine/_environment.ts";
import type { Engine } from "papilio/engine/engine.ts";

/** Where an adapter is looked for. */
export interface WebgpuOptions {
  /** `navigator.gpu` if not given. */
  gpu?: Pick<GPU, "requestAdapter"> | null;
  os?: typeof Deno.build.os;
}

/**
 * The engine on Deno's own WebGPU, as it is found on this machine; no device is opened for the look.
 *
 * @example
 * ```ts
 * import { findWebgpu } from "papilio/engine/eager/webgpu.ts";
 * const [candidate] = await findWebgpu({ gpu: { requestAdapter: () => Promise.resolve(null) } });
 * console.assert(candidate?.absence?.reason === "no graphics adapter answers");
 * ```
 */
export async function findWebgpu(options: WebgpuOptions = {}): Promise<EngineCandidate[]> {
  const { gpu = navigator.gpu, os = Deno.build.os } = options;
  try {
    if (!gpu) return [absent(noWebgpu)];
    const adapter = await requestAdapter(gpu);
    return [adapter ? present(adapter, gpu, os) : absent(noAdapter(os))];
  } catch (error) {
    return [
      absent({ ...noAdapter(os), reason: `looking for an adapter failed: ${messageOf(error)}` }),
    ];
  }
}

const title = `TensorFlow.js ${pinned("@tensorflow/tfjs")}, WebGPU`;

function requestAdapter(gpu: Pick<GPU, "requestAdapter">): Promise<GPUAdapter | null> {
  quietVulkan();
  return gpu.requestAdapter({ powerPreference: "high-performance" });
}

const identity = { name: "webgpu", device: "webgpu" } as const;

function present(
  adapter: GPUAdapter,
  gpu: Pick<GPU, "requestAdapter">,
  os: typeof Deno.build.os,
): EngineCandidate {
  const isGpu = !isSoftware(adapter);
  const description = `${title}, ${nameOf(adapter)}` + (isGpu ? "" : " (a software adapter)");
  return {
    ...identity,
    description,
    isGpu,
    create: () => createEngine(gpu, { description, os }),
  };
}

async function createEngine(
  gpu: Pick<GPU, "requestAdapter">,
  { description, os }: { description: string; os: typeof Deno.build.os },
): Promise<Engine> {
  const { openBackend } = await import("papilio/engine/eager/_webgpu_backend.ts");
  const { EagerEngine } = await import("papilio/engine/eager/eager_engine.ts");
  const adapter = await requestAdapter(gpu); // The one that was looked at may have given its device.
  if (!adapter) throw unavailable(noAdapter(os));
  const { check, release } = await openBackend(adapter).catch((cause) => {
    const reason = `an adapter whose device cannot be opened: ${messageOf(cause)}`;
    throw unavailable({ ...noAdapter(os), reason });
  });
  return await EagerEngine.create("webgpu", { description, check, release });
}

function absent(absence: Absence): EngineCandidate {
  return {
    ...identity,
    description: title,
    isGpu: false,
    absence,
    create: () => Promise.reject(unavailable(absence)),
  };
}

function unavailable({ reason, remedy }: Absence): PapilioError {
  return new PapilioError({
    cannot: "use the engine webgpu",
    expected: "a graphics adapter that WebGPU can use",
    got: reason,
    remedy,
  });
}

const softwareNames = /llvmpipe|lavapipe|softpipe|swiftshader|basic render/i;

function isSoftware({ info }: GPUAdapter): boolean {
  return info.isFallbackAdapter || softwareNames.test(info.description);
}

/** By PCI vendor, or Khronos' own for those without. */
const vendors: Readonly<Record<number, string>> = {
  0x1002: "AMD",
  0x10005: "Mesa",
  0x106b: "Apple",
  0x10de: "NVIDIA",
  0x13b5: "Arm",
  0x1414: "Microsoft",
  0x5143: "Qualcomm",
  0x8086: "Intel",
};

/** `"NVIDIA GeForce RTX 4070"`, `"Mesa, llvmpipe (LLVM 15.0.6, 256 bits)"` */
function nameOf({ info: { vendor, description } }: GPUAdapter): string {
  const maker = vendors[Number(vendor)] ?? vendor;
  if (description === "") return `an adapter of ${maker}`;
  return description.toLowerCase().includes(maker.toLowerCase())
    ? description
    : `${maker}, ${description}`;
}

const noWebgpu: Absence = {
  reason: "this Deno has no WebGPU",
  remedy: "Use Deno 2.9 or newer.",
};

function noAdapter(os: typeof Deno.build.os): Absence {
  return { reason: "no graphics adapter answers", remedy: remedies[os] ?? remedies.linux };
}

const remedies: Partial<Record<typeof Deno.build.os, string>> & { linux: string } = {
  linux: "Install a Vulkan driver: the graphics card's own (NVIDIA), or Mesa's " +
    "(`apt-get install mesa-vulkan-drivers libvulkan1`).",
  windows: "Install the graphics card's current driver, with Direct3D 12 or Vulkan.",
  darwin: "Use a Mac with Metal, outside a virtual machine.",
};
