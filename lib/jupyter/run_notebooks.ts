import { basename, dirname } from "@std/path";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { formatDuration, startProgress } from "papilio/core/progress.ts";
import { counted } from "papilio/core/text.ts";
import { compareOutputs } from "papilio/jupyter/compare.ts";
import { executeNotebook } from "papilio/jupyter/execute.ts";
import {
  codeCells,
  type Notebook,
  readNotebook,
  writeNotebook,
} from "papilio/jupyter/notebook_file.ts";
import { checkPublishable } from "papilio/jupyter/publishable.ts";

export interface RunOptions {
  /** Store outputs and execution counts. */
  write?: boolean;
  /** Check that the stored outputs are of the kinds that come out. */
  compare?: boolean;
  /** The longest that a cell may take. */
  timeoutSeconds: number;
  /** Folders that no published output may mention. */
  privateFolders: readonly string[];
  signal?: AbortSignal;
}

/**
 * Runs notebooks one after the other, each in a kernel of its own, and prints how it goes.
 *
 * Returns whether all ran through; what went wrong is printed. An interrupt ends it early.
 */
export async function runNotebooks(
  paths: readonly string[],
  options: RunOptions,
): Promise<boolean> {
  const startMs = performance.now();
  let ran = 0;
  for (const path of paths) {
    if (await runOne(path, options)) ran++;
    if (options.signal?.aborted) break;
  }
  console.log(`${ran} of ${counted(paths.length, "notebook")} ran, ${durationSince(startMs)}`);
  return ran === paths.length;
}

async function runOne(path: string, options: RunOptions): Promise<boolean> {
  const name = basename(path);
  const startMs = performance.now();
  const say = (how: string) => console.log(`${name}: ${how}, ${durationSince(startMs)}`);
  try {
    const stored = await readNotebook(path);
    const executed = await executeWithProgress(stored, path, options);
    await settle(path, { stored, executed }, options);
    say(`${counted(codeCells(executed).length, "cell")} ran`);
    return true;
  } catch (error) {
    const isInterrupted = options.signal?.aborted;
    if (!isInterrupted && !(error instanceof PapilioError)) throw error;
    say(isInterrupted ? "interrupted" : "failed");
    if (!isInterrupted) console.error(messageOf(error));
    return false;
  }
}

async function executeWithProgress(
  notebook: Notebook,
  path: string,
  { timeoutSeconds, signal }: RunOptions,
): Promise<Notebook> {
  const name = basename(path);
  const total = codeCells(notebook).length;
  const progress = startProgress(name, total, { unit: "cells", plainLineSeconds: 30 });
  try {
    const onProgress = (done: number) => progress.update(done);
    return await executeNotebook(notebook, {
      name,
      folder: dirname(path),
      timeoutSeconds,
      signal,
      onProgress,
    });
  } finally {
    progress.stop();
  }
}

/** What becomes of the outputs. */
async function settle(
  path: string,
  { stored, executed }: { stored: Notebook; executed: Notebook },
  { write, compare, privateFolders }: RunOptions,
): Promise<void> {
  const name = basename(path);
  if (compare) {
    for (const notebook of [stored, executed]) checkPublishable(name, notebook, privateFolders);
    compareOutputs(name, stored, executed);
  }
  if (!write) return;
  await writeNotebook(path, executed);
  try {
    checkPublishable(name, executed, privateFolders);
  } catch (error) {
    // Whoever looks at photos of their own wants to see them all the same.
    console.error(`Stored for you alone. ${messageOf(error)}`);
  }
}

function durationSince(startMs: number): string {
  return formatDuration((performance.now() - startMs) / 1000);
}
