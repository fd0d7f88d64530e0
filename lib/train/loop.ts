import { namedVariables } from "papilio/model/variables.ts";
import { readCheckpoint } from "papilio/train/checkpoint.ts";
import { type BatchListener, runEpoch } from "papilio/train/epoch.ts";
import type { HistoryRow } from "papilio/train/history.ts";
import type { LabelledSet } from "papilio/train/labelled.ts";
import {
  closePhase,
  openPhase,
  type Phase,
  type PhaseContext,
  type Resumed,
  setLearningRate,
} from "papilio/train/phase.ts";
import type { Recorder } from "papilio/train/recorder.ts";
import { type Sample, takeSamples } from "papilio/train/sample_images.ts";
import {
  afterEpoch,
  beginPhase,
  isPhaseOver,
  phaseConfig,
  restore,
  stateOf,
  toCheckpoint,
  type TrainingState,
} from "papilio/train/state.ts";
import type { Metrics } from "papilio/train/tally.ts";

/** What the loop works on. */
export interface TrainingLoop extends PhaseContext {
  train: LabelledSet;
  validation: LabelledSet;
  /** Path of the best weights, which the recorder writes. */
  bestCheckpoint: string;
  recorder: Recorder;
  signal?: AbortSignal | undefined;
}

const sampleCount = 4;

/**
 * Trains in two phases: the encoder frozen, then all layers with a fresh optimizer.
 *
 * Each phase ends after its epochs or when the validation loss stops falling; phase 2 begins with the
 * best weights so far, and the best weights of the run are in the model at the end.
 */
export async function trainPhases(loop: TrainingLoop, resumed?: Resumed): Promise<TrainingState> {
  const { config } = loop;
  let state = resumed && resumeAt(loop, resumed);
  for (const phase of [1, 2] as const) {
    const isBehind = state !== undefined && state.phase > phase;
    if (isBehind || phaseConfig(config, phase).epochs === 0) continue;
    const slots = state?.phase === phase ? resumed : undefined;
    if (!slots) {
      if (state) await restoreBest(loop, state);
      state = beginPhase(phase, config, state);
    }
    if (state) state = await trainPhase(loop, state, slots);
  }
  if (!state) throw new Error("Internal mistake: no phase was trained");
  await restoreBest(loop, state);
  return state;
}

function resumeAt({ segmentation }: TrainingLoop, { checkpoint, path }: Resumed): TrainingState {
  restore(namedVariables(segmentation.model), checkpoint, path);
  return stateOf(checkpoint, path);
}

/** Sets the model to the best weights of the run. */
async function restoreBest(loop: TrainingLoop, { best }: TrainingState): Promise<void> {
  if (best.epoch === 0) return;
  const variables = namedVariables(loop.segmentation.model);
  restore(variables, await readCheckpoint(loop.bestCheckpoint), loop.bestCheckpoint);
  await loop.engine.push([...variables.values()]);
}

async function trainPhase(
  loop: TrainingLoop,
  start: TrainingState,
  slots: Resumed | undefined,
): Promise<TrainingState> {
  let state = start;
  const phase = await openPhase(loop, state, slots);
  try {
    loop.signal?.throwIfAborted();
    while (!isPhaseOver(state, loop.config)) {
      const { row, samples } = await trainEpoch(loop, phase, state);
      state = afterEpoch(state, row, loop.config);
      await setLearningRate(loop.engine, phase.optimizer, state.plateau.learningRate);
      await loop.engine.pull([...phase.variables.values()]);
      const saved = new Map([
        ...namedVariables(loop.segmentation.model),
        ...phase.optimizer.state,
      ]);
      await loop.recorder.record(state, await toCheckpoint(state, saved), samples);
      await loop.onEvent?.({ kind: "epoch", row, state, samples });
    }
  } finally {
    await closePhase(phase);
  }
  return state;
}

/** One epoch of training and its validation. */
async function trainEpoch(loop: TrainingLoop, phase: Phase, state: TrainingState) {
  const { config, signal } = loop;
  const startMs = performance.now();
  const epoch = state.history.length + 1;
  const { batchSize } = phaseConfig(config, state.phase);
  const shared = { batchSize, epoch };
  const report = stepReporter(loop, state.phase, epoch);
  const trained = await runEpoch(
    phase.train,
    loop.train.batches.epoch({ ...shared, shuffle: true, augment: config.augment.enabled }),
    { signal, onBatch: report },
  );
  const { samples, collect } = sampleCollector(loop.segmentation.inputSidePx);
  const validated = await runEpoch(
    phase.evaluation,
    loop.validation.batches.epoch({ ...shared, shuffle: false, augment: false }),
    { signal, onBatch: (...step) => (collect(...step), report(...step)) },
  );
  const seconds = (performance.now() - startMs) / 1000;
  return { row: toRow(state, epoch, trained.metrics, validated.metrics, seconds), samples };
}

/** Keeps the first images that are evaluated, to be looked at in TensorBoard. */
function sampleCollector(sidePx: number) {
  const samples: Sample[] = [];
  const collect: BatchListener = (batch, { probabilities }) => {
    const count = sampleCount - samples.length;
    if (probabilities) samples.push(...takeSamples(batch, probabilities.data, { sidePx, count }));
  };
  return { samples, collect };
}

function toRow(
  { phase, plateau }: TrainingState,
  epoch: number,
  train: Metrics,
  validation: Metrics,
  seconds: number,
): HistoryRow {
  return {
    phase,
    epoch,
    learningRate: plateau.learningRate,
    loss: train.loss,
    accuracy: train.accuracy,
    dice: train.dice,
    iou: train.iou,
    valLoss: validation.loss,
    valAccuracy: validation.accuracy,
    valDice: validation.dice,
    valIou: validation.iou,
    valMeanImageIou: validation.meanImageIou,
    seconds,
  };
}

/** Counts the steps of an epoch, those of validation included. */
function stepReporter(
  { config, onEvent, train, validation }: TrainingLoop,
  phase: 1 | 2,
  epoch: number,
): BatchListener {
  const { batchSize } = phaseConfig(config, phase);
  const steps = Math.ceil(train.size / batchSize) + Math.ceil(validation.size / batchSize);
  let step = 0;
  return (_batch, _outputs, loss) =>
    onEvent?.({ kind: "step", phase, epoch, step: ++step, steps, loss });
}
