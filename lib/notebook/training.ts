import { join, resolve } from "@std/path";
import { type Config, resolveConfig } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { type RunFolder, runFolder } from "papilio/core/run_folder.ts";
import { openEngine } from "papilio/engine/open_engine.ts";
import { stopOnInterrupt } from "papilio/notebook/interrupt.ts";
import { findRun, freeRunFolder, type NotebookData, runsOn } from "papilio/notebook/workspace.ts";
import { startTrainingReport } from "papilio/notebook/training_report.ts";
import type { TrainEvent } from "papilio/train/events.ts";
import { type HistoryRow, readHistory } from "papilio/train/history.ts";
import { trainRun } from "papilio/train/run.ts";
import { readRunConfig } from "papilio/train/run_config.ts";
import type { Sample } from "papilio/train/sample_images.ts";

/** What an epoch gave, to be drawn. */
export interface EpochResult {
  /** Of all epochs so far. */
  history: readonly HistoryRow[];
  /** What the network makes of some validation images, which are the same after every epoch. */
  samples: readonly Sample[];
}

export interface TrainOptions {
  /** Where to stop: before this phase. By default the run is trained to its end. */
  until?: "phase 2";
  /** Called after each epoch, and waited for. */
  onEpoch?: (result: EpochResult) => Promise<void>;
}

/**
 * The run folder for a training in a notebook, and a line that says which.
 *
 * A run on the same data with the same settings that is not finished goes on; else a new one begins.
 */
export async function openTraining(config: Config): Promise<RunFolder> {
  for (const run of await runsOn(config.data)) {
    if (await exists(run.summary) || !await hasConfig(run, config)) continue;
    console.log(`Run: ${run.path}, which is not finished and goes on`);
    return run;
  }
  const run = await freeRunFolder(config.data);
  console.log(`Run: ${run.path}, a new one`);
  return run;
}

async function hasConfig({ path }: RunFolder, config: Config): Promise<boolean> {
  const wanted: Config = { ...config, data: resolve(config.data) };
  return JSON.stringify(await readRunConfig(path)) === JSON.stringify(wanted);
}

/**
 * Trains a run, or goes on with it after its last finished epoch, and shows how far it is.
 *
 * The notebook's Interrupt button stops it before the next step; the same call goes on.
 *
 * @throws {Error} if it was interrupted, so that the cells below do not run.
 */
export async function train(
  { path }: RunFolder,
  config: Config,
  { until, onEpoch }: TrainOptions = {},
): Promise<void> {
  const report = startTrainingReport();
  const phaseEnd = new AbortController();
  const onEvent = async (event: TrainEvent) => {
    if (event.kind === "phase" && event.phase === 2 && until) return phaseEnd.abort();
    report.onEvent(event);
    if (event.kind === "epoch") {
      await onEpoch?.({ history: event.state.history, samples: event.samples });
    }
  };
  const engine = await openEngine(config);
  try {
    await stopOnInterrupt(async (interrupt) => {
      const signal = AbortSignal.any([interrupt, phaseEnd.signal]);
      const resume = await exists(runFolder(path).config);
      await trainRun({ config, runPath: path, engine, resume, onEvent, signal });
    });
    await report.end("done");
  } catch (error) {
    const isPhaseEnd = phaseEnd.signal.aborted;
    await report.end(isPhaseEnd ? "done" : "stopped");
    if (!isPhaseEnd) throw error;
  } finally {
    await engine.dispose();
  }
}

/** Trains in a folder that is gone afterwards, for a comparison; returns its epochs. */
export async function trainAside(config: Config, options?: TrainOptions): Promise<HistoryRow[]> {
  const folder = await Deno.makeTempDir({ prefix: "papilio-" });
  try {
    const run = runFolder(join(folder, "run"));
    await train(run, config, options);
    return await readHistory(run.history);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * The finished run that a notebook looks at: the folder given, else `PAPILIO_RUN`, else the newest one in
 * `outputs` on these data. For the drawn butterflies a short one is trained if there is none.
 *
 * @throws {PapilioError} for other data that no network was trained on yet.
 */
export async function openRun(data: NotebookData, given = ""): Promise<RunFolder> {
  const found = await findRun(data, given);
  if (found) {
    console.log(`Run: ${found.path}`);
    return found;
  }
  if (!data.isSample) throw noRun(data.folder);
  console.log("No run on the drawn butterflies yet: one is trained now, as in chapter 4.");
  const config = resolveConfig(data.preset, { data: data.folder });
  const run = await openTraining(config);
  await train(run, config);
  return run;
}

function noRun(folder: string): PapilioError {
  return new PapilioError({
    cannot: `show what a network makes of ${folder}`,
    expected: "a finished run in outputs that was trained on these data",
    got: "none",
    remedy: `Run chapter 4, or \`deno task train ${folder} --preset laptop\`, first.`,
  });
}
