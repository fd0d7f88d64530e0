import type * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import type { HistoryRow } from "papilio/train/history.ts";
import type { RunData } from "papilio/train/run_data.ts";
import type { TrainingState } from "papilio/train/state.ts";
import type { Metrics } from "papilio/train/tally.ts";

/** What came out of a run; `summary.json`. */
export interface RunSummary {
  /** The run folder. */
  run: string;
  epochs: number;
  bestEpoch: number;
  parameters: number;
  cases: { train: number; validation: number; test: number };
  /** Of the best epoch. */
  validation: Pick<
    HistoryRow,
    "valLoss" | "valAccuracy" | "valDice" | "valIou" | "valMeanImageIou"
  >;
  /** With the best weights; null without test cases. */
  test: Metrics | null;
  /** Of all epochs, those before an interruption included. */
  trainingSeconds: number;
}

/** The summary of a run whose last state this is. */
export function summarize(
  run: string,
  model: tf.LayersModel,
  { data, state, test }: { data: RunData; state: TrainingState; test: Metrics | null },
): RunSummary {
  const { history, best } = state;
  const row = present(history[best.epoch - 1], "the best epoch");
  const { valLoss, valAccuracy, valDice, valIou, valMeanImageIou } = row;
  return {
    run,
    epochs: history.length,
    bestEpoch: best.epoch,
    parameters: model.countParams(),
    cases: {
      train: data.train.size,
      validation: data.validation.size,
      test: data.test?.size ?? 0,
    },
    validation: { valLoss, valAccuracy, valDice, valIou, valMeanImageIou },
    test,
    trainingSeconds: history.reduce((total, { seconds }) => total + seconds, 0),
  };
}
