import { join } from "@std/path";
import { expect } from "expect";
import { parseClasses } from "papilio/core/classes.ts";
import { resolveConfig } from "papilio/core/config.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { makeSyntheticDataSet } from "papilio/data/synthetic.ts";
import { OnnxEngine } from "papilio/engine/compiled/onnx_engine.ts";
import { Predictor } from "papilio/predict/predictor.ts";
import { readCheckpoint } from "papilio/train/checkpoint.ts";
import type { TrainEvent } from "papilio/train/events.ts";
import { readHistory } from "papilio/train/history.ts";
import { trainRun } from "papilio/train/run.ts";
import { withFolder } from "./_stand_in.ts";

const names = ["background", "wings", "body", "antennae"];

const configFor = (data: string) =>
  resolveConfig("parts", {
    ...{ data, inputSidePx: 33, inputChannels: 1, testFraction: 0.25, validationFraction: 0.25 },
    ...{ encoder: "double-conv", encoderDepth: 3, encoderFilters: 4, encoderBatchNorm: true },
    encoderWeights: "none",
    phase1: { epochs: 1, batchSize: 2 },
    phase2: { epochs: 2, batchSize: 2, learningRate: 0.01 },
    optimizer: { name: "adamw", averageDecay: 0.9, encoderRateFactor: 0.5, maxGradientNorm: 1 },
    schedule: { name: "one-cycle" },
  });

async function tensorsOf(path: string) {
  const { tensors } = await readCheckpoint(path);
  return new Map([...tensors].map(([name, { data }]) => [name, data]));
}

Deno.test("trainRun: parts in grey by a recipe of its own, whole and resumed", async () => {
  await withFolder(async (folder) => {
    const data = join(folder, "data");
    await makeSyntheticDataSet(data, { count: 8, minSidePx: 40, maxSidePx: 56 });
    const config = configFor(data);
    const whole = runFolder(join(folder, "whole"));
    const engine = await OnnxEngine.create({ threads: 1 });
    const summary = await trainRun({ config, runPath: whole.path, engine });
    expect(summary.cases).toEqual({ train: 4, validation: 2, test: 2 });
    expect(summary.test?.classes?.map(({ name }) => name)).toEqual(names);
    const [row] = await readHistory(whole.history);
    expect(Object.keys(row?.valClassIou ?? {})).toEqual(names);

    const predictor = await Predictor.open(whole.path);
    expect([predictor.classes, predictor.inputChannels]).toEqual([names, 1]);
    const grey = { data: new Uint8Array(33 * 33).fill(99), widthPx: 33, heightPx: 33 };
    expect((await predictor.predict(grey)).length).toBe(33 * 33 * 4);
    await predictor.dispose();

    const parted = runFolder(join(folder, "parted"));
    const controller = new AbortController();
    const onEvent = (event: TrainEvent) => {
      if (event.kind === "epoch" && event.row.epoch === 2) controller.abort(new Error("stop"));
    };
    const options = { config, runPath: parted.path, engine };
    await expect(trainRun({ ...options, onEvent, signal: controller.signal })).rejects.toThrow(
      "stop",
    );
    await trainRun({ ...options, resume: true });
    for (const file of ["lastCheckpoint", "bestCheckpoint"] as const) {
      expect(await tensorsOf(parted[file])).toEqual(await tensorsOf(whole[file]));
    }
    await engine.dispose();
  });
});

Deno.test("trainRun: a table without a background ignores what no class claims", async () => {
  await withFolder(async (folder) => {
    const data = join(folder, "data");
    await makeSyntheticDataSet(data, { count: 4, minSidePx: 40, maxSidePx: 40 });
    const classes = parseClasses("wings=wings,body=body");
    const config = { ...configFor(data), classes, testFraction: 0 };
    const lossSettings = { ...config.lossSettings, classWeights: [1, 2] };
    const engine = await OnnxEngine.create({ threads: 1 });
    const runPath = join(folder, "run");
    const { test, validation } = await trainRun({
      config: { ...config, lossSettings },
      runPath,
      engine,
    });
    expect(test).toBeNull();
    expect(Object.keys(validation.valClassIou ?? {})).toEqual(["wings", "body"]);
    await engine.dispose();
  });
});
