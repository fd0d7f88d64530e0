import type { HistoryRow } from "papilio/train/history.ts";
import type { Sample } from "papilio/train/sample_images.ts";
import type { TrainingState } from "papilio/train/state.ts";

/** What training tells while it goes on. */
export type TrainEvent =
  /** Before training: so many of the data set's cases have been read through. */
  | { kind: "reading"; done: number; total: number }
  /** A phase begins: how many numbers it trains, and its settings. */
  | {
    kind: "phase";
    phase: 1 | 2;
    weights: number;
    epochs: number;
    batchSize: number;
    learningRate: number;
  }
  /** A step of an epoch is done; `loss` is the mean of its part so far. */
  | {
    kind: "step";
    part: "training" | "validation";
    phase: 1 | 2;
    epoch: number;
    step: number;
    steps: number;
    loss: number;
  }
  /** An epoch is done and saved; `samples` are always the same validation images. */
  | { kind: "epoch"; row: HistoryRow; state: TrainingState; samples: readonly Sample[] }
  /** Something worth a line. */
  | { kind: "note"; text: string };

/** Hears what training tells; at the end of an epoch training waits for a promise that it returns. */
export type TrainListener = (event: TrainEvent) => unknown;
