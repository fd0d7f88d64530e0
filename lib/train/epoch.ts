import type { OutputData } from "papilio/engine/engine.ts";
import type { LabelledBatch } from "papilio/train/labelled.ts";
import type { BatchedStep } from "papilio/train/steps.ts";
import { Tally } from "papilio/train/tally.ts";

/** Told after each step, with the mean loss so far. */
export type BatchListener = (
  batch: LabelledBatch,
  outputs: Record<string, OutputData>,
  meanLoss: number,
) => void;

export interface EpochOptions {
  /** Asked before each step: an abort ends the epoch with its reason. */
  signal?: AbortSignal | undefined;
  onBatch?: BatchListener;
  /** Of the masks; none if they are binary. */
  classNames?: readonly string[];
}

/** Runs a step, of training or of evaluation, over batches; returns their loss and counts. */
export async function runEpoch(
  step: BatchedStep,
  batches: AsyncIterable<LabelledBatch>,
  { signal, onBatch, classNames }: EpochOptions = {},
): Promise<Tally> {
  const tally = new Tally(classNames);
  for await (const batch of batches) {
    signal?.throwIfAborted();
    const outputs = await step.run(batch);
    tally.add(batch, outputs);
    onBatch?.(batch, outputs, tally.loss);
  }
  signal?.throwIfAborted();
  return tally;
}
