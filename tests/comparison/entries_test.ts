import { join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { parseClasses } from "papilio/core/classes.ts";
import type { ConfigOverrides, FieldName } from "papilio/core/config.ts";
import { messageOf } from "papilio/core/errors.ts";
import { entryOfPreset, readEntries, resolveEntries } from "papilio/comparison/entries.ts";
import { checkTrainable } from "papilio/comparison/trainable.ts";
import { withFolder } from "../train/_stand_in.ts";

const asIs = (own: ConfigOverrides) => own;
const entry = (name: string, overrides: ConfigOverrides = {}, preset = "smoke") => ({
  name,
  preset,
  overrides,
});

function problemWith(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return messageOf(error);
  }
  throw new Error("Nothing was wrong");
}

Deno.test("resolveEntries: preset, then the entry's overrides, then what is common", () => {
  const entries = [
    entry("a"),
    entry("b", { alpha: 1, phase1: { epochs: 5, batchSize: 7 } }),
  ];
  const common = (own: ConfigOverrides) => ({
    ...own,
    phase1: { ...own.phase1, epochs: 9 },
  });
  const [a, b] = resolveEntries(entries, common);
  expect([a?.config.alpha, a?.config.phase1]).toEqual([
    0.35,
    { epochs: 9, batchSize: 4, learningRate: 1e-3 },
  ]);
  expect([b?.config.alpha, b?.config.phase1]).toEqual([
    1,
    { epochs: 9, batchSize: 7, learningRate: 1e-3 },
  ]);
});

Deno.test("resolveEntries: the cases are the first entry's for all", () => {
  const presets = ["demo", "laptop"].map(entryOfPreset);
  const configs = resolveEntries(presets, asIs).map(({ config }) => config);
  expect(configs.map(({ split, testFraction }) => [split, testFraction]))
    .toEqual([["random", 0.1], ["random", 0.1]]);
  expect(configs.map(({ inputSidePx }) => inputSidePx)).toEqual([128, 256]);
  expect(() => resolveEntries([entry("a", { seed: 3 })], asIs)).toThrow(
    'Cannot compare: expected the same seed for all entries, got seed among the overrides of "a".',
  );
});

Deno.test("resolveEntries: classes must be the same, by the presets or by what is common", () => {
  const entries = ["laptop", "parts"].map(entryOfPreset);
  expect(() => resolveEntries(entries, asIs)).toThrow(
    'Cannot compare: expected the classes of "laptop" in all entries, got others in "parts".',
  );
  const classes = parseClasses("background,wings=*wing*");
  const recipe = { classes, loss: "dice", lossSettings: { classWeights: [] } };
  const configs = resolveEntries(entries, (own) => ({ ...own, ...recipe }));
  expect(configs.map(({ config }) => config.classes.length)).toEqual([2, 2]);
});

Deno.test("resolveEntries: folders are named after entries, and two must not be one", () => {
  const folders = (...names: string[]) =>
    resolveEntries(names.map((name) => entry(name)), asIs).map(({ folder }) => folder);
  expect(folders("U-Net ResNet34", "../x", "Größe 1/2", "a.b", "…"))
    .toEqual(["U-Net_ResNet34", "x", "Größe_1_2", "a_b", "_"]);
  expect(() => folders("a b", "A/B")).toThrow('got "A/B" twice, both in A_B');
  expect(() => folders()).toThrow("expected something to compare");
});

Deno.test("resolveEntries: a configuration that is none is told with its entry's name", () => {
  const wrong = entry("mine", { alpha: 3 } as never);
  expect(() => resolveEntries([entry("a"), wrong], asIs)).toThrow(/for "mine": .*alpha/);
  expect(() => resolveEntries([entryOfPreset("none")], asIs)).toThrow('"none"');
});

Deno.test("resolveEntries: what training would refuse is told at once, with its entry's name", () => {
  const resolved = (overrides: ConfigOverrides) => () =>
    resolveEntries([entry("a"), entry("mine", overrides)], asIs);
  expect(resolved({ loss: "none-such" })).toThrow(/^Cannot .* for "mine": .*none-such/);
  expect(resolved({ optimizer: { nesterov: true } })).toThrow(/nesterov.* for "mine"/);
  expect(resolved({ phase1: { epochs: 0 }, phase2: { epochs: 0 } })).toThrow('train for "mine"');
});

Deno.test("resolveEntries: all entries that fail are told together, given options by their names", () => {
  const wrong = [entry("a", { alpha: 3 } as never), entry("b"), entry("c", { loss: "none-such" })];
  const nameOf: FieldName = (path) => `--${String(path[0])}`;
  const problem = problemWith(() => resolveEntries(wrong, asIs, { nameOf }));
  expect(problem.split("\n")).toEqual([
    "Cannot compare: expected entries that can be trained, got 2 of 3 that cannot. Mend these:",
    expect.stringMatching(/^ {2}Cannot configure a run .* for "a": .*, got --alpha: /),
    expect.stringMatching(/^ {2}Cannot .* for "c": .*none-such/),
  ]);
});

Deno.test("resolveEntries: networks that cannot be built, and weights that are nowhere, are told", () => {
  const wrong: [ConfigOverrides, RegExp][] = [
    [{ decoderFilters: [3, 2] }, /build a U-Net for "one": expected 5 numbers of decoder filters/],
    [{ encoder: "resnet34", decoder: "segnet" }, /build a SegNet for "one": /],
    [{ encoderWeights: "none.h5" }, /weights none\.h5 for "one": expected a file, got none there/],
    [{ encoder: "double-conv", encoderWeights: "imagenet" }, /ImageNet weights of double-conv-/],
    [{ phase1: { epochs: 0 }, phase2: { epochs: 0 } }, /train for "one": expected at least one/],
  ];
  for (const [overrides, message] of wrong) {
    const entries = [entry("one", overrides)];
    expect(() => resolveEntries(entries, asIs, { check: checkTrainable })).toThrow(message);
  }
  const before = tf.memory().numTensors;
  const fine = [entry("published", { encoderWeights: "imagenet" }), entry("none")];
  expect(resolveEntries(fine, asIs, { check: checkTrainable })).toHaveLength(2);
  expect(tf.memory().numTensors).toBe(before);
});

Deno.test("readEntries: a list with defaults, and what is none", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "list.json");
    const read = async (text: string) => {
      await Deno.writeTextFile(path, text);
      return await readEntries(path);
    };
    const text = '[{"name": "a"}, {"name": "b", "preset": "laptop", "overrides": {"alpha": 1}}]';
    expect(await read(text)).toEqual([
      { name: "a", preset: "butterfly", overrides: {} },
      { name: "b", preset: "laptop", overrides: { alpha: 1 } },
    ]);
    await expect(read("[")).rejects.toThrow(`Cannot read the list ${path}`);
    await expect(read("[]")).rejects.toThrow(`Cannot read the list ${path}`);
    await expect(read('[{"preset": "smoke"}]')).rejects.toThrow("0.name");
    await expect(read('[{"name": "a", "overides": {}}]')).rejects.toThrow("overides");
    await expect(readEntries(join(folder, "none"))).rejects.toThrow("got nothing at this path");
  });
});
