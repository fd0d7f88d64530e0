import { namesOf } from "papilio/core/classes.ts";
import type { Config } from "papilio/core/config.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { namedVariables } from "papilio/model/variables.ts";
import { onlyClass } from "papilio/predict/truth.ts";
import { runEpoch } from "papilio/train/epoch.ts";
import { lossOf } from "papilio/train/config_loss.ts";
import type { LabelledSet } from "papilio/train/labelled.ts";
import { BatchedStep, makeEvaluationStep, type TrainableModel } from "papilio/train/steps.ts";
import type { Metrics } from "papilio/train/tally.ts";

export interface EvaluationOptions {
  config: Config;
  engine: Engine;
  segmentation: TrainableModel;
  signal?: AbortSignal | undefined;
}

/** Evaluates a model, as it is, on cases at the network's input size. */
export async function evaluateCases(
  { batches, size }: LabelledSet,
  { config, engine, segmentation, signal }: EvaluationOptions,
): Promise<Metrics> {
  const { threshold, classes, phase2 } = config;
  const step = new BatchedStep(
    engine,
    makeEvaluationStep(segmentation, {
      ...{ loss: lossOf(config), threshold },
      foreground: onlyClass(namesOf(classes)),
    }),
    {
      name: "evaluate",
      sidePx: segmentation.inputSidePx,
      variables: [],
      constants: [...namedVariables(segmentation.logits).values()],
    },
  );
  const batchSize = Math.min(phase2.batchSize, size);
  try {
    const stream = batches.epoch({ batchSize, epoch: 0, shuffle: false, augment: false });
    return (await runEpoch(step, stream, { signal, classNames: namesOf(classes) })).metrics;
  } finally {
    await step.dispose();
  }
}
