import { createRequire } from "node:module";
import { dirname, join } from "@std/path";
import { exists, sortedNames } from "papilio/core/files.ts";

/** The npm package that holds the code; its library is downloaded apart. */
export const packageName = "@tensorflow/tfjs-node-gpu";

export interface PackageOptions {
  /** Of the npm package; where `node_modules` has it, if not given. */
  packageFolder?: string;
}

/** What of TensorFlow lies on this machine. */
export interface TensorflowFiles {
  /** The npm package, without symbolic links on the way. */
  folder: string;
  addonPath: string;
  /** libtensorflow itself; undefined where it is missing. */
  libraryPath: string | undefined;
  hasAddon: boolean;
}

/** Looks for the addon and the library by their files alone; undefined without the npm package. */
export async function findFiles(
  options: PackageOptions = {},
): Promise<TensorflowFiles | undefined> {
  const folder = options.packageFolder ?? packageFolder();
  if (folder === undefined || !await exists(join(folder, "package.json"))) return undefined;
  // The newest interface to Node.js that the package has addons for.
  const addonPath = join(folder, "lib", "napi-v8", "tfjs_binding.node");
  return {
    folder,
    addonPath,
    libraryPath: await findLibrary(join(folder, "deps", "lib")),
    hasAddon: await exists(addonPath),
  };
}

function packageFolder(): string | undefined {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(packageName)));
  } catch {
    return undefined;
  }
}

/** The whole file, not the links to it: `libtensorflow.so.2.9.1`, `tensorflow.dll`. */
async function findLibrary(folder: string): Promise<string | undefined> {
  if (!await exists(folder)) return undefined;
  const names = await sortedNames(
    folder,
    ({ name, isFile }) => isFile && /^(?:libtensorflow\.(?:so|.*dylib)|tensorflow\.dll)/.test(name),
  );
  return names[0] === undefined ? undefined : join(folder, names[0]);
}
