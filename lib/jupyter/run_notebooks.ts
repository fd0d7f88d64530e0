import { basename, dirname } from "@std/path";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { formatDuration, startProgress } from "papilio/core/progress.ts";
import { compareOutputs } from "papilio/jupyter/compare.ts";
import { executeNotebook } from "papilio/jupyter/execute.ts";
import { type Notebook, readNotebook, writeNotebook } from "papilio/jupyter/notebook_file.ts";
import { checkStorable } from "papilio/jupyter/storable.ts";

export interface RunOptions {
  /** Store outputs and execution counts. */
  write?: boolean;
  /** Check that the stored outputs are of the kinds that come out. */
  compare?: boolean;
  /** The longest that a cell may take. */
  timeoutSeconds: number;
  /** Folders that no stored output may mention. */
  privateFolders: readonly string[];
  signal?: AbortSignal;
}

/**
 * Runs notebooks one after the other, each in a kernel of its own, and prints how it goes.
 *
 * Returns whether all ran through; what went wrong is printed.
 */
export async function runNotebooks(
  paths: readonly string[],
  options: RunOptions,
): Promise<boolean> {
  const startMs = performance.now();
  let ran = 0;
  for (const path of paths) if (await runOne(path, options)) ran++;
  console.log(`${ran} of ${paths.length} notebooks ran, ${secondsSince(startMs)}`);
  return ran === paths.length;
}

async function runOne(path: string, options: RunOptions): Promise<boolean> {
  const name = basename(path);
  const startMs = performance.now();
  try {
    const stored = await readNotebook(path);
    const executed = await executeWithProgress(stored, path, options);
    await settle(path, { stored, executed }, options);
    console.log(`${name}: ran, ${secondsSince(startMs)}`);
    return true;
  } catch (error) {
    if (!(error instanceof PapilioError)) throw error;
    console.error(`${name}: failed, ${secondsSince(startMs)}\n${messageOf(error)}`);
    return false;
  }
}

async function executeWithProgress(notebook: Notebook, path: string, options: RunOptions) {
  const name = basename(path);
  let bar: ReturnType<typeof startProgress> | undefined;
  try {
    return await executeNotebook(notebook, {
      name,
      folder: dirname(path),
      timeoutSeconds: options.timeoutSeconds,
      signal: options.signal,
      onProgress(done, total) {
        bar ??= startProgress(name, total, { unit: "cells", plainLineSeconds: 30 });
        bar.update(done);
      },
    });
  } finally {
    bar?.stop();
  }
}

/** What becomes of the outputs. */
async function settle(
  path: string,
  { stored, executed }: { stored: Notebook; executed: Notebook },
  { write, compare, privateFolders }: RunOptions,
): Promise<void> {
  const name = basename(path);
  if (write || compare) checkStorable(name, executed, privateFolders);
  if (compare) compareOutputs(name, stored, executed);
  if (write) await writeNotebook(path, executed);
}

function secondsSince(startMs: number): string {
  return formatDuration((performance.now() - startMs) / 1000);
}
