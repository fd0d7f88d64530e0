import * as tf from "@tensorflow/tfjs";
import type { Config } from "papilio/core/config.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { type SegmentationModel, setEncoderTrainable } from "papilio/model/segmentation.ts";
import { trainableVariables } from "papilio/model/variables.ts";
import type { Checkpoint } from "papilio/train/checkpoint.ts";
import type { TrainListener } from "papilio/train/events.ts";
import { makeLoss } from "papilio/train/losses/mod.ts";
import { Adam, type Optimizer } from "papilio/train/optimizers/mod.ts";
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
  train: BatchedStep;
  evaluation: BatchedStep;
  variables: Map<string, tf.Variable>;
}

/** Readies a phase: `resumed` holds the optimizer's state where the phase goes on. */
export async function openPhase(
  { config, engine, segmentation, onEvent }: PhaseContext,
  { phase, plateau }: TrainingState,
  resumed: Resumed | undefined,
): Promise<Phase> {
  setEncoderTrainable(segmentation, phase === 2);
  const weights = trainableVariables(segmentation.model);
  const { moving, frozen } = phaseVariables(segmentation.model);
  const optimizer = new Adam(weights, plateau.learningRate);
  if (resumed) restore(optimizer.state, resumed.checkpoint, resumed.path);
  const variables = new Map([...moving, ...optimizer.state]);
  await engine.push([...variables.values()]);
  const options = { loss: makeLoss(config.loss), threshold: config.threshold };
  const shared = { sidePx: segmentation.inputSidePx, constants: [...frozen.values()] };
  onEvent?.({ kind: "phase", phase, weights: countValues(weights), ...phaseConfig(config, phase) });
  return {
    optimizer,
    variables,
    train: new BatchedStep(engine, makeTrainStep(segmentation, optimizer, weights, options), {
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

export async function closePhase({ optimizer, train, evaluation }: Phase): Promise<void> {
  await train.dispose();
  await evaluation.dispose();
  optimizer.dispose();
}

export async function setLearningRate(engine: Engine, { learningRate }: Optimizer, value: number) {
  tf.tidy(() => learningRate.assign(tf.scalar(value)));
  await engine.push([learningRate]);
}

function countValues(variables: ReadonlyMap<string, tf.Variable>): number {
  return [...variables.values()].reduce((total, { size }) => total + size, 0);
}
