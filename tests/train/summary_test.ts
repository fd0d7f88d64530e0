import { join } from "@std/path";
import { expect } from "expect";
import { describeRunSummary, readSummary, type RunSummary } from "papilio/train/summary.ts";
import { withFolder } from "./_stand_in.ts";

const score = { valLoss: 0.5, valAccuracy: 0.9, valDice: 0.8, valIou: 0.7, valMeanImageIou: NaN };
const summary: RunSummary = {
  run: "outputs/a",
  epochs: 3,
  bestEpoch: 2,
  parameters: 9,
  cases: { train: 2, validation: 1, test: 0 },
  validation: score,
  test: null,
  trainingSeconds: 200,
};

Deno.test("readSummary: NaN, which JSON writes as null, is back; no test cases stay null", () =>
  withFolder(async (folder) => {
    const path = join(folder, "summary.json");
    await Deno.writeTextFile(path, JSON.stringify(summary));
    expect(await readSummary(path)).toEqual(summary);
  }));

Deno.test("describeRunSummary: with and without test cases, and where a metric is not defined", () => {
  expect(describeRunSummary(summary)).toBe(
    "Best epoch 2: validation IoU 0.7000; trained for 3 min 20 s",
  );
  const test = { loss: 1, accuracy: 1, dice: NaN, iou: 0.25, meanImageDice: NaN, meanImageIou: 1 };
  expect(describeRunSummary({ ...summary, test })).toBe(
    "Best epoch 2: validation IoU 0.7000, test IoU 0.2500, test Dice –; trained for 3 min 20 s",
  );
});
