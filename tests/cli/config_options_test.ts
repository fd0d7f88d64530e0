import { Command } from "commander";
import { expect } from "expect";
import { type ConfigOverrides, configSchema, resolveConfig } from "papilio/core/config.ts";
import {
  addConfigOptions,
  configOverrides,
  fieldNames,
  normalizeArguments,
} from "papilio/cli/config_options.ts";

/** A command that throws, and prints into `printed`, in place of leaving the process. */
function makeCommand() {
  const printed: string[] = [];
  const write = (text: string) => void printed.push(text);
  const command = addConfigOptions(new Command("train").exitOverride())
    .configureOutput({ writeErr: write, writeOut: write });
  return { command, printed };
}

function parse(...args: string[]) {
  const { command, printed } = makeCommand();
  try {
    command.parse(normalizeArguments(args), { from: "user" });
  } catch {
    return printed.join("");
  }
  return configOverrides(command);
}

Deno.test("config options: every field of the configuration has one", () => {
  const leaves = (value: object, above = ""): string[] =>
    Object.entries(value).flatMap(([key, field]) => {
      const path = above + key;
      const isGroup = typeof field === "object" && field !== null && !Array.isArray(field);
      return isGroup ? leaves(field, `${path}.`) : [path];
    });
  const names = makeCommand().command.options.map((option) => option.attributeName());
  expect(names.sort()).toEqual(leaves(configSchema.parse({})).sort());
});

Deno.test("config options: numbers, texts, choices, lists and booleans", () => {
  expect(parse("--seed", "-7", "--encoderWeights", "none", "--split=random")).toEqual({
    seed: -7,
    encoderWeights: "none",
    split: "random",
  });
  expect(parse("--decoder-filters", "32,24,16,8,8")).toEqual({
    decoderFilters: [32, 24, 16, 8, 8],
  });
  expect(parse("--decoder-filters", "", "--batch-norm-momentum=null")).toEqual({
    decoderFilters: [],
    batchNormMomentum: null,
  });
  expect(parse("--decoder-filters", "none")).toEqual({ decoderFilters: [] });
  expect(parse("--classes", "background,pet=1+3")).toEqual({
    classes: [
      { name: "background", values: [], files: [] },
      { name: "pet", values: [1, 3], files: [] },
    ],
  });
  expect(parse("--alpha", "1.0")).toEqual({ alpha: 1 });
  expect(parse("--augment.enabled", "--augment.hue-degrees", "3"))
    .toEqual({ augment: { enabled: true, hueDegrees: 3 } });
  expect(parse("--augment.enabled", "false")).toEqual({ augment: { enabled: false } });
});

Deno.test("config options: camel case and hyphens are one", () => {
  const expected = { phase1: { batchSize: 4 }, inputSidePx: 64 };
  expect(parse("--phase1.batchSize", "4", "--inputSidePx=64")).toEqual(expected);
  expect(parse("--phase1.batch-size=4", "--input-side-px", "64")).toEqual(expected);
  expect(normalizeArguments(["data/MyPhotos", "--out=A/B", "--", "--aB"]))
    .toEqual(["data/MyPhotos", "--out=A/B", "--", "--aB"]);
});

Deno.test("config options: nothing given is nothing overridden; a base keeps its other fields", () => {
  expect(parse()).toEqual({});
  const { command } = makeCommand();
  command.parse(["--phase1.epochs", "3"], { from: "user" });
  const base = { seed: 1, phase1: { epochs: 9, batchSize: 2 } };
  expect(configOverrides(command, base)).toEqual({ seed: 1, phase1: { epochs: 3, batchSize: 2 } });
  expect(base.phase1.epochs).toBe(9);
});

Deno.test("config options: an unknown one is an error with a suggestion", () => {
  expect(parse("--phase1.epoch", "3"))
    .toBe("error: unknown option '--phase1.epoch'\n(Did you mean --phase1.epochs?)\n");
});

Deno.test("config options: a value of another type is an error that says what is wanted", () => {
  expect(parse("--seed", "many")).toMatch(
    /'--seed <n>' argument 'many' is invalid. It is not a number/,
  );
  expect(parse("--decoder-filters", "1,,2")).toContain("It is not a number.");
  expect(parse("--layout", "cats"))
    .toContain("It is not one of auto, instances, parts, pets, leeds, paired.");
  expect(parse("--augment.enabled", "data/x")).toContain("It is not one of true, false.");
});

Deno.test("config options: help tells each field's meaning and default", () => {
  const help = makeCommand().command.configureHelp({ helpWidth: 200 }).helpInformation();
  expect(help).toMatch(/--phase2\.batch-size <n> +images in a step \(default: 8\)/);
  expect(help).toMatch(
    /--alpha <n> +width multiplier of MobileNetV2 \(one of 0\.35, .*default: 1\)/,
  );
  expect(help).toContain("Configuration, augment:");
});

Deno.test("config options: what was typed is called by its option, what a file says by its field", () => {
  const { command } = makeCommand();
  const args = ["--phase2.batchSize", "0", "--lossSettings.class-weights=1,-2", "--alpha=0.5"];
  command.parse(normalizeArguments(args), { from: "user" });
  const file = { phase1: { epochs: -1 }, phase2: { epochs: 2.5 }, seeds: 1 } as ConfigOverrides;
  const resolve = () =>
    resolveConfig("smoke", configOverrides(command, file), { nameOf: fieldNames(command) });
  expect(resolve).toThrow(
    /--loss-settings\.class-weights: .*; phase1\.epochs: .*; phase2\.epochs: .*; --phase2\.batch-size: .*; at the top: .*seeds/,
  );
});
