import * as tf from "@tensorflow/tfjs";
import { namesOf } from "papilio/core/classes.ts";
import type { Config } from "papilio/core/config.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { type SegmentationModel, setEncoderTrainable } from "papilio/model/segmentation.ts";
import { trainableVariables } from "papilio/model/variables.ts";
import { onlyClass } from "papilio/predict/truth.ts";
import type { Checkpoint } from "papilio/train/checkpoint.ts";
import type { TrainListener } from "papilio/train/events.ts";
import { lossOf } from "papilio/train/config_loss.ts";
import { makeOptimizer, type Optimizer, WeightAverage } from "papilio/train/optimizers/mod.ts";
import { type Schedule, scheduleOf } from "papilio/train/schedules.ts";
import { phaseConfig, restore, type TrainingState } from "papilio/train/state.ts";
import {
  BatchedStep,
  makeEvaluationStep,
  makeTrainStep,
  phaseVariables,
} from "papilio/train/steps.ts";

/** What a phase is made from. */
export interface PhaseContext {
  config: Config;
  engine: Engine;
  segmentation: SegmentationModel;
  /** Steps in an epoch of training. */
  stepsOfEpoch: (phase: 1 | 2) => number;
  onEvent?: TrainListener | undefined;
}

/** A state to go on from, as read from `path`. */
export interface Resumed {
  checkpoint: Checkpoint;
  path: string;
}

/** A phase's optimizer and steps, and every variable that they move. */
export interface Phase {
  optimizer: Optimizer;
  /** The learning rate of each step of the phase; none where the validation loss decides. */
  schedule: Schedule | undefined;
  average: WeightAverage | undefined;
  train: BatchedStep;
  evaluation: BatchedStep;
  variables: Map<string, tf.Variable>;
}

/** Readies a phase: `resumed` holds the optimizer's state where the phase goes on. */
export async function openPhase(
  { config, engine, segmentation, onEvent, stepsOfEpoch }: PhaseContext,
  { phase, plateau }: TrainingState,
  resumed: Resumed | undefined,
): Promise<Phase> {
  setEncoderTrainable(segmentation, phase === 2);
  const weights = trainableVariables(segmentation.model);
  const { moving, frozen } = phaseVariables(segmentation.model);
  const { maxGradientNorm, averageDecay: decay } = config.optimizer;
  const optimizer = makeOptimizer(weights, plateau.learningRate, {
    ...config.optimizer,
    rateFactorOf: rateFactors(config, segmentation),
  });
  const average = decay > 0 ? new WeightAverage(moving, { decay }) : undefined;
  const state = new Map([...optimizer.state, ...average?.state ?? []]);
  if (resumed) {
    restore(state, resumed.checkpoint, resumed.path);
    average?.exchange(); // What was saved is the average in the weights' place.
  }
  const variables = new Map([...moving, ...state]);
  await engine.push([...variables.values()]);
  const options = {
    ...{ loss: lossOf(config), threshold: config.threshold },
    foreground: onlyClass(namesOf(config.classes)),
  };
  const training = { ...options, average, maxGradientNorm: maxGradientNorm || undefined };
  const { epochs, learningRate: rate } = phaseConfig(config, phase);
  const shared = { sidePx: segmentation.inputSidePx, constants: [...frozen.values()] };
  onEvent?.({ kind: "phase", phase, weights: countValues(weights), ...phaseConfig(config, phase) });
  return {
    optimizer,
    average,
    variables,
    schedule: scheduleOf(config.schedule, { rate, steps: epochs * stepsOfEpoch(phase) }),
    train: new BatchedStep(engine, makeTrainStep(segmentation, optimizer, weights, training), {
      ...shared,
      name: `train phase ${phase}`,
      variables: [...variables.values()],
    }),
    evaluation: new BatchedStep(engine, makeEvaluationStep(segmentation, options), {
      ...shared,
      name: `evaluate phase ${phase}`,
      variables: [...moving.values()],
    }),
  };
}

export async function closePhase(phase: Phase): Promise<void> {
  await phase.train.dispose();
  await phase.evaluation.dispose();
  phase.optimizer.dispose();
  phase.average?.dispose();
}

/** The encoder's learning rate over the decoder's; it has pretrained weights to lose. */
function rateFactors({ optimizer }: Config, { encoderLayerNames }: SegmentationModel) {
  const encoder = new Set(encoderLayerNames);
  const layerOf = (name: string) => name.slice(0, name.lastIndexOf("/"));
  return (name: string) => encoder.has(layerOf(name)) ? optimizer.encoderRateFactor : 1;
}

/** Puts the averages in the weights' place, on the engine too; a second call undoes it. */
export async function exchangeAverages(engine: Engine, { average, variables }: Phase) {
  if (!average) return;
  await engine.pull([...variables.values()]);
  average.exchange();
  await engine.push([...variables.values()]);
}

export async function setLearningRate(engine: Engine, { learningRate }: Optimizer, value: number) {
  tf.tidy(() => learningRate.assign(tf.scalar(value)));
  await engine.push([learningRate]);
}

function countValues(variables: ReadonlyMap<string, tf.Variable>): number {
  return [...variables.values()].reduce((total, { size }) => total + size, 0);
}
