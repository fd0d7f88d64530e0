import { parseConfig } from "papilio/core/config.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import type { PlannedRun } from "papilio/comparison/planned_runs.ts";
import type { Engine } from "papilio/engine/engine.ts";
import type { TrainListener } from "papilio/train/events.ts";
import { trainRun } from "papilio/train/run.ts";
import { readRunConfig } from "papilio/train/run_config.ts";

/** A training or an evaluation that could not be done. */
export interface RunFailure {
  run: PlannedRun;
  error: string;
}

/** What becomes of a run that is there already. */
export type RunState = "new" | "begun" | "finished";

export interface TrainRunsOptions {
  engine: Engine;
  /** Called before each run; a listener for its own events comes back. */
  onRun: (run: PlannedRun, state: RunState) => TrainListener;
  /** Called after each that is finished, now or before. */
  onFinished: (run: PlannedRun) => Promise<void>;
}

/**
 * Trains the runs one after the other: what is finished is kept, what was begun goes on.
 *
 * A run that fails is told of, and the others go on.
 */
export async function trainRuns(
  runs: readonly PlannedRun[],
  { engine, onRun, onFinished }: TrainRunsOptions,
): Promise<RunFailure[]> {
  const failures: RunFailure[] = [];
  for (const run of runs) {
    const state = await stateOf(run);
    const onEvent = onRun(run, state);
    try {
      if (state !== "new") await checkSame(run);
      const { config, path } = run;
      const resume = state === "begun";
      if (state !== "finished") {
        await trainRun({ config, runPath: path, engine, resume, onEvent });
      }
      await onFinished(run);
    } catch (error) {
      const failure = { run, error: messageOf(error) };
      onEvent({ kind: "note", text: `Failed: ${failure.error}` });
      failures.push(failure);
    }
  }
  return failures;
}

/** How far a run is, by its files. */
export async function stateOf({ path }: PlannedRun): Promise<RunState> {
  const { summary, config } = runFolder(path);
  if (await exists(summary)) return "finished";
  return await exists(config) ? "begun" : "new";
}

/** Fields that may differ between two parts of a run: where things lie, and what computes. */
const free = new Set(["data", "splitFile", "engine", "device", "threads", "cacheMegabytes"]);

/** @throws {PapilioError} if the run in the folder was begun with other settings. */
async function checkSame({ path, config }: PlannedRun): Promise<void> {
  const before = await readRunConfig(path);
  const now = parseConfig(config, path);
  const others = (Object.keys(now) as (keyof typeof now)[]).filter((field) =>
    !free.has(field) && JSON.stringify(now[field]) !== JSON.stringify(before[field])
  );
  if (others.length === 0) return;
  throw new PapilioError({
    cannot: `go on with the run in ${path}`,
    expected: "the settings that it was begun with",
    got: `another ${others.join(" and ")}`,
    remedy: "Remove its folder to train it anew, or give the entry another name.",
  });
}
