import { join } from "@std/path";
import { expect } from "expect";
import { resolveConfig } from "papilio/core/config.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { OnnxEngine } from "papilio/engine/compiled/onnx_engine.ts";
import sharp from "sharp";
import { readHistory } from "papilio/train/history.ts";
import { trainRun } from "papilio/train/run.ts";
import { readSummary } from "papilio/train/summary.ts";
import { makeDataSet } from "./_disc_data_set.ts";
import { withFolder } from "./_stand_in.ts";

/** Blackens the masks of the last cases: those that validate and test. */
async function emptyLastMasks(folder: string): Promise<void> {
  for (const index of [4, 5, 6, 7]) {
    const canvas = { width: 40, height: 36, channels: 3 as const, background: "black" };
    const path = join(folder, `case ${index}`, "masks", "mask.png");
    await sharp({ create: canvas }).png().toFile(path);
  }
}

Deno.test("trainRun: metrics that are not defined, and figures that cannot be drawn, stop nothing", async () => {
  const engine = await OnnxEngine.create({ threads: 1 });
  await withFolder(async (folder) => {
    const data = join(folder, "data");
    await makeDataSet(data);
    await emptyLastMasks(data);
    const config = resolveConfig("smoke", {
      data,
      inputSidePx: 32,
      validationFraction: 0.25,
      testFraction: 0.25,
      threshold: 1, // Nothing is found where nothing is: 0 / 0.
      batchNormMomentum: 0.999,
      phase2: { epochs: 0 },
    });
    const run = runFolder(join(folder, "run"));
    const notes: string[] = [];
    const onEvent = (event: { kind: string; text?: string }) => notes.push(event.text ?? "");
    const summary = await trainRun({ config, runPath: run.path, engine, onEvent });
    expect(notes.join()).toContain("better give --batch-norm-momentum 0.9.");
    expect([summary.validation.valDice, summary.test?.iou]).toEqual([NaN, NaN]);
    expect(await readSummary(run.summary)).toEqual(summary);
    expect((await Deno.readTextFile(run.history)).split("\n")[1]).toContain(",,"); // Empty fields.
    expect((await readHistory(run.history))[0]?.valDice).toBeNaN();
    expect(await Deno.readTextFile(join(run.model, "README.md"))).toMatch(/\| test \| 2 .* – \|/);

    await Deno.remove(run.summary);
    await Deno.remove(run.figures, { recursive: true });
    await Deno.writeTextFile(run.figures, "a file where the folder should be");
    const again = await trainRun({ config, runPath: run.path, engine, onEvent, resume: true });
    expect(again).toEqual(summary); // NaN has come through the checkpoint.
    expect(notes.join()).toContain("examples.png is left out: ");
  });
  await engine.dispose();
});
