import { join } from "@std/path";
import { PapilioError } from "papilio/core/errors.ts";
import { writeFileAtomically } from "papilio/core/files.ts";
import { absenceOfFiles, absenceOnMachine } from "papilio/engine/eager/_tensorflow_absence.ts";
import {
  findFiles,
  packageName,
  type PackageOptions,
  type TensorflowFiles,
} from "papilio/engine/eager/_tensorflow_package.ts";

export interface InstallOptions extends PackageOptions {
  /** Added to the environment of the package's install script: addresses of mirrors. */
  env?: Record<string, string>;
  /** Hears what is done, line by line. */
  say?: (line: string) => void;
}

export interface InstalledTensorflow {
  libraryPath: string;
  librarySizeBytes: number;
  addonPath: string;
}

/** Where TensorFlow's library and its addon lie; undefined unless both do. */
export async function installedTensorflow(
  options: PackageOptions = {},
): Promise<InstalledTensorflow | undefined> {
  const files = await findFiles(options);
  if (files?.libraryPath === undefined || !files.hasAddon) return undefined;
  const { size: librarySizeBytes } = await Deno.stat(files.libraryPath);
  return { libraryPath: files.libraryPath, librarySizeBytes, addonPath: files.addonPath };
}

/**
 * Downloads TensorFlow's library and its addon, by the install script of their npm package.
 *
 * What an earlier call left is downloaded anew. The addresses are the package's own, unless
 * `TFJS_NODE_CDN_STORAGE` (the library's) and `npm_config_tfjs_binding_binary_host_mirror` (the addon's)
 * name mirrors.
 *
 * @throws {PapilioError} if there is no library for this machine, or the download fails.
 */
export async function installTensorflow(
  projectFolder: string,
  options: InstallOptions = {},
): Promise<InstalledTensorflow> {
  const before = await findFiles(options);
  const absence = absenceOnMachine(Deno.build.os, Deno.build.arch) ??
    (before ? undefined : absenceOfFiles(before));
  if (absence || !before) throw cannotInstall(absence?.reason ?? "", absence?.remedy ?? "");
  options.say?.("Downloading TensorFlow's library and its addon: several hundred megabytes…");
  await forgetEarlierRun(before);
  await unshare(join(before.folder, "package.json"));
  const output = await runInstallScript(projectFolder, options.env);
  await placeWindowsLibrary(before.folder);
  const installed = await installedTensorflow(options);
  if (!installed || !output.succeeded) {
    throw cannotInstall(failureOf(output.text), otherWays(before.folder));
  }
  return installed;
}

/**
 * Deno runs the scripts of a package once, and counts a failed run too.
 *
 * The script fetches the addon after the library: without the old one, an addon that is there says that
 * its library is whole. One that is not would end the process that loads it.
 */
async function forgetEarlierRun({ folder, addonPath }: TensorflowFiles): Promise<void> {
  for (const path of [addonPath, join(folder, "..", "..", "..", ".scripts-run")]) {
    await Deno.remove(path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/** The script writes to this file, which may be the same one in Deno's cache and in other projects. */
async function unshare(path: string): Promise<void> {
  const bytes = await Deno.readFile(path);
  await writeFileAtomically(path, bytes);
}

async function runInstallScript(
  projectFolder: string,
  env: Record<string, string> = {},
): Promise<{ succeeded: boolean; text: string }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", `--allow-scripts=npm:${packageName}`],
    cwd: projectFolder,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  return { succeeded: success, text };
}

/** The script links it into the folder of a newer interface, where Windows does not look for it. */
async function placeWindowsLibrary(folder: string): Promise<void> {
  if (Deno.build.os !== "windows") return;
  const library = join(folder, "deps", "lib", "tensorflow.dll");
  await Deno.copyFile(library, join(folder, "lib", "napi-v8", "tensorflow.dll")).catch(() => {});
}

/** What the output of the script says of its failure. */
export function failureOf(output: string): string {
  if (output.includes("TAR_BAD_ARCHIVE") || output.includes("zlib:")) {
    return "an answer that is no archive: the address is wrong, or the download broke off";
  }
  const thrown = /(?:Uncaught (?:\(in promise\) )?Error|node-pre-gyp ERR! stack Error): (.+)/
    .exec(output)?.[1];
  if (thrown?.includes("node-gyp")) return "no ready-made addon at its address";
  return thrown ?? "a script that ended without an error, and without the files";
}

function otherWays(folder: string): string {
  return "See whether the network lets it through (HTTPS_PROXY names a proxy), and try again. " +
    "A mirror is named by TFJS_NODE_CDN_STORAGE=<address>/ and " +
    "npm_config_tfjs_binding_binary_host_mirror=<address>/tf-builds/pre-built-binary. By hand: " +
    "unpack tensorflow/libtensorflow/libtensorflow-gpu-linux-x86_64-2.9.1.tar.gz into " +
    `${join(folder, "deps")}, and tf-builds/pre-built-binary/napi-v8/4.22.0/` +
    `GPU-linux-4.22.0.tar.gz, both of storage.googleapis.com, into ${join(folder, "lib")}.`;
}

function cannotInstall(got: string, remedy: string): PapilioError {
  return new PapilioError({
    cannot: "install TensorFlow's library",
    expected: "the library and its addon after the download",
    got,
    remedy,
  });
}
