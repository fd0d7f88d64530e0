import Module, { createRequire } from "node:module";
import { dirname, join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { copyFolder } from "./_copy_folder.ts";

// The npm package with its own code, and something else in the place of its native parts.

const require = createRequire(import.meta.url);
export const realPackage = dirname(dirname(require.resolve("@tensorflow/tfjs-node-gpu")));

/** What lies in the place of the files that are downloaded; null: nothing. */
export interface NativeParts {
  addon: Uint8Array | null;
  library: Uint8Array | null;
}

const empty = new Uint8Array(0);

/** Copies the package's code into a folder, beside links to all that it imports. */
export async function makePackage(
  folder: string,
  { addon, library }: NativeParts = { addon: empty, library: empty },
): Promise<string> {
  const modules = join(folder, "node_modules");
  const copy = join(modules, "@tensorflow", "tfjs-node-gpu");
  await copyFolder(join(realPackage, "dist"), join(copy, "dist"));
  await Deno.copyFile(join(realPackage, "package.json"), join(copy, "package.json"));
  await linkDependencies(dirname(dirname(realPackage)), modules);
  if (addon) await write(join(copy, "lib", "napi-v8", "tfjs_binding.node"), addon);
  if (library) await write(join(copy, "deps", "lib", "libtensorflow.so.2.9.1"), library);
  return copy;
}

async function linkDependencies(from: string, to: string): Promise<void> {
  for await (const { name } of Deno.readDir(from)) {
    if (name !== "@tensorflow") await Deno.symlink(join(from, name), join(to, name));
  }
  // It imports tfjs-core too, which it does not declare.
  for (const name of ["tfjs", "tfjs-core"]) {
    const target = dirname(require.resolve(`@tensorflow/${name}/package.json`, { paths: [from] }));
    await Deno.symlink(target, join(to, "@tensorflow", name));
  }
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, bytes);
}

/** Runs work while every addon that is loaded is this object; the backend is gone afterwards. */
export async function withBinding(binding: object, work: () => Promise<void>): Promise<void> {
  const extensions = (Module as unknown as { _extensions: Record<string, unknown> })._extensions;
  const before = extensions[".node"];
  extensions[".node"] = (module: { exports: unknown }) => module.exports = binding;
  try {
    await work();
  } finally {
    extensions[".node"] = before;
    forgetBackend();
  }
}

function forgetBackend(): void {
  if (tf.engine().registryFactory["tensorflow"]) tf.removeBackend("tensorflow");
  for (const { kernelName } of tf.getKernelsForBackend("tensorflow")) {
    tf.unregisterKernel(kernelName, "tensorflow");
  }
}
