import { createRequire } from "node:module";
import { join } from "@std/path";
import util from "node:util";
import * as tf from "@tensorflow/tfjs";
import { setDefault } from "papilio/engine/_environment.ts";
import type { TensorflowFiles } from "papilio/engine/eager/_tensorflow_package.ts";

/** The parts of the addon that are used here. */
interface Binding {
  isUsingGpuDevice(): boolean;
  TF_Version: string;
}

export interface LoadedTensorflow {
  /** Of libtensorflow: `"2.9.1"`. */
  version: string;
  /** Of the npm package: `"4.22.0"`. */
  packageVersion: string;
  isUsingGpu: boolean;
}

/**
 * Loads libtensorflow into this process and registers tfjs' backend `"tensorflow"`.
 *
 * tfjs' active backend stays what it was. TensorFlow fixes its device and its threads here, for good.
 *
 * @throws what the system's loader or the package says, where it cannot be had.
 */
export async function loadTensorflow(
  files: TensorflowFiles,
  threads = 0,
): Promise<LoadedTensorflow> {
  restoreRemovedFunctions();
  setDefaults(threads);
  const require = createRequire(import.meta.url);
  // Before the package, which swallows what goes wrong in here.
  const binding = require(files.addonPath) as Binding;
  const isUsingGpu = binding.isUsingGpuDevice();
  await registerBackend(() => require(join(files.folder, "dist", "index.js")));
  const { version: packageVersion } = require(join(files.folder, "package.json"));
  return { version: binding.TF_Version, packageVersion, isUsingGpu };
}

/** The package makes its backend the active one. */
async function registerBackend(importPackage: () => void): Promise<void> {
  tf.enableProdMode(); // No advice to install another backend.
  const before = tf.getBackend() || "cpu";
  try {
    importPackage();
    if (tf.findBackend("tensorflow") === null) throw new Error("its backend does not start");
  } catch (error) {
    if (tf.engine().registryFactory["tensorflow"]) tf.removeBackend("tensorflow");
    throw error;
  } finally {
    await tf.setBackend(before);
  }
}

/** tfjs-node 4.22 calls two functions that Node.js 23 and Deno 2.4.4 took out of `node:util`. */
export function restoreRemovedFunctions(functions: Record<string, unknown> = removable): void {
  functions.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  functions.isArray ??= Array.isArray;
}

const removable = util as unknown as Record<string, unknown>;

/** Read by TensorFlow when it is loaded; what the user has set stays. */
function setDefaults(threads: number): void {
  // Its warnings of missing libraries; they are told as an absence.
  setDefault("TF_CPP_MIN_LOG_LEVEL", "2");
  // Otherwise it takes the graphics card's whole memory at once.
  setDefault("TF_FORCE_GPU_ALLOW_GROWTH", "true");
  if (threads > 0) setDefault("TF_NUM_INTRAOP_THREADS", `${threads}`);
}
