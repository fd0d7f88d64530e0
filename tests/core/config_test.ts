import { expect } from "expect";
import {
  type ConfigOverrides,
  configSchema,
  parseConfig,
  resolveConfig,
} from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { presets } from "papilio/core/presets.ts";

function problemWith(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(PapilioError);
    return (error as PapilioError).message;
  }
  throw new Error("nothing was thrown");
}

Deno.test("the defaults are the butterfly project's recipe", () => {
  const config = resolveConfig();
  expect(config).toEqual(parseConfig({}, "nothing"));
  expect([config.inputSidePx, config.alpha, config.validationFraction]).toEqual([512, 1, 0.1]);
  expect(config.phase1).toEqual({ epochs: 25, batchSize: 16, learningRate: 1e-3 });
  expect(config.phase2).toEqual({ epochs: 10, batchSize: 8, learningRate: 1e-4 });
  expect(config.earlyStopping).toEqual({ patience: 5 });
  expect(config.reduceLearningRate).toEqual({ factor: 0.5, patience: 2, minimum: 1e-6 });
  expect([config.maskResize, config.split, config.threshold]).toEqual(["nearest", "last", 0.5]);
  expect(config.decoderFilters).toEqual([]);
  expect(config.augment.enabled).toBe(false);
});

Deno.test("an override lies over the preset, the preset over the default, field by field", () => {
  const { phase1, phase2, inputSidePx } = resolveConfig("laptop", { phase1: { epochs: 2 } });
  expect(inputSidePx).toBe(256);
  expect(phase1).toEqual({ epochs: 2, batchSize: 4, learningRate: 1e-3 });
  expect(phase2).toEqual({ epochs: 8, batchSize: 4, learningRate: 1e-4 });
  expect(resolveConfig("smoke", { decoderFilters: [5, 4, 3, 2, 1] }).decoderFilters).toEqual([
    5,
    4,
    3,
    2,
    1,
  ]);
});

Deno.test("another network than the preset's goes without the filters of its decoder", () => {
  const filtersOf = (overrides: ConfigOverrides) =>
    resolveConfig("smoke", overrides).decoderFilters;
  expect(filtersOf({ encoder: "mobilenet-v2" })).toEqual([32, 24, 16, 8, 8]);
  expect(filtersOf({ decoder: "pix2pix" })).toEqual([]);
  expect(filtersOf({ encoder: "double-conv" })).toEqual([]);
  expect(filtersOf({ encoder: "double-conv", decoderFilters: [8, 4] })).toEqual([8, 4]);
});

Deno.test("every preset resolves, to an input side that the encoder takes", () => {
  for (const preset of Object.keys(presets)) {
    expect(resolveConfig(preset).inputSidePx % 32).toBe(0);
  }
});

Deno.test("a resolved configuration survives being saved", () => {
  const config = resolveConfig("smoke", { seed: -3, data: "fôlder" });
  expect(parseConfig(JSON.parse(JSON.stringify(config)), "config.json")).toEqual(config);
});

Deno.test("an unknown preset is an error that lists the known", () => {
  const known = Object.keys(presets).join(", ");
  expect(problemWith(() => resolveConfig("moth"))).toBe(
    `Cannot configure a run: expected a preset out of ${known}, got "moth". Give one of these with --preset.`,
  );
  expect(problemWith(() => resolveConfig("toString"))).toContain('got "toString"');
});

Deno.test("unknown keys and values out of range are all named at once", () => {
  const message = problemWith(() =>
    parseConfig(
      { inputSide: 256, threshold: 2, phase1: { epoch: 3, batchSize: 0 }, alpha: 0.9 },
      "config.json",
    )
  );
  expect(message).toContain("Cannot configure a run (config.json): expected known keys");
  for (const part of ['"inputSide"', "threshold: ", '"epoch"', "phase1.batchSize: ", "alpha: "]) {
    expect(message).toContain(part);
  }
});

Deno.test("the side of the input is one that networks and machines can have", () => {
  for (const inputSidePx of [16, 4096]) {
    expect(parseConfig({ inputSidePx }, "x").inputSidePx).toBe(inputSidePx);
  }
  for (const inputSidePx of [15, 4097, 100_000]) {
    expect(problemWith(() => parseConfig({ inputSidePx }, "x"))).toContain("inputSidePx: ");
  }
});

Deno.test("values that are no numbers are refused", () => {
  expect(problemWith(() => parseConfig({ seed: NaN }, "x"))).toContain("seed: ");
  expect(problemWith(() => parseConfig({ seed: "1" }, "x"))).toContain("seed: ");
  expect(problemWith(() => parseConfig([], "x"))).toContain("at the top: ");
});

Deno.test("every field that a person sets says what it means", () => {
  const silent = Object.entries(configSchema.shape)
    .filter(([, field]) => !field.description).map(([name]) => name);
  // Groups, whose fields speak for themselves.
  const groups = ["augment", "earlyStopping", "lossSettings", "optimizer", "reduceLearningRate"];
  expect(silent.toSorted()).toEqual([...groups, "schedule"]);
});
