/** What training needs of every engine: the same bits twice, and checkpoints that all of them share. */
import { join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { readCheckpoint } from "papilio/train/checkpoint.ts";
import type { TrainEvent } from "papilio/train/events.ts";
import { tinyModel, tinyRun, withFolder } from "../train/_stand_in.ts";
import { type TestedEngine, testedEngines, testEngines } from "./_engines.ts";
import { relativeError } from "./harness.ts";

tf.enableProdMode();
await tf.setBackend("cpu");

async function tensorsOf(path: string) {
  return new Map([...(await readCheckpoint(path)).tensors].map(([name, { data }]) => [name, data]));
}

/** Ends a run in its second phase, whose optimizer is then under way. */
function interruptInPhase2() {
  const controller = new AbortController();
  const onEvent = (event: TrainEvent) => {
    if (event.kind === "epoch" && event.row.epoch === 5) controller.abort(new Error("interrupted"));
  };
  return { signal: controller.signal, onEvent };
}

async function withEngines(
  tested: readonly TestedEngine[],
  work: (...engines: Engine[]) => Promise<void>,
) {
  const engines: Engine[] = [];
  try {
    for (const { create } of tested) engines.push(await create());
    await work(...engines);
  } finally {
    for (const engine of engines) await engine.dispose();
  }
}

testEngines("a run gives the same bits twice, and leaves no tensor behind", async (engine) => {
  await withFolder(async (folder) => {
    const first = await tinyRun({ engine, folder: join(folder, "first") });
    first.segmentation.model.dispose();
    const before = tf.memory().numTensors;
    const second = await tinyRun({ engine, folder: join(folder, "second") });
    second.segmentation.model.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(await tensorsOf(second.run.lastCheckpoint))
      .toEqual(await tensorsOf(first.run.lastCheckpoint));
  });
});

/** Each engine goes on where the one before it in the table stopped. */
const pairs = testedEngines.map((resumer, i) => [present(testedEngines.at(i - 1)), resumer]);

for (const pair of pairs) {
  const [writer, resumer] = pair as [TestedEngine, TestedEngine];
  Deno.test(`${resumer.title} goes on with a run that was begun on ${writer.title}`, async () => {
    await withEngines([writer, resumer], async (...engines) => {
      const [first, second] = engines as [Engine, Engine];
      await withFolder(async (folder) => {
        const whole = await tinyRun({ engine: first, folder: join(folder, "whole") });
        const parted = { folder: join(folder, "parted") };
        await expect(tinyRun({ ...parted, engine: first, ...interruptInPhase2() }))
          .rejects.toThrow("interrupted");
        // Another seed: what is resumed comes from the files alone.
        const other = { engine: second, segmentation: tinyModel(99), resume: true };
        const resumed = await tinyRun({ ...parted, ...other });
        const expected = await tensorsOf(whole.run.lastCheckpoint);
        for (const [name, data] of await tensorsOf(resumed.run.lastCheckpoint)) {
          // The bias before a batch normalization has no gradient but rounding, which Adam enlarges.
          if (/encoder_conv.bias|moving_mean/.test(name)) continue;
          const error = relativeError(data, present(expected.get(name), name));
          expect([name, error < 1e-5]).toEqual([name, true]);
        }
        const [row, wholeRow] = [resumed, whole].map(({ state }) => present(state.history.at(-1)));
        expect(row?.epoch).toBe(6);
        expect(row?.loss).toBeCloseTo(present(wholeRow).loss, 6);
      });
    });
  });
}
