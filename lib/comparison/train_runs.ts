import { messageOf } from "papilio/core/errors.ts";
import { checkSameSettings, progressOf, type RunProgress } from "papilio/comparison/begun_runs.ts";
import type { PlannedRun } from "papilio/comparison/planned_runs.ts";
import type { Engine } from "papilio/engine/engine.ts";
import type { TrainListener } from "papilio/train/events.ts";
import { trainRun } from "papilio/train/run.ts";

/** A training or an evaluation that could not be done. */
export interface RunFailure {
  run: PlannedRun;
  error: string;
}

export interface TrainRunsOptions {
  engine: Engine;
  /** Called before each run; a listener for its own events comes back. */
  onRun: (run: PlannedRun, progress: RunProgress) => TrainListener;
  /** Called after each that is finished, now or before. */
  onFinished: (run: PlannedRun) => Promise<void>;
}

/**
 * Trains the runs one after the other: what is finished is kept, what was begun goes on.
 *
 * A run that fails is told of, and the others go on. The cases of the runs' lists are known to be usable for the
 * first one.
 */
export async function trainRuns(
  runs: readonly PlannedRun[],
  { engine, onRun, onFinished }: TrainRunsOptions,
): Promise<RunFailure[]> {
  const failures: RunFailure[] = [];
  for (const run of runs) {
    const progress = await progressOf(run);
    const onEvent = onRun(run, progress);
    try {
      if (progress !== "new") await checkSameSettings(run);
      const { config, path } = run;
      const resume = progress === "begun";
      // Cases that can be used depend on the channels too.
      const isExamined = config.inputChannels === runs[0]?.config.inputChannels;
      if (progress !== "finished") {
        await trainRun({ config, runPath: path, engine, resume, isExamined, onEvent });
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
