import { join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { resolveConfig } from "papilio/core/config.ts";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import { OnnxEngine } from "papilio/engine/compiled/onnx_engine.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { namedVariables } from "papilio/model/variables.ts";
import { decodeCheckpoint, readCheckpoint } from "papilio/train/checkpoint.ts";
import type { TrainEvent } from "papilio/train/events.ts";
import { readHistory } from "papilio/train/history.ts";
import { tinyConfig, tinyModel, tinyRun, withFolder } from "./_stand_in.ts";

const engines: [string, () => Promise<Engine>][] = [
  ["eager cpu", () => EagerEngine.create("cpu")],
  ["compiled", () => OnnxEngine.create({ threads: 1 })],
];

/** Aborts when an epoch is saved, or in the middle of the one after it. */
function interruptAt(epoch: number, step?: number) {
  const controller = new AbortController();
  const onEvent = (event: TrainEvent) => {
    const now = step === undefined
      ? event.kind === "epoch" && event.row.epoch === epoch
      : event.kind === "step" && event.epoch === epoch && event.step === step;
    if (now) controller.abort(new Error("interrupted"));
  };
  return { signal: controller.signal, onEvent };
}

async function checkpointOf(path: string) {
  const { tensors, metadata } = await readCheckpoint(path);
  const state = JSON.parse(present(metadata.state));
  for (const row of state.history) row.seconds = 0;
  return { tensors, state };
}

for (const [name, create] of engines) {
  Deno.test(`trainPhases, ${name}: learns, and keeps what a run needs`, async () => {
    const engine = await create();
    await withFolder(async (folder) => {
      const parts: string[] = [];
      const onEvent = (event: TrainEvent) =>
        void (event.kind === "step" && event.epoch === 1 && parts.push(event.part));
      const { run, state, segmentation } = await tinyRun({ engine, folder, onEvent });
      // Five cases and four, two at a time.
      expect(parts).toEqual([...Array(3).fill("training"), ...Array(2).fill("validation")]);
      expect(state.history.map(({ phase, epoch }) => [phase, epoch]))
        .toEqual([[1, 1], [1, 2], [1, 3], [2, 4], [2, 5], [2, 6]]);
      const losses = state.history.map(({ valLoss }) => valLoss);
      expect(present(losses.at(-1))).toBeLessThan(0.8 * present(losses[0]));
      expect(await readHistory(run.history)).toHaveLength(6);
      const last = await readCheckpoint(run.lastCheckpoint);
      expect([...last.tensors.keys()]).toContain("adam/m/encoder_bn/gamma");
      const best = await readCheckpoint(run.bestCheckpoint);
      expect(JSON.parse(present(best.metadata.state)).history).toHaveLength(state.best.epoch);
      const weights = namedVariables(segmentation.model);
      expect([...best.tensors.keys()].sort()).toEqual([...weights.keys()].sort());
      for (const [name, variable] of weights) {
        expect(present(best.tensors.get(name)).data).toEqual(variable.dataSync());
      }
    });
    await engine.dispose();
  });

  Deno.test(`trainPhases, ${name}: phase 1 leaves the encoder as it was, phase 2 does not`, async () => {
    const engine = await create();
    await withFolder(async (folder) => {
      const config = resolveConfig("smoke", {
        phase1: { epochs: 1, batchSize: 2 },
        phase2: { epochs: 1, batchSize: 2 },
      });
      const start = new Map(
        [...namedVariables(tinyModel().model)].map(([name, v]) => [name, v.dataSync()]),
      );
      const first: boolean[] = [];
      const moved: Record<string, boolean> = {};
      await tinyRun({
        engine,
        folder,
        config,
        onEvent(event) {
          if (event.kind !== "epoch") return;
          const path = join(folder, "checkpoints", "last.safetensors");
          const { tensors } = decodeCheckpoint(Deno.readFileSync(path), path);
          for (const [name, data] of start) {
            const same = present(tensors.get(name)).data.join() === data.join();
            if (event.row.phase === 1 && name.startsWith("encoder")) first.push(same);
            if (event.row.phase === 2) moved[name] = !same;
          }
        },
      });
      expect(first).toEqual(Array(6).fill(true));
      // The bias before a batch normalization has no gradient but rounding: it may stay.
      delete moved["encoder_conv/bias"];
      expect(Object.values(moved)).toEqual(Array(7).fill(true));
    });
    await engine.dispose();
  });

  for (
    const [moment, epoch, step] of [
      ["in the middle of an epoch of phase 1", 2, 2],
      ["at the end of phase 1", 3, undefined],
      ["in phase 2, after an epoch", 5, undefined],
      ["in the first epoch of phase 2", 4, 1],
    ] as const
  ) {
    Deno.test(`trainPhases, ${name}: resumed ${moment}, the same bits`, async () => {
      const engine = await create();
      const resumer = await create();
      await withFolder(async (folder) => {
        const whole = await tinyRun({ engine, folder: join(folder, "whole") });
        const parted = join(folder, "parted");
        await expect(tinyRun({ engine, folder: parted, ...interruptAt(epoch, step) }))
          .rejects.toThrow("interrupted");
        // Another seed: what is resumed comes from the files alone.
        const told: string[] = [];
        const resumed = await tinyRun({
          engine: resumer,
          onEvent: (event) => void (event.kind === "phase" && told.push(`phase ${event.phase}`)),
          folder: parted,
          segmentation: tinyModel(99),
          resume: true,
        });
        // Phases that are done are not told of anew.
        expect(told).toEqual(epoch < 3 ? ["phase 1", "phase 2"] : ["phase 2"]);
        for (const path of ["lastCheckpoint", "bestCheckpoint"] as const) {
          expect(await checkpointOf(resumed.run[path])).toEqual(
            await checkpointOf(whole.run[path]),
          );
        }
      });
      await resumer.dispose();
      await engine.dispose();
    });
  }
}

Deno.test("trainPhases: stops a phase early, and goes on with the best weights", async () => {
  const engine = await EagerEngine.create("cpu");
  await withFolder(async (folder) => {
    const config = resolveConfig("smoke", {
      // So high a rate that the loss rises again at once.
      phase1: { epochs: 20, batchSize: 2, learningRate: 3 },
      phase2: { epochs: 1, batchSize: 2, learningRate: 1e-9 },
      earlyStopping: { patience: 2 },
      reduceLearningRate: { patience: 1 },
    });
    const { state } = await tinyRun({ engine, folder, config });
    const first = state.history.filter(({ phase }) => phase === 1);
    const best = first.reduce((a, b) => b.valLoss < a.valLoss ? b : a);
    expect(first.length).toBe(best.epoch + 2);
    expect(first.length).toBeLessThan(20);
    expect(first.at(-1)?.learningRate).toBeLessThan(3);
    // With next to no learning rate, the first epoch of phase 2 is the best of phase 1.
    expect(state.history.at(-1)?.learningRate).toBe(1e-9);
    expect(Math.abs(present(state.history.at(-1)).valDice - best.valDice)).toBeLessThan(0.05);
  });
});

Deno.test("trainPhases: no tensor is left behind but the model's", async () => {
  const engine = await EagerEngine.create("cpu");
  await withFolder(async (folder) => {
    const segmentation = tinyModel();
    await tinyRun({ engine, folder: join(folder, "a"), segmentation });
    const before = tf.memory().numTensors;
    await tinyRun({ engine, folder: join(folder, "b"), segmentation });
    expect(tf.memory().numTensors).toBe(before);
  });
});

Deno.test("trainPhases: a loss that is not finite ends it with the remedy", async () => {
  const engine = await EagerEngine.create("cpu");
  await withFolder(async (folder) => {
    const segmentation = tinyModel();
    const kernel = present(namedVariables(segmentation.model).get("mask/kernel"));
    tf.tidy(() => kernel.assign(tf.fill(kernel.shape, NaN)));
    await expect(tinyRun({ engine, folder, segmentation, config: tinyConfig })).rejects.toThrow(
      "Cannot go on training: expected a finite loss, got NaN. Lower the learning rate",
    );
  });
});
