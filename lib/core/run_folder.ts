import { basename, join, resolve } from "@std/path";

/** Where everything of a run lies; each stage reads what the one before wrote. */
export interface RunFolder {
  path: string;
  /** The resolved configuration. */
  config: string;
  /** Versions, engine, machine. */
  environment: string;
  /** `id,split` of every case. */
  split: string;
  /** One row an epoch. */
  history: string;
  /** TensorBoard event files. */
  logs: string;
  /** State after the last finished epoch: weights, optimizer slots, history. */
  lastCheckpoint: string;
  /** Weights of the epoch with the lowest validation loss. */
  bestCheckpoint: string;
  /** The network for use elsewhere; its metadata say how. */
  onnx: string;
  /** tfjs LayersModel, and the model card. */
  model: string;
  predictions: string;
  figures: string;
  /** Final figures: best epoch, metrics, durations. */
  summary: string;
}

/** The paths of a run. */
export function runFolder(path: string): RunFolder {
  return {
    path,
    config: join(path, "config.json"),
    environment: join(path, "environment.json"),
    split: join(path, "split.csv"),
    history: join(path, "history.csv"),
    logs: join(path, "logs"),
    lastCheckpoint: join(path, "checkpoints", "last.safetensors"),
    bestCheckpoint: join(path, "checkpoints", "best.safetensors"),
    onnx: join(path, "model", "model.onnx"),
    model: join(path, "model"),
    predictions: join(path, "predictions"),
    figures: join(path, "figures"),
    summary: join(path, "summary.json"),
  };
}

/**
 * Where a command writes that was told no folder; named after the data set, and after what it is for.
 *
 * @example
 * ```ts
 * import { join } from "@std/path";
 * import { usualFolder } from "papilio/core/run_folder.ts";
 * console.assert(usualFolder("data/pets/") === join("outputs", "pets"));
 * console.assert(usualFolder("pets", "rate") === join("outputs", "pets_rate"));
 * ```
 */
export function usualFolder(data: string, purpose?: string): string {
  const name = basename(resolve(data));
  return join("outputs", purpose === undefined ? name : `${name}_${purpose}`);
}
