import type * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { formatDuration } from "papilio/core/progress.ts";
import { metricText } from "papilio/metrics/counts.ts";
import type { HistoryRow } from "papilio/train/history.ts";
import type { RunData } from "papilio/train/run_data.ts";
import type { TrainingState } from "papilio/train/state.ts";
import type { Metrics } from "papilio/train/tally.ts";

/** What came out of a run. A metric that is not defined is NaN, and null in `summary.json`. */
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
    "valLoss" | "valAccuracy" | "valDice" | "valIou" | "valMeanImageIou" | "valClassIou"
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
  const { valLoss, valAccuracy, valDice, valIou, valMeanImageIou, valClassIou } = row;
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
    validation: {
      ...{ valLoss, valAccuracy, valDice, valIou, valMeanImageIou },
      ...(valClassIou ? { valClassIou } : {}),
    },
    test,
    trainingSeconds: history.reduce((total, { seconds }) => total + seconds, 0),
  };
}

/** The summary of a finished run, from its file. */
export async function readSummary(path: string): Promise<RunSummary> {
  const isMetric = (key: string) => key !== "test"; // Without test cases it is null itself.
  return JSON.parse(
    await Deno.readTextFile(path),
    (key, value) => value === null && isMetric(key) ? NaN : value,
  );
}

/** `"Best epoch 7: validation IoU 0.9, test IoU 0.9, test Dice 0.9; trained for 3 min 20 s"` */
export function describeRunSummary(summary: RunSummary): string {
  const { bestEpoch, validation, test, trainingSeconds } = summary;
  const scores = [
    `validation IoU ${metricText(validation.valIou)}`,
    ...(test ? [`test IoU ${metricText(test.iou)}`, `test Dice ${metricText(test.dice)}`] : []),
  ];
  return `Best epoch ${bestEpoch}: ${scores.join(", ")}; trained for ${
    formatDuration(trainingSeconds)
  }`;
}
