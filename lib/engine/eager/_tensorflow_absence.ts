import type { Absence } from "papilio/engine/candidate.ts";
import { absenceOfCudaLibrary } from "papilio/engine/eager/_cuda.ts";
import type { TensorflowFiles } from "papilio/engine/eager/_tensorflow_package.ts";

/** Downloads the library and the addon. */
export const installCommand = "deno task engine:tensorflow";

const other = "--engine webgpu or --engine onnx";

/** Why the library cannot run on this kind of machine; undefined where it can. */
export function absenceOnMachine(
  os: typeof Deno.build.os,
  arch: typeof Deno.build.arch,
): Absence | undefined {
  if (["linux", "windows"].includes(os) && arch === "x86_64") return undefined;
  return {
    reason: `TensorFlow's library for tfjs is made for Linux and Windows on x86_64, not for ` +
      `${os} on ${arch}`,
    remedy: `Use ${other}.`,
  };
}

export const noPackage: Absence = {
  reason: "the npm package @tensorflow/tfjs-node-gpu is not installed",
  remedy: "Install the project's packages: `deno install`.",
};

/** Which of the files is missing; undefined if none is. */
export function absenceOfFiles(files: TensorflowFiles | undefined): Absence | undefined {
  if (!files) return noPackage;
  const { hasAddon, libraryPath } = files;
  if (hasAddon && libraryPath !== undefined) return undefined;
  const reason = hasAddon
    ? "the library libtensorflow is missing beside its addon"
    : libraryPath === undefined
    ? "TensorFlow's library is not installed"
    : "the addon tfjs_binding.node is missing beside its library";
  return { reason, remedy: `Download ${hasAddon ? "both again" : "it"}: \`${installCommand}\`.` };
}

/** What the message of a failed load means. */
export function absenceOfLoadError(message: string): Absence {
  for (const [pattern, absence] of loadErrors) {
    const match = pattern.exec(message);
    if (match) return absence(match[1] ?? "");
  }
  return {
    reason: `TensorFlow's library does not load: ${message.trim().split("\n")[0]}`,
    remedy: `Download it again: \`${installCommand}\`; or use ${other}.`,
  };
}

const damaged = () => ({
  reason: "a file of TensorFlow's library is incomplete, or made for another processor",
  remedy: `Download it again: \`${installCommand}\`.`,
});

/** The loader's words, and what they mean: glibc's on Linux, then Windows'. */
const loadErrors: readonly (readonly [RegExp, (detail: string) => Absence])[] = [
  [/(libtensorflow[\w.]*): cannot open shared object/, (library) => ({
    reason: `the addon does not find its library ${library}`,
    remedy: `Download both again: \`${installCommand}\`.`,
  })],
  [
    /([\w+.-]+\.so[\d.]*): cannot open shared object/,
    (library) =>
      absenceOfCudaLibrary(library) ?? {
        reason: `TensorFlow needs the library ${library}, which is not on this machine`,
        remedy:
          `Install the package that has it; \`apt-file search ${library}\` names it on Ubuntu.`,
      },
  ],
  [/version [`'](GLIBC(?:XX)?_[\d.]+)' not found/, (version) => ({
    reason: `this Linux is too old for TensorFlow's library, which needs ${version}`,
    remedy: `Use Ubuntu 18.04 or newer, or ${other}.`,
  })],
  [/undefined symbol: (napi_\w+)/, (symbol) => ({
    reason: `this Deno lacks the function ${symbol}, which the addon calls`,
    remedy: "Use the newest Deno: `deno upgrade`.",
  })],
  [/undefined symbol: (TF\w+)/, (symbol) => ({
    reason: `the addon and its library are of different versions (${symbol} is missing)`,
    remedy: `Download both again: \`${installCommand}\`.`,
  })],
  [
    /file too short|cannot read file data|invalid ELF header|wrong ELF class|not a valid Win32/,
    damaged,
  ],
  [/specified module could not be found/, () => ({
    reason: "Windows does not find a library that the addon needs, tensorflow.dll or Microsoft's",
    remedy: `Download both again: \`${installCommand}\`; and install the Microsoft Visual C++ ` +
      "Redistributable for x64.",
  })],
];
