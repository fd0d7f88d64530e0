import { dirname, join, resolve } from "@std/path";
import type { Config } from "papilio/core/config.ts";
import { messageOf } from "papilio/core/errors.ts";
import { exists, sortedNames, writeFileAtomically } from "papilio/core/files.ts";
import { type RunFolder, runFolder } from "papilio/core/run_folder.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { writeSplit } from "papilio/data/split.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { loadEncoderWeights } from "papilio/model/encoder_weights.ts";
import {
  buildSegmentation,
  encoderMomentum,
  type SegmentationModel,
} from "papilio/model/segmentation.ts";
import { checkStart } from "papilio/train/check_run.ts";
import { readCheckpoint } from "papilio/train/checkpoint.ts";
import { epochLine } from "papilio/train/console.ts";
import { describeEnvironment, type Environment } from "papilio/train/environment.ts";
import type { TrainListener } from "papilio/train/events.ts";
import { finishRun } from "papilio/train/finish.ts";
import { trainPhases } from "papilio/train/loop.ts";
import type { Resumed } from "papilio/train/phase.ts";
import { memoryNote } from "papilio/train/memory_note.ts";
import { openRecorder } from "papilio/train/recorder.ts";
import { openRunData, type RunData } from "papilio/train/run_data.ts";
import { stateOf } from "papilio/train/state.ts";
import { statisticsNote } from "papilio/train/statistics_note.ts";
import type { RunSummary } from "papilio/train/summary.ts";
import { unusedNote } from "papilio/train/unused_note.ts";

export interface TrainRunOptions {
  config: Config;
  /** The run folder: it must not exist yet, or be a run to resume. */
  runPath: string;
  engine: Engine;
  /** Goes on after the last finished epoch of the run. */
  resume?: boolean;
  /** Whether the cases of the list `config.splitFile` were examined before. */
  isExamined?: boolean;
  onEvent?: TrainListener | undefined;
  /** An abort ends training before the next step, with its reason; finished epochs are saved. */
  signal?: AbortSignal | undefined;
}

/**
 * Trains a network from a data set into a run folder: the whole of `deno task train`.
 *
 * @throws {PapilioError} for a folder that is taken, a run that cannot be resumed, or unusable data.
 */
export async function trainRun(options: TrainRunOptions): Promise<RunSummary> {
  const { config, runPath } = options;
  await checkStart(options); // What cannot be is told before minutes of reading.
  const run = runFolder(runPath);
  const segmentation = buildSegmentation(config); // First, since it refuses what does not go together.
  try {
    return await trainInto(run, segmentation, options);
  } finally {
    segmentation.model.dispose();
  }
}

async function trainInto(
  run: RunFolder,
  segmentation: SegmentationModel,
  options: TrainRunOptions,
): Promise<RunSummary> {
  const { config, engine, isExamined, onEvent, signal } = options;
  const note = (text: string) => onEvent?.({ kind: "note", text });
  const tooMuch = memoryNote(config, segmentation, { engine });
  if (tooMuch) note(tooMuch); // Before the machine is brought to a stop.
  const unused = unusedNote(config);
  if (unused) note(unused);
  const dataSet = await readDataSet(config.data, config.layout);
  const resumed = await readResumed(run);
  if (!resumed) {
    await loadEncoderWeights(segmentation, config.encoderWeights); // It fails before minutes of reading.
  }
  const data = await openRunData(dataSet, { config, splitPath: run.split, isExamined, onEvent });
  const momentum = encoderMomentum(segmentation);
  if (!resumed && momentum !== undefined) {
    const remark = statisticsNote(config, { momentum, trainingCases: data.split.train.length });
    if (remark) note(remark);
  }
  await describeRun(run, options, data, note);
  const before = resumed && stateOf(resumed.checkpoint, resumed.path);
  const lastRow = before?.history.at(-1);
  if (lastRow) note(`Resumed after ${epochLine(lastRow)}`);
  const recorder = await openRecorder(run, { resumed: before, threshold: config.threshold, note });
  const context = { config, engine, segmentation, onEvent, signal };
  const { bestCheckpoint } = run;
  const state = await trainPhases({ ...context, ...data, bestCheckpoint, recorder }, resumed);
  return await finishRun(run, { ...context, data, state });
}

async function readResumed({ lastCheckpoint: path }: RunFolder): Promise<Resumed | undefined> {
  await removePartialFiles(dirname(path));
  return await exists(path) ? { checkpoint: await readCheckpoint(path), path } : undefined;
}

/** Files that a kill left half written; their temporary names are of no process any more. */
async function removePartialFiles(folder: string): Promise<void> {
  if (!await exists(folder)) return;
  const partial = await sortedNames(folder, ({ name }) => name.endsWith(".partial"));
  for (const name of partial) await Deno.remove(join(folder, name));
}

/** Writes what the run is fixed by; a resumed run keeps its own, and says if the engine is another. */
async function describeRun(
  run: RunFolder,
  { config, engine }: TrainRunOptions,
  { split }: RunData,
  note: (text: string) => void,
): Promise<void> {
  if (await exists(run.split)) return await compareEngine(run, engine, note);
  await writeJson(run.config, { ...config, data: resolve(config.data) });
  await writeJson(run.environment, await describeEnvironment(engine.description, config.seed));
  await writeSplit(run.split, split);
}

async function compareEngine(run: RunFolder, engine: Engine, note: (text: string) => void) {
  try {
    const before = JSON.parse(await Deno.readTextFile(run.environment)) as Environment;
    if (before.engine === engine.description) return;
    note(
      `The run began on another engine (${before.engine}); this is ${engine.description}: ` +
        "results will differ in the last digits.",
    );
  } catch (error) {
    note(`environment.json cannot be read: ${messageOf(error)}`);
  }
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomically(path, JSON.stringify(value, null, 2) + "\n");
}
