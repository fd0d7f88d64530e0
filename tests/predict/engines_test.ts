import { expect } from "expect";
import { parseExportFlags } from "papilio/cli/_export_command.ts";
import { resolveConfig } from "papilio/core/config.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import { buildSegmentation } from "papilio/model/segmentation.ts";
import { Predictor, type PredictorOptions } from "papilio/predict/predictor.ts";
import { writeModelFiles } from "papilio/train/model_files.ts";
import { brightnessModel, inFolder } from "./_fixtures.ts";

const sidePx = 32;
const image = {
  widthPx: sidePx,
  heightPx: sidePx,
  data: Uint8Array.from({ length: sidePx ** 2 * 3 }, (_, i) => (i * 37) % 256),
};

/** A run folder with the files of an untrained network. */
async function writeRun(path: string) {
  await (await EagerEngine.create()).dispose();
  const config = resolveConfig("smoke", { inputSidePx: sidePx, threshold: 0.3 });
  const { model } = buildSegmentation(config);
  await writeModelFiles(runFolder(path), model, { config, trainingScale: 0.5 });
  model.dispose();
}

async function predict(path: string, options: PredictorOptions) {
  const predictor = await Predictor.open(path, { threads: 1, ...options });
  const probabilities = await predictor.predict(image);
  await predictor.predict(image); // A network is there for many images.
  await predictor.dispose();
  return { probabilities, threshold: predictor.threshold, hash: predictor.modelHash };
}

Deno.test("predictor: each engine gives the same probabilities, and is the same network", async () => {
  await inFolder(async (folder) => {
    await writeRun(folder);
    const compiled = await predict(folder, {});
    expect(new Set(compiled.probabilities).size).toBeGreaterThan(100); // Not one grey.
    for (const options of [{ engine: "cpu" }, { engine: "onnx", device: "cpu" }] as const) {
      const other = await predict(folder, options);
      const differences = other.probabilities.map((p, i) =>
        Math.abs(p - (compiled.probabilities[i] ?? NaN))
      );
      expect(Math.max(...differences)).toBeLessThan(1e-4);
      expect([other.threshold, other.hash]).toEqual([0.3, compiled.hash]);
    }
  });
});

Deno.test("predictor: an .onnx file on its own needs ONNX Runtime; auto takes it, and says so", async () => {
  const notes: string[] = [];
  const note = (text: string) => void notes.push(text);
  const predictor = await Predictor.open(brightnessModel, { engine: "auto", device: "cpu", note });
  await predictor.dispose();
  expect(notes.join()).toMatch(/^Engine: ONNX Runtime [\d.]+, CPU$/);
  await expect(Predictor.open(brightnessModel, { engine: "cpu" })).rejects.toThrow(
    /Cannot predict with the engine cpu: expected a run folder.* Give the run folder/,
  );
});

Deno.test("predictor: a tfjs model that is damaged is an error that says what to do", async () => {
  await inFolder(async (folder) => {
    await writeRun(folder);
    await Deno.writeTextFile(`${runFolder(folder).model}/model.json`, "{");
    await expect(Predictor.open(folder, { engine: "cpu" })).rejects.toThrow(
      /Cannot open the network .*model.json.* Give --engine onnx/,
    );
  });
});

Deno.test("export: engine and device are options, open by default", () => {
  const common = ["--model", "a", "--out", "b"];
  expect(parseExportFlags(common)).toMatchObject({ engine: "auto", device: "auto" });
  expect(parseExportFlags([...common, "--engine", "onnx", "--device", "cuda"]))
    .toMatchObject({ engine: "onnx", device: "cuda" });
});
