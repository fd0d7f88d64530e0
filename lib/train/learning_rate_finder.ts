import type * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import type { Config } from "papilio/core/config.ts";
import { assign, namedVariables } from "papilio/model/variables.ts";
import type { LabelledBatch, LabelledSet } from "papilio/train/labelled.ts";
import {
  closePhase,
  openPhase,
  type Phase,
  type PhaseContext,
  setLearningRate,
} from "papilio/train/phase.ts";
import { type RateSearchOptions, type RateTrial, searchRates } from "papilio/train/rate_search.ts";
import { beginPhase, phaseConfig } from "papilio/train/state.ts";

/** What is trained, on what. */
export interface RateFinderContext
  extends Pick<PhaseContext, "config" | "engine" | "segmentation"> {
  train: LabelledSet;
  /** An abort ends the search before its next step, with its reason. */
  signal?: AbortSignal | undefined;
}

export interface RateFinderOptions extends RateSearchOptions {
  phase: 1 | 2;
  onTrial?: (done: number) => void;
}

/**
 * Tries rising learning rates on a phase's own steps, over its training batches; see `searchRates`.
 *
 * An epoch's last, smaller batch is left out: its loss would stand out. Weights and moving statistics
 * are afterwards what they were before.
 *
 * @throws {PapilioError} for options out of range.
 */
export async function findLearningRate(
  context: RateFinderContext,
  { phase, onTrial, ...options }: RateFinderOptions,
): Promise<RateTrial[]> {
  const { engine, segmentation, signal } = context;
  const config = withoutSchedule(context.config);
  const variables = namedVariables(segmentation.model);
  const before = await valuesOf(variables);
  const steps = await openPhase(
    { config, engine, segmentation, stepsOfEpoch: () => 1 },
    beginPhase(phase, config),
    undefined,
  );
  const batches = wholeBatches(context, phase);
  let done = 0;
  try {
    return await searchRates(async (rate) => {
      signal?.throwIfAborted();
      const loss = await lossOfStep(context, steps, { rate, batches });
      onTrial?.(++done);
      return loss;
    }, options);
  } finally {
    await batches.return();
    await closePhase(steps);
    for (const [name, data] of before) assign(present(variables.get(name)), data);
    await engine.push([...variables.values()]);
  }
}

/** What would decide on the learning rate, or hold the weights, besides the search. */
function withoutSchedule(config: Config): Config {
  return {
    ...config,
    schedule: { ...config.schedule, name: "plateau" },
    optimizer: { ...config.optimizer, averageDecay: 0 },
  };
}

async function valuesOf(variables: ReadonlyMap<string, tf.Variable>) {
  const values = [...variables].map(async ([name, variable]) => {
    const data = (await variable.data<"float32">()).slice();
    return [name, { shape: variable.shape, data }] as const;
  });
  return new Map(await Promise.all(values));
}

/** Takes a step at a rate on the next batch. */
async function lossOfStep(
  { engine }: RateFinderContext,
  { optimizer, train }: Phase,
  { rate, batches }: { rate: number; batches: AsyncGenerator<LabelledBatch> },
): Promise<number> {
  const batch = present((await batches.next()).value as LabelledBatch | undefined, "a batch");
  await setLearningRate(engine, optimizer, rate);
  const { loss } = await train.run(batch);
  return present(loss?.data[0], "loss");
}

/** Batches of full size, epoch after epoch. */
async function* wholeBatches(
  { config, train }: RateFinderContext,
  phase: 1 | 2,
): AsyncGenerator<LabelledBatch, void, undefined> {
  const { batchSize } = phaseConfig(config, phase);
  const full = Math.min(batchSize, train.size);
  for (let epoch = 1;; epoch++) {
    const options = { batchSize, epoch, shuffle: true, augment: config.augment.enabled };
    for await (const batch of train.batches.epoch(options)) {
      if (batch.size === full) yield batch;
    }
  }
}
