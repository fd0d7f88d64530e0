import { namesOf } from "papilio/core/classes.ts";
import { namedVariables } from "papilio/model/variables.ts";
import { readCheckpoint } from "papilio/train/checkpoint.ts";
import { drawnOf } from "papilio/report/class_overlay.ts";
import { type BatchListener, runEpoch } from "papilio/train/epoch.ts";
import type { HistoryRow } from "papilio/train/history.ts";
import type { LabelledBatch, LabelledSet } from "papilio/train/labelled.ts";
import {
  closePhase,
  exchangeAverages,
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
import { meanRate } from "papilio/train/schedules.ts";
import type { Metrics } from "papilio/train/tally.ts";

/** What the loop works on. */
export interface TrainingLoop extends Omit<PhaseContext, "stepsOfEpoch"> {
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
  const stepsOfEpoch = (phase: 1 | 2) => stepsOf(loop.train, loop, phase);
  // Of a phase that a resumed run finds done there is nothing to tell.
  const onEvent = isPhaseOver(state, loop.config) ? undefined : loop.onEvent;
  const phase = await openPhase({ ...loop, onEvent, stepsOfEpoch }, state, slots);
  try {
    loop.signal?.throwIfAborted();
    while (!isPhaseOver(state, loop.config)) {
      const { row, samples } = await trainEpoch(loop, phase, state);
      state = afterEpoch(state, row, loop.config);
      if (!phase.schedule) {
        await setLearningRate(loop.engine, phase.optimizer, state.plateau.learningRate);
      }
      await loop.engine.pull([...phase.variables.values()]);
      const saved = new Map([...namedVariables(loop.segmentation.model), ...phase.variables]);
      await loop.recorder.record(state, await toCheckpoint(state, saved), samples);
      await loop.onEvent?.({ kind: "epoch", row, state, samples });
      await exchangeAverages(loop.engine, phase);
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
  const classNames = namesOf(config.classes);
  const batches = loop.train.batches.epoch({
    ...shared,
    shuffle: true,
    augment: config.augment.enabled,
  });
  const trained = await runEpoch(phase.train, scheduled(batches, loop, phase, state), {
    ...{ signal, classNames },
    onBatch: report,
  });
  await exchangeAverages(loop.engine, phase);
  const { samples, collect } = sampleCollector(loop);
  const validated = await runEpoch(
    phase.evaluation,
    loop.validation.batches.epoch({ ...shared, shuffle: false, augment: false }),
    { signal, classNames, onBatch: (...step) => (collect(...step), report(...step)) },
  );
  const seconds = (performance.now() - startMs) / 1000;
  const learningRate = phase.schedule
    ? meanRate(phase.schedule, {
      first: doneSteps(loop, state),
      count: stepsOf(loop.train, loop, state.phase),
    })
    : state.plateau.learningRate;
  const metrics = { train: trained.metrics, validation: validated.metrics };
  return { row: toRow({ phase: state.phase, epoch, learningRate, seconds }, metrics), samples };
}

/** The batches, with the learning rate of each step set when it is due. */
async function* scheduled(
  batches: AsyncIterable<LabelledBatch>,
  loop: TrainingLoop,
  { schedule, optimizer }: Phase,
  state: TrainingState,
): AsyncGenerator<LabelledBatch> {
  let step = doneSteps(loop, state);
  for await (const batch of batches) {
    if (schedule) await setLearningRate(loop.engine, optimizer, schedule(step++));
    yield batch;
  }
}

/** Steps of the phase that are behind. */
function doneSteps(loop: TrainingLoop, { phase, history }: TrainingState): number {
  const epochs = history.filter((row) => row.phase === phase).length;
  return epochs * stepsOf(loop.train, loop, phase);
}

/** Steps in an epoch of a set; the last, smaller batch is one too. */
function stepsOf({ size }: LabelledSet, { config }: Pick<TrainingLoop, "config">, phase: 1 | 2) {
  return Math.ceil(size / phaseConfig(config, phase).batchSize);
}

/** Keeps the first images that are evaluated, to be looked at in TensorBoard. */
function sampleCollector(
  { segmentation: { inputSidePx: sidePx }, config }: Pick<TrainingLoop, "segmentation" | "config">,
) {
  const samples: Sample[] = [];
  const classes = drawnOf(config.classes);
  const collect: BatchListener = (batch, { probabilities }) => {
    const count = sampleCount - samples.length;
    if (probabilities) {
      samples.push(...takeSamples(batch, probabilities.data, { sidePx, count, classes }));
    }
  };
  return { samples, collect };
}

function toRow(
  { phase, epoch, learningRate, seconds }: Pick<
    HistoryRow,
    "phase" | "epoch" | "learningRate" | "seconds"
  >,
  { train, validation }: { train: Metrics; validation: Metrics },
): HistoryRow {
  const { classes } = validation;
  return {
    phase,
    epoch,
    learningRate,
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
    ...(classes
      ? { valClassIou: Object.fromEntries(classes.map(({ name, iou }) => [name, iou])) }
      : {}),
  };
}

/** Counts the steps of an epoch, those of validation included. */
function stepReporter(
  loop: TrainingLoop,
  phase: 1 | 2,
  epoch: number,
): BatchListener {
  const training = stepsOf(loop.train, loop, phase);
  const steps = training + stepsOf(loop.validation, loop, phase);
  let step = 0;
  return (_batch, _outputs, loss) => {
    const part = ++step > training ? "validation" : "training";
    loop.onEvent?.({ kind: "step", part, phase, epoch, step, steps, loss });
  };
}
