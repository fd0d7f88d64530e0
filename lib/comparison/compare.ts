import { join } from "@std/path";
import { present } from "papilio/core/assert.ts";
import { measuredClasses, namesOf } from "papilio/core/classes.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { checkOutputFolder } from "papilio/core/output.ts";
import { withNetwork } from "papilio/comparison/_network.ts";
import { checkSameSettings, progressOf } from "papilio/comparison/begun_runs.ts";
import type { ResolvedEntry } from "papilio/comparison/entries.ts";
import { measuredBefore } from "papilio/comparison/files.ts";
import { type JudgedRun, judgeRun, type PredictionWish } from "papilio/comparison/judge_run.ts";
import { type PlannedRun, planRuns } from "papilio/comparison/planned_runs.ts";
import { comparisonRows, type JudgedEntry } from "papilio/comparison/rows.ts";
import type { RunPlace } from "papilio/comparison/run_heading.ts";
import { measureSpeed } from "papilio/comparison/speed.ts";
import type { ComparisonTable } from "papilio/comparison/table.ts";
import { type RunFailure, trainRuns } from "papilio/comparison/train_runs.ts";
import type { Engine } from "papilio/engine/engine.ts";
import type { TrainListener } from "papilio/train/events.ts";
import { memoryNote } from "papilio/train/memory_note.ts";

export interface CompareOptions {
  /** Folder of the comparison. */
  out: string;
  /** For k-fold cross-validation. */
  folds?: number | undefined;
  /** What trains; without, the table is made of the runs that are finished. */
  engine?: Engine | undefined;
  /** Called before each run, with its number; a listener for its own events comes back. */
  onRun?: (run: PlannedRun, at: RunPlace) => TrainListener;
  /** Hears of what is no run's own. */
  onEvent?: TrainListener | undefined;
}

/**
 * Trains entries on one data set with the same cases for all, judges them, and compares.
 *
 * Each is an ordinary run in the comparison's folder: what is finished is kept, and what was interrupted
 * goes on. One that fails is told of at the end.
 *
 * @throws {PapilioError} for unusable data, for a folder with another comparison, and if no run could be
 * judged.
 */
export async function compare(
  entries: readonly ResolvedEntry[],
  options: CompareOptions,
): Promise<ComparisonTable> {
  const { out, folds, engine, onEvent } = options;
  if (!engine && !await exists(join(out, "plan.json"))) throw nothingThere(out);
  if (engine) noteMemory(entries, engine, onEvent);
  await checkOutputFolder(out, { option: "--out" });
  const runs = await planRuns(entries, { out, folds, onEvent });
  const judged: JudgedRun[] = [];
  const onFinished = async (run: PlannedRun) => void judged.push(await judgeRun(run, wishOf(run)));
  const failures = engine
    ? await trainAll(runs, { ...options, engine, onFinished })
    : await judgeFinished(runs, onFinished);
  if (judged.length === 0) throw nothingJudged(out, failures);
  const judgedEntries = await withSpeed(entries, judged, {
    before: engine ? undefined : out,
    onEvent,
  });
  const { data, seed, classes } = present(entries[0]).config;
  const names = namesOf(classes);
  return {
    ...{ data, seed, part: present(judged[0]).part, folds: folds ?? 0 },
    classes: measuredClasses(names).map((number) => present(names[number])),
    images: new Set(judged.flatMap(({ byId }) => [...byId.keys()])).size,
    rows: comparisonRows(judgedEntries, { seed }),
    failures: failures.map(({ run: { entry, fold }, error }) => ({
      name: entry.name,
      fold,
      error,
    })),
  };
}

/** Told before the first run, since the one that fills the memory may be the last. */
function noteMemory(
  entries: readonly ResolvedEntry[],
  engine: Engine,
  onEvent: TrainListener = () => {},
): void {
  for (const { name, config } of entries) {
    const text = withNetwork(config, (network) => memoryNote(config, network, { engine }));
    if (text) onEvent({ kind: "note", text: `${name}: ${text}` });
  }
}

async function trainAll(
  runs: readonly PlannedRun[],
  { engine, onRun, onFinished }: CompareOptions & {
    engine: Engine;
    onFinished: (run: PlannedRun) => Promise<void>;
  },
): Promise<RunFailure[]> {
  return await trainRuns(runs, {
    engine,
    onFinished,
    onRun: (run, progress) =>
      onRun?.(run, { number: runs.indexOf(run) + 1, of: runs.length, progress }) ?? (() => {}),
  });
}

/** Of a run that a table without training leaves out. */
export const notFinished = "not finished";

async function judgeFinished(
  runs: readonly PlannedRun[],
  onFinished: (run: PlannedRun) => Promise<void>,
): Promise<RunFailure[]> {
  const failures: RunFailure[] = [];
  for (const run of runs) {
    try {
      if (await progressOf(run) !== "finished") {
        failures.push({ run, error: notFinished });
        continue;
      }
      await checkSameSettings(run);
      await onFinished(run);
    } catch (error) {
      failures.push({ run, error: messageOf(error) });
    }
  }
  return failures;
}

/** The entries with judged runs; the time of each is that of its first network. */
async function withSpeed(
  entries: readonly ResolvedEntry[],
  judged: readonly JudgedRun[],
  { before, onEvent }: Pick<CompareOptions, "onEvent"> & {
    /** Folder with times of networks, if those are to be taken. */
    before: string | undefined;
  },
): Promise<JudgedEntry[]> {
  const parts = entries.map((entry) => ({
    entry,
    runs: judged.filter(({ run }) => run.entry === entry),
  })).filter(({ runs }) => runs.length > 0);
  const firsts = parts.flatMap(({ runs }) => runs.slice(0, 1));
  const known = before === undefined ? new Map<string, number>() : await measuredBefore(before);
  const areKnown = firsts.every(({ modelHash }) => known.has(modelHash));
  if (!areKnown) onEvent?.({ kind: "note", text: "Measuring the time for an image" });
  // All or none: times of two occasions are not to be compared.
  const times = areKnown
    ? firsts.map(({ modelHash }) => present(known.get(modelHash)))
    : await measureSpeed(firsts.map(({ run }) => run.path), wishOf(present(firsts[0]).run));
  return parts.map((part, i) => ({ ...part, milliseconds: present(times[i]) }));
}

/** What computes predictions; the same for all runs. */
function wishOf({ config: { engine, device, threads } }: PlannedRun): PredictionWish {
  return { engine, device, threads };
}

function nothingThere(out: string): PapilioError {
  return new PapilioError({
    cannot: `make the table of ${out}`,
    expected: "a comparison, with its plan.json",
    got: "none",
    remedy: "Give its folder with --out, or leave --only-table out to train.",
  });
}

function nothingJudged(out: string, failures: readonly RunFailure[]): PapilioError {
  return new PapilioError({
    cannot: `make the table of ${out}`,
    expected: "at least one finished run",
    got: failures.map(({ run, error }) => `${run.entry.name}: ${error}`).join("; "),
    remedy: "Mend what failed, and give the same command again.",
  });
}
