import type * as tf from "@tensorflow/tfjs";
import type { Config } from "papilio/core/config.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { assign, mismatches } from "papilio/model/variables.ts";
import {
  type BestState,
  noBest,
  type PlateauState,
  startPlateau,
  startStopping,
  type StoppingState,
  updateBest,
  updatePlateau,
  updateStopping,
} from "papilio/train/callbacks.ts";
import type { Checkpoint, TensorValues } from "papilio/train/checkpoint.ts";
import type { HistoryRow } from "papilio/train/history.ts";
import { isOptimizerState } from "papilio/train/optimizers/mod.ts";

/** Where a training run stands after an epoch; with the tensors, all that is needed to go on. */
export interface TrainingState {
  phase: 1 | 2;
  /** Of the whole run. */
  best: BestState;
  /** Of the phase. */
  stopping: StoppingState;
  plateau: PlateauState;
  history: HistoryRow[];
}

/** The state at the beginning of a phase; `before` is that at the end of the one before. */
export function beginPhase(
  phase: 1 | 2,
  config: Config,
  before?: TrainingState,
): TrainingState {
  return {
    phase,
    best: before?.best ?? noBest,
    stopping: startStopping,
    plateau: startPlateau(phaseConfig(config, phase).learningRate),
    history: before?.history ?? [],
  };
}

/** The state after one more epoch. */
export function afterEpoch(state: TrainingState, row: HistoryRow, config: Config): TrainingState {
  const { valLoss, epoch } = row;
  return {
    phase: state.phase,
    best: updateBest(state.best, valLoss, epoch),
    stopping: updateStopping(state.stopping, valLoss, config.earlyStopping),
    plateau: config.schedule.name === "plateau"
      ? updatePlateau(state.plateau, valLoss, config.reduceLearningRate)
      : state.plateau,
    history: [...state.history, row],
  };
}

/** Whether the phase had all its epochs, or was stopped early. */
export function isPhaseOver({ phase, stopping, history }: TrainingState, config: Config): boolean {
  const done = history.filter((row) => row.phase === phase).length;
  return stopping.stopped || done >= phaseConfig(config, phase).epochs;
}

export function phaseConfig(config: Config, phase: 1 | 2): Config["phase1"] {
  return phase === 1 ? config.phase1 : config.phase2;
}

/** Variables as a checkpoint of a state. */
export async function toCheckpoint(
  state: TrainingState,
  variables: ReadonlyMap<string, tf.Variable>,
): Promise<Checkpoint> {
  const tensors = new Map<string, TensorValues>();
  for (const [name, variable] of variables) {
    tensors.set(name, { shape: variable.shape, data: await variable.data<"float32">() });
  }
  return { tensors, metadata: { format: checkpointFormat, state: JSON.stringify(state) } };
}

/** The weights of a checkpoint alone: for use, not to go on from. */
export function withoutOptimizer({ tensors, metadata }: Checkpoint): Checkpoint {
  const weights = [...tensors].filter(([name]) => !isOptimizerState(name));
  return { tensors: new Map(weights), metadata };
}

const checkpointFormat = "papilio-training-1";

/** @throws {PapilioError} if the checkpoint was not written by `toCheckpoint`. */
export function stateOf({ metadata }: Checkpoint, path: string): TrainingState {
  try {
    if (metadata.format !== checkpointFormat) throw new Error(`format ${metadata.format}`);
    const state = JSON.parse(metadata.state ?? "") as TrainingState;
    return { ...state, history: state.history.map(withoutNulls) };
  } catch (error) {
    throw new PapilioError({
      cannot: `resume from ${path}`,
      expected: `metadata of the format ${checkpointFormat}`,
      got: messageOf(error),
      remedy: "Give the last.safetensors of a run of this version.",
      cause: error,
    });
  }
}

/** JSON has no NaN and writes null for it. */
function withoutNulls<Row extends object>(row: Row): Row {
  const restored = (value: unknown) =>
    typeof value === "object" && value !== null ? withoutNulls(value) : value ?? NaN;
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, restored(value)]),
  ) as Row;
}

/**
 * Sets variables from a checkpoint, each by its name.
 *
 * @throws {PapilioError} if one is missing or misshapen: it names each, and nothing has been set.
 */
export function restore(
  variables: ReadonlyMap<string, tf.Variable>,
  { tensors }: Checkpoint,
  path: string,
): void {
  const problems = mismatches(variables, tensors);
  if (problems.length > 0) {
    throw new PapilioError({
      cannot: `restore the state in ${path}`,
      expected: `${variables.size} tensors by name and shape`,
      got: problems.join("; "),
      remedy: "Resume with the configuration that the run was started with.",
    });
  }
  for (const [name, variable] of variables) {
    const values = tensors.get(name);
    if (values) assign(variable, values);
  }
}
