import { join } from "@std/path";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { type ConfigOverrides, resolveConfig } from "papilio/core/config.ts";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import { OnnxEngine } from "papilio/engine/compiled/onnx_engine.ts";
import { readCheckpoint } from "papilio/train/checkpoint.ts";
import type { TrainEvent } from "papilio/train/events.ts";
import { polySchedule } from "papilio/train/schedules.ts";
import { tinyModel, tinyRun, withFolder } from "./_stand_in.ts";

/** Three epochs a phase, of three steps in phase 1 and two in phase 2. */
const recipe = (overrides: ConfigOverrides) =>
  resolveConfig("smoke", {
    phase1: { epochs: 3, batchSize: 2, learningRate: 0.02 },
    phase2: { epochs: 3, batchSize: 3, learningRate: 0.01 },
    ...overrides,
  });

const everything = recipe({
  optimizer: {
    name: "sgd",
    nesterov: true,
    maxGradientNorm: 0.5,
    averageDecay: 0.9,
    encoderRateFactor: 0.1,
  },
  schedule: { name: "cosine", warmUpShare: 0.2 },
});

async function tensorsOf(path: string) {
  const { tensors } = await readCheckpoint(path);
  return new Map([...tensors].map(([name, { data }]) => [name, data]));
}

const engines = [
  ["eager cpu", () => EagerEngine.create("cpu")],
  ["compiled", () => OnnxEngine.create({ threads: 1 })],
] as const;

for (const [name, create] of engines) {
  Deno.test(`recipes, ${name}: averages, schedule and momentum go on where a run was stopped`, async () => {
    const engine = await create();
    const resumer = await create();
    await withFolder(async (folder) => {
      const whole = await tinyRun({ engine, folder: join(folder, "whole"), config: everything });
      const controller = new AbortController();
      const onEvent = (event: TrainEvent) => {
        if (event.kind === "epoch" && event.row.epoch === 5) controller.abort(new Error("stop"));
      };
      const parted = { folder: join(folder, "parted"), config: everything };
      await expect(tinyRun({ engine, ...parted, onEvent, signal: controller.signal }))
        .rejects.toThrow("stop");
      const segmentation = tinyModel(99);
      const resumed = await tinyRun({ engine: resumer, ...parted, segmentation, resume: true });
      for (const path of ["lastCheckpoint", "bestCheckpoint"] as const) {
        expect(await tensorsOf(resumed.run[path])).toEqual(await tensorsOf(whole.run[path]));
      }
    });
    await resumer.dispose();
    await engine.dispose();
  });

  Deno.test(`recipes, ${name}: an average changes no step, and is what is judged and kept`, async () => {
    const engine = await create();
    await withFolder(async (folder) => {
      const phase2 = { epochs: 0 };
      const plain = await tinyRun({
        ...{ engine, folder: join(folder, "plain") },
        config: recipe({ phase2 }),
      });
      const averaged = await tinyRun({
        ...{ engine, folder: join(folder, "averaged") },
        config: recipe({ phase2, optimizer: { averageDecay: 0.9 } }),
      });
      const raw = await tensorsOf(plain.run.lastCheckpoint);
      const kept = await tensorsOf(averaged.run.lastCheckpoint);
      const best = await tensorsOf(averaged.run.bestCheckpoint);
      expect(kept.get("average/of/mask/kernel")).toEqual(raw.get("mask/kernel"));
      expect(kept.get("mask/kernel")).not.toEqual(raw.get("mask/kernel"));
      expect(averaged.state.best.epoch).toBe(3);
      expect(best.get("mask/kernel")).toEqual(kept.get("mask/kernel"));
      expect(averaged.state.history.map(({ loss }) => loss))
        .toEqual(plain.state.history.map(({ loss }) => loss));
      expect(averaged.state.history.map(({ valLoss }) => valLoss))
        .not.toEqual(plain.state.history.map(({ valLoss }) => valLoss));
    });
    await engine.dispose();
  });
}

Deno.test("recipes: a schedule counts the steps of its phase; the history has each epoch's mean", async () => {
  const engine = await EagerEngine.create("cpu");
  await withFolder(async (folder) => {
    const config = recipe({ schedule: { name: "poly", polyPower: 1 } });
    const { state } = await tinyRun({ engine, folder, config });
    const rates = state.history.map(({ learningRate }) => learningRate);
    const second = polySchedule({ rate: 0.01, steps: 6, power: 1 });
    // Along a straight line the mean is the middle: 8/9, 5/9 and 2/9 of 0.02; 5.5/6, 3.5/6, 1.5/6 of 0.01.
    const means = [
      ...[8, 5, 2].map((k) => 0.02 * k / 9),
      ...[5.5, 3.5, 1.5].map((k) => 0.01 * k / 6),
    ];
    expect(rates).toEqual(means.map((rate) => expect.closeTo(rate, 15)));
    const last = await tensorsOf(join(folder, "checkpoints", "last.safetensors"));
    expect(present(last.get("adam/learningRate"))[0]).toBeCloseTo(second(5), 9);
  });
  await engine.dispose();
});

Deno.test("recipes: a factor of next to nothing leaves the encoder where it was", async () => {
  const engine = await EagerEngine.create("cpu");
  await withFolder(async (folder) => {
    const before = tinyModel().model.getLayer("encoder_conv").getWeights()[0]?.dataSync();
    const config = recipe({ phase1: { epochs: 0 }, optimizer: { encoderRateFactor: 1e-9 } });
    const { segmentation } = await tinyRun({ engine, folder, config });
    const after = segmentation.model.getLayer("encoder_conv").getWeights()[0]?.dataSync();
    const change = present(after).map((value, i) => Math.abs(value - present(before?.[i])));
    expect(Math.max(...change)).toBeLessThan(1e-7);
    const mask = segmentation.model.getLayer("mask").getWeights()[0]?.dataSync();
    expect(mask).not.toEqual(tinyModel().model.getLayer("mask").getWeights()[0]?.dataSync());
  });
  await engine.dispose();
});
