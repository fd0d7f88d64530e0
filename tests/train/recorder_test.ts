import { expect } from "expect";
import { exists } from "papilio/core/files.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { readHistory } from "papilio/train/history.ts";
import { openRecorder } from "papilio/train/recorder.ts";
import type { TrainingState } from "papilio/train/state.ts";
import { withFolder } from "./_stand_in.ts";

const state: TrainingState = {
  phase: 1,
  best: { value: 0.5, epoch: 1 },
  stopping: { best: 0.5, wait: 0, stopped: false },
  plateau: { learningRate: 1e-3, best: 0.5, wait: 0 },
  history: [{
    ...{ phase: 1, epoch: 1, learningRate: 1e-3, loss: 0.6, accuracy: 0.9, dice: 0.8, iou: 0.7 },
    ...{ valLoss: 0.5, valAccuracy: 0.9, valDice: 0.8, valIou: 0.7, valMeanImageIou: 0.6 },
    seconds: 2,
  }],
};

Deno.test("a history that another program holds costs a note, not the training", () =>
  withFolder(async (folder) => {
    const run = runFolder(folder);
    await Deno.mkdir(run.history); // As good as one that a spreadsheet holds.
    const notes: string[] = [];
    const recorder = await openRecorder(run, { note: (text) => notes.push(text) });
    const checkpoint = { tensors: new Map(), metadata: {} };
    await recorder.record(state, checkpoint, []);
    expect(notes).toEqual([expect.stringMatching(/^history\.csv could not be written: /)]);
    expect(await exists(run.lastCheckpoint)).toBe(true);
    await Deno.remove(run.history);
    await recorder.record(state, checkpoint, []);
    expect(await readHistory(run.history)).toEqual(state.history);
  }));
