/**
 * What is decided after each epoch from the validation loss: three state machines without effects.
 *
 * A state is plain JSON, so that a checkpoint can hold it; the loop acts on what it says.
 */

/** The lowest value seen so far; `null` before the first. */
export interface BestState {
  value: number | null;
  epoch: number;
}

/** Keras' `ModelCheckpoint(save_best_only=True)`: whether this epoch is the best is `epoch` of the result. */
export function updateBest(state: BestState, valLoss: number, epoch: number): BestState {
  return isBetter(valLoss, state.value) ? { value: valLoss, epoch } : state;
}

export const noBest: BestState = { value: null, epoch: 0 };

/** Epochs without an improvement since the best of the phase. */
export interface StoppingState {
  best: number | null;
  wait: number;
  stopped: boolean;
}

export const startStopping: StoppingState = { best: null, wait: 0, stopped: false };

/**
 * Keras' `EarlyStopping` with `min_delta` 0: stops when `patience` epochs in a row were no better.
 *
 * The first epoch of a phase never stops it.
 *
 * @example
 * ```ts
 * import { startStopping, updateStopping } from "papilio/train/callbacks.ts";
 * let state = startStopping;
 * for (const valLoss of [0.5, 0.6, 0.5]) state = updateStopping(state, valLoss, { patience: 2 });
 * console.assert(state.stopped);
 * ```
 */
export function updateStopping(
  { best, wait }: StoppingState,
  valLoss: number,
  { patience }: { patience: number },
): StoppingState {
  if (isBetter(valLoss, best)) return { best: valLoss, wait: 0, stopped: false };
  const isFirst = best === null;
  return { best, wait: wait + 1, stopped: !isFirst && wait + 1 >= patience };
}

/** The learning rate, and how long the validation loss has been on a plateau. */
export interface PlateauState {
  learningRate: number;
  best: number | null;
  wait: number;
}

/** An improvement below this counts as none; Keras' `min_delta`. */
const plateauDelta = 1e-4;

export function startPlateau(learningRate: number): PlateauState {
  return { learningRate, best: null, wait: 0 };
}

/**
 * Keras' `ReduceLROnPlateau` with `min_delta` 1e-4 and no cool-down.
 *
 * After `patience` epochs in a row that were not better by more than 1e-4, the learning rate is
 * multiplied by `factor`, never below `minimum`, and the count begins anew.
 */
export function updatePlateau(
  state: PlateauState,
  valLoss: number,
  options: { factor: number; patience: number; minimum: number },
): PlateauState {
  if (isBetter(valLoss + plateauDelta, state.best)) return { ...state, best: valLoss, wait: 0 };
  const wait = state.wait + 1;
  const isDue = wait >= options.patience && state.learningRate > options.minimum;
  if (!isDue) return { ...state, wait };
  const learningRate = Math.max(state.learningRate * options.factor, options.minimum);
  return { ...state, learningRate, wait: 0 };
}

/** Whether a loss is lower than the best; a NaN never is, anything else beats nothing. */
function isBetter(value: number, best: number | null): boolean {
  return best === null ? !Number.isNaN(value) : value < best;
}
