import { expect } from "expect";
import { parseClasses } from "papilio/core/classes.ts";
import { resolveConfig } from "papilio/core/config.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import { buildSegmentation } from "papilio/model/segmentation.ts";
import { Predictor, type PredictorOptions } from "papilio/predict/predictor.ts";
import { modelCard } from "papilio/train/model_card.ts";
import { preprocessingOf, writeModelFiles } from "papilio/train/model_files.ts";
import type { RunSummary } from "papilio/train/summary.ts";

const settings = { inputSidePx: 32, decoderFilters: [8, 8, 8, 8, 8], threshold: 0.3 };

/** The threshold at which the model of a configuration is used. */
async function thresholdOf(classes: string, options: PredictorOptions = {}): Promise<number> {
  const folder = await Deno.makeTempDir();
  const config = resolveConfig("smoke", { ...settings, classes: parseClasses(classes) });
  const { model } = buildSegmentation(config);
  try {
    await writeModelFiles(runFolder(folder), model, { config, trainingScale: 1 });
    const predictor = await Predictor.open(folder, { threads: 1, ...options });
    await predictor.dispose();
    return predictor.threshold;
  } finally {
    model.dispose();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the threshold is of binary masks: one class is there where it is the likeliest, as in training", async () => {
  await (await EagerEngine.create()).dispose();
  expect(await thresholdOf("")).toBe(0.3);
  expect(await thresholdOf("background,pet=1")).toBe(0.5);
  expect(await thresholdOf("background,pet=1", { threshold: 0.4 })).toBe(0.4);
});

Deno.test("the range of images goes with the model, and is said in its card", async () => {
  await (await EagerEngine.create()).dispose();
  for (const intensityRange of ["format", "image"] as const) {
    const folder = await Deno.makeTempDir();
    const config = resolveConfig("smoke", { ...settings, intensityRange });
    const { model } = buildSegmentation(config);
    try {
      await writeModelFiles(runFolder(folder), model, { config, trainingScale: 1 });
      const predictor = await Predictor.open(folder, { threads: 1 });
      await predictor.dispose();
      expect(predictor.intensityRange).toBe(intensityRange);
      const isSaid = preprocessingOf(config).includes(
        "percentiles 0.1 and 99.9 of the whole image",
      );
      expect(isSaid).toBe(intensityRange === "image");
    } finally {
      model.dispose();
      await Deno.remove(folder, { recursive: true });
    }
  }
});

Deno.test("the card says how probabilities become a mask, and where that stands", () => {
  const summary: RunSummary = {
    ...{ run: "", epochs: 2, bestEpoch: 1, parameters: 10, trainingSeconds: 3, test: null },
    cases: { train: 8, validation: 2, test: 0 },
    validation: { valLoss: 1, valAccuracy: 1, valDice: 1, valIou: 1, valMeanImageIou: 1 },
  };
  const card = (classes: string) =>
    modelCard(resolveConfig("smoke", { ...settings, classes: parseClasses(classes) }), summary);
  expect(card("")).toContain("| Mask | foreground where the probability is at least 0.3 |");
  expect(card("")).toContain("its metadata hold input side, threshold and preprocessing.");
  const ofClass = card("background,pet=1");
  expect(ofClass).toContain(
    "| Mask | pet where its probability is at least 0.5; channels: 0 background, 1 pet |",
  );
  expect(ofClass).toContain("its metadata hold input side, classes and preprocessing.");
});
