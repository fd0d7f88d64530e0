import { join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { resolveConfig } from "papilio/core/config.ts";
import { exists } from "papilio/core/files.ts";
import { Random } from "papilio/core/random.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { OnnxEngine } from "papilio/engine/compiled/onnx_engine.ts";
import { OnnxModel } from "papilio/engine/compiled/onnx_model.ts";
import { buildSegmentation } from "papilio/model/segmentation.ts";
import { setVariables } from "papilio/model/variables.ts";
import { readCheckpoint } from "papilio/train/checkpoint.ts";
import { readHistory } from "papilio/train/history.ts";
import { trainRun, type TrainRunOptions } from "papilio/train/run.ts";
import { readRunConfig } from "papilio/train/run_config.ts";
import { addBrokenCase, makeDataSet } from "./_disc_data_set.ts";
import { withFolder } from "./_stand_in.ts";

function optionsFor(folder: string, engine: OnnxEngine): TrainRunOptions {
  const config = resolveConfig("smoke", {
    data: join(folder, "data"),
    inputSidePx: 32,
    validationFraction: 0.25,
    testFraction: 0.25,
    phase2: { epochs: 1 },
    cacheMegabytes: 10,
  });
  return { config, runPath: join(folder, "run"), engine };
}

Deno.test("trainRun: from a folder of photos to a model that others can use", async (test) => {
  const engine = await OnnxEngine.create({ threads: 1 });
  await withFolder(async (folder) => {
    await makeDataSet(join(folder, "data"));
    await addBrokenCase(join(folder, "data"));
    const options = optionsFor(folder, engine);
    const run = runFolder(options.runPath);
    const notes: string[] = [];
    const summary = await trainRun({
      ...options,
      onEvent: (event) => event.kind === "note" && notes.push(event.text),
    });

    await test.step("leaves out what cannot be used, and says so", () => {
      expect(notes.join("\n")).toContain("Left out, as faulty: 1 of 9 cases.");
      expect(notes.join("\n")).toContain("broken");
      expect(summary.cases).toEqual({ train: 4, validation: 2, test: 2 });
    });
    await test.step("writes every file of the run folder", async () => {
      for (
        const path of [
          ...[run.config, run.environment, run.split, run.history, run.summary, run.onnx],
          ...[run.lastCheckpoint, run.bestCheckpoint],
          ...["model.json", "weights.bin", "README.md"].map((name) => join(run.model, name)),
          join(run.figures, "curves.png"),
          join(run.figures, "samples.png"),
        ]
      ) expect([path, await exists(path)]).toEqual([path, true]);
      expect(await readHistory(run.history)).toHaveLength(2);
      expect((await readRunConfig(run.path)).inputSidePx).toBe(32);
      expect(JSON.parse(await Deno.readTextFile(run.summary)))
        .toEqual(JSON.parse(JSON.stringify(summary)));
      const card = await Deno.readTextFile(join(run.model, "README.md"));
      expect(card).toContain("| Parameters | 403,377 |");
      expect(card).toMatch(/\| test \| 2 \| \d/);
    });
    await test.step("gives the same probabilities by each of its copies", async () => {
      const expected = await bestProbabilities(run.bestCheckpoint, options);
      const loaded = await tf.loadLayersModel(await fileHandler(run.model));
      const ofTfjs = tf.tidy(() => (loaded.predict(testImages()) as tf.Tensor).dataSync().slice());
      expect(largestDifference(ofTfjs, expected)).toBe(0);
      const onnx = await OnnxModel.open(run.onnx, {});
      const outputs = await onnx.run({
        image: { data: testImages().dataSync<"float32">(), shape: [2, 32, 32, 3] },
      });
      expect(largestDifference(outputs.probability?.data, expected)).toBeLessThan(1e-5);
      await onnx.dispose();
    });
    await test.step("does not write over a run, nor resume a finished one", async () => {
      await expect(trainRun(options)).rejects.toThrow(
        `Cannot start a run in ${run.path}: expected a folder that does not exist yet or is empty`,
      );
      await expect(trainRun({ ...options, resume: true })).rejects.toThrow(
        `Cannot resume ${run.path}: expected a run that is not finished, got one that is.`,
      );
    });
    await test.step("resumes one that was cut off before its model was written", async () => {
      await Deno.remove(run.summary);
      await Deno.remove(run.model, { recursive: true });
      const halfWritten = `${run.lastCheckpoint}.1-0.partial`;
      await Deno.writeTextFile(halfWritten, "of a process that was killed");
      const again = await trainRun({ ...options, resume: true });
      expect(again.validation).toEqual(summary.validation);
      expect(again.test).toEqual(summary.test);
      expect(await exists(run.onnx)).toBe(true);
      expect(await exists(halfWritten)).toBe(false);
    });
  });
  await engine.dispose();
});

Deno.test("trainRun: refuses what cannot become a run", async () => {
  const engine = await OnnxEngine.create({ threads: 1 });
  await withFolder(async (folder) => {
    const options = optionsFor(folder, engine);
    await addBrokenCase(join(folder, "data"));
    await expect(trainRun(options)).rejects.toThrow("none of which can be used");
    const config = { ...options.config, decoderFilters: [8, 8] };
    await expect(trainRun({ ...options, config })).rejects.toThrow("Give 5 numbers");
    const phase = { ...options.config.phase1, epochs: 0 };
    await expect(
      trainRun({ ...options, config: { ...options.config, phase1: phase, phase2: phase } }),
    )
      .rejects.toThrow("Cannot train: expected at least one epoch in one of the phases");
    await expect(readRunConfig(options.runPath)).rejects.toThrow(
      `Cannot resume ${options.runPath}: expected the folder of a run, with its config.json`,
    );
    expect(await exists(options.runPath)).toBe(false);
  });
  await engine.dispose();
});

function testImages(): tf.Tensor {
  const random = Random.from(3, "test images");
  const values = Array.from({ length: 2 * 32 * 32 * 3 }, () => random.integer(0, 255));
  return tf.tensor(values, [2, 32, 32, 3]);
}

async function bestProbabilities(path: string, { config }: TrainRunOptions) {
  const { model } = buildSegmentation({ ...config, seed: 9 });
  const { tensors } = await readCheckpoint(path);
  setVariables(model, tensors);
  return tf.tidy(() => (model.predict(testImages()) as tf.Tensor).dataSync<"float32">().slice());
}

/** What `tf.loadLayersModel` takes for a folder, from the files alone. */
async function fileHandler(folder: string): Promise<tf.io.IOHandler> {
  const json = JSON.parse(await Deno.readTextFile(join(folder, "model.json")));
  const weights = await Deno.readFile(join(folder, "weights.bin"));
  return tf.io.fromMemory({
    modelTopology: json.modelTopology,
    weightSpecs: json.weightsManifest[0].weights,
    weightData: weights.buffer,
  });
}

function largestDifference(got: ArrayLike<number> | undefined, expected: Float32Array): number {
  if (got?.length !== expected.length) return Infinity;
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (got[i] ?? NaN))), 0);
}
