import type { Config } from "papilio/core/config.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { namedVariables } from "papilio/model/variables.ts";
import { runEpoch } from "papilio/train/epoch.ts";
import { makeLoss } from "papilio/train/losses/mod.ts";
import type { LabelledSet } from "papilio/train/labelled.ts";
import { BatchedStep, makeEvaluationStep, type TrainableModel } from "papilio/train/steps.ts";
import type { ImageCounts, Metrics } from "papilio/train/tally.ts";

export interface EvaluationOptions {
  config: Config;
  engine: Engine;
  segmentation: TrainableModel;
  signal?: AbortSignal | undefined;
}

/** Metrics of a set of cases, and the counts of each. */
export interface Evaluation extends Metrics {
  images: ImageCounts[];
}

/** Evaluates a model, as it is, on cases at the network's input size. */
export async function evaluateCases(
  { batches, size }: LabelledSet,
  { config, engine, segmentation, signal }: EvaluationOptions,
): Promise<Evaluation> {
  const { loss, threshold, phase2 } = config;
  const step = new BatchedStep(
    engine,
    makeEvaluationStep(segmentation, { loss: makeLoss(loss), threshold }),
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
    const tally = await runEpoch(step, stream, { signal });
    return { ...tally.metrics, images: tally.images };
  } finally {
    await step.dispose();
  }
}
