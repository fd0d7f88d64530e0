import { messageOf, PapilioError } from "papilio/core/errors.ts";
import type { Absence, EngineCandidate } from "papilio/engine/candidate.ts";
import { canLoad } from "papilio/engine/_library.ts";
import { absenceOfGpu, cardName } from "papilio/engine/eager/_cuda.ts";
import {
  absenceOfFiles,
  absenceOfLoadError,
  absenceOnMachine,
  noPackage,
} from "papilio/engine/eager/_tensorflow_absence.ts";
import type { LoadedTensorflow } from "papilio/engine/eager/_tensorflow_backend.ts";
import {
  findFiles,
  type PackageOptions,
  type TensorflowFiles,
} from "papilio/engine/eager/_tensorflow_package.ts";

/** Where TensorFlow is looked for; this machine, if nothing is given. */
export interface TensorflowOptions extends PackageOptions {
  os?: typeof Deno.build.os;
  arch?: typeof Deno.build.arch;
  /** Whether the system's loader finds a library of CUDA. */
  canLoad?: (library: string) => boolean;
  /** That compute on the processor; 0: as many as there are processors. */
  threads?: number;
}

/**
 * The engine on TensorFlow's own library, on CUDA and on the processor, as it is found on this machine.
 *
 * Where the library's files are there, it is loaded: only then is it known whether it has a graphics
 * card. It computes on one device in a process, on the card wherever it has one, and with the number of
 * threads with which it was looked for first; `TF_NUM_INTRAOP_THREADS` in the environment stands above.
 *
 * @example
 * ```ts
 * import { findTensorflow } from "papilio/engine/eager/tensorflow.ts";
 * const candidates = await findTensorflow({ os: "darwin", arch: "aarch64" });
 * console.assert(candidates.every(({ absence }) => absence?.remedy.includes("--engine webgpu")));
 * ```
 */
export async function findTensorflow(options: TensorflowOptions = {}): Promise<EngineCandidate[]> {
  try {
    const { os = Deno.build.os, arch = Deno.build.arch } = options;
    const files = await findFiles(options);
    const absence = absenceOnMachine(os, arch) ?? absenceOfFiles(files);
    return files && !absence ? await loaded(files, options) : nothing(absence ?? noPackage);
  } catch (error) {
    return nothing(absenceOfLoadError(messageOf(error)));
  }
}

async function loaded(
  files: TensorflowFiles,
  options: TensorflowOptions,
): Promise<EngineCandidate[]> {
  const { loadTensorflow } = await import("papilio/engine/eager/_tensorflow_backend.ts");
  const library = await loadTensorflow(files, options.threads);
  if (library.isUsingGpu) {
    return [present("cuda", describe(library, cardName())), absent("cpu", takenByCard)];
  }
  const { os = Deno.build.os } = options;
  const cuda = absenceOfGpu({
    os: os === "windows" ? "windows" : "linux",
    canLoad: options.canLoad ?? canLoad,
    visibleDevices: Deno.env.get("CUDA_VISIBLE_DEVICES"),
  });
  return [absent("cuda", cuda), present("cpu", describe(library, "CPU"))];
}

type Device = "cuda" | "cpu";

const nothing = (absence: Absence) => [absent("cuda", absence), absent("cpu", absence)];

function describe({ version, packageVersion }: LoadedTensorflow, device: string): string {
  return `TensorFlow ${version} (tfjs-node-gpu ${packageVersion}), ${device}`;
}

function present(device: Device, description: string): EngineCandidate {
  return {
    name: "tensorflow",
    device,
    description,
    isGpu: device === "cuda",
    async create() {
      const { EagerEngine } = await import("papilio/engine/eager/eager_engine.ts");
      return await EagerEngine.create("tensorflow", { description, device });
    },
  };
}

function absent(device: Device, absence: Absence): EngineCandidate {
  const place = device === "cuda" ? "a graphics card (CUDA)" : "the processor";
  const error = () =>
    new PapilioError({
      cannot: `use the engine tensorflow on ${place}`,
      expected: "TensorFlow's library, and what it needs there",
      got: absence.reason,
      remedy: absence.remedy,
    });
  return {
    name: "tensorflow",
    device,
    description: `TensorFlow, ${device === "cuda" ? "CUDA" : "CPU"}`,
    isGpu: false,
    absence,
    create: () => Promise.reject(error()),
  };
}

const takenByCard: Absence = {
  reason: "TensorFlow computes on the graphics card in this process",
  remedy: "Start with CUDA_VISIBLE_DEVICES=-1 in the environment for the processor.",
};
