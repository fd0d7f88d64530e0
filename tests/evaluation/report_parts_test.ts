import { expect } from "expect";
import fc from "fast-check";
import { parseClasses } from "papilio/core/classes.ts";
import { type ConfigOverrides, resolveConfig } from "papilio/core/config.ts";
import { presets } from "papilio/core/presets.ts";
import { recipeText } from "papilio/predict/recipe.ts";
import { planSheets } from "papilio/evaluation/_case_sheets.ts";
import { classOutlines } from "papilio/evaluation/_class_pictures.ts";
import { outlinePath } from "papilio/evaluation/_outline_path.ts";
import { nearestPreset } from "papilio/evaluation/_nearest_preset.ts";
import { recipeOfText } from "papilio/evaluation/_recipe_of_text.ts";
import { quoted } from "papilio/core/text.ts";

const ids = (count: number) => Array.from({ length: count }, (_, i) => `c${i}`);

Deno.test("planSheets: worst, middle and best, which never overlap", () => {
  expect(planSheets([], 12)).toEqual([]);
  expect(planSheets(ids(3), 12).map((sheet) => sheet.ids)).toEqual([["c0", "c1", "c2"]]);
  expect(planSheets(ids(100), 2).map((sheet) => sheet.ids))
    .toEqual([["c0", "c1"], ["c49", "c50"], ["c99", "c98"]]);
  for (let count = 1; count < 15; count++) {
    for (let cases = 1; cases < 60; cases++) {
      const shown = planSheets(ids(cases), count).flatMap((sheet) => sheet.ids);
      expect(new Set(shown).size).toBe(shown.length);
      expect(shown).toContain("c0");
      expect(shown).toContain(`c${cases - 1}`);
    }
  }
});

Deno.test("recipeOfText: gives back every recipe", () => {
  const plain = { threshold: 0.5, interpolation: "nearest", postProcessing: {} } as const;
  const recipes = [
    plain,
    { ...plain, threshold: 0.4375, interpolation: "bilinear" as const },
    { ...plain, tiles: { overlap: 0.25, scale: undefined } },
    { ...plain, tiles: { overlap: 0.5, scale: 0.75 } },
    {
      ...plain,
      postProcessing: {
        ...{ tta: "flips" as const, guidedFilter: 0.016, smooth: 2, open: 1, close: 0.01 },
        ...{ fillHoles: true as const, minArea: 30, largest: true as const, splitObjects: 0.15 },
      },
    },
    { ...plain, postProcessing: { fillHoles: 12 } },
  ];
  for (const recipe of recipes) expect(recipeOfText(recipeText(recipe))).toEqual(recipe);
});

Deno.test("recipeOfText: text of another kind is refused", () => {
  for (const text of ["", "0.5", "0.5 nearest sharpen=2", "0.5 nearest open=wide", "x nearest"]) {
    expect(() => recipeOfText(text)).toThrow(/Evaluate anew/);
  }
});

Deno.test("nearestPreset: each preset is nearest to itself; where the data lie makes no difference", () => {
  for (const preset of Object.keys(presets)) {
    const found = nearestPreset(resolveConfig(preset, { data: "elsewhere" }));
    expect([found.preset, found.differences]).toEqual([preset, []]);
  }
  const changed = nearestPreset(resolveConfig("demo", { phase2: { epochs: 3 }, seed: 7 }));
  expect(changed).toMatchObject({
    preset: "demo",
    differences: [
      { name: "seed", value: "7", inPreset: "42" },
      { name: "phase2.epochs", value: "3", inPreset: "20" },
    ],
  });
});

Deno.test("nearestPreset: every class table is a text that reads back as the same table", () => {
  const textOf = (classes: readonly unknown[]) =>
    nearestPreset(resolveConfig("smoke", { classes } as ConfigOverrides)).all
      .find(({ name }) => name === "classes")?.value ?? "";
  expect(textOf(parseClasses("background, pet=1+3, wings=wing*"))).toBe(
    "background,pet=1+3,wings=wing*",
  );
  expect(textOf([{ name: "background" }, { name: "pet", values: [1], color: "#112233" }])).toBe(
    '[{"name":"background","values":[],"files":[]},' +
      '{"name":"pet","values":[1],"files":[],"color":"#112233"}]',
  );
  const entry = fc.record({
    values: fc.array(fc.nat(65535), { maxLength: 3 }),
    files: fc.array(
      fc.oneof(
        fc.constantFrom("3", "a,b", "a+b", "a=b", " a", "a*"),
        fc.string({
          ...{ minLength: 1, maxLength: 4 },
        }),
      ),
      { maxLength: 3 },
    ),
    color: fc.option(fc.constantFrom("#112233", "#ABCDEF"), { nil: undefined }),
  });
  fc.assert(fc.property(fc.array(entry, { minLength: 1, maxLength: 4 }), (entries) => {
    const claims = entries.map(({ color, ...rule }, i) => ({
      ...{ name: `c${i}`, ...rule, values: [...rule.values, i] },
      ...(color === undefined ? {} : { color }),
    }));
    const classes = [{ name: "background", values: [], files: [] }, ...claims];
    expect(parseClasses(textOf(classes))).toEqual(classes);
  }));
});

Deno.test("quoted: a shell takes every text for one word", () => {
  expect(quoted("outputs/mine-2.5")).toBe("outputs/mine-2.5");
  expect(quoted("my photos")).toBe("'my photos'");
  expect(quoted("it's $HOME")).toBe(`'it'\\''s $HOME'`);
  expect(quoted("")).toBe("''");
});

Deno.test("outlinePath: objects that touch keep their border, specks that nobody would see go", () => {
  const labels = { data: Int32Array.of(1, 1, 2, 2, 0, 3), widthPx: 6, heightPx: 1, count: 3 };
  expect(outlinePath(labels, 1)).toBe("M0 0h2v1h-2zM2 0h2v1h-2zM5 0h1v1h-1z");
  expect(outlinePath(labels, 0.5)).toBe("M0 0h1v.5h-1zM1 0h1v.5h-1z");
});

Deno.test("classOutlines: classes, the kinds of errors, and what is ignored, which is of no class", () => {
  const row = (...data: number[]) => ({ data: Uint8Array.from(data), widthPx: 6, heightPx: 1 });
  // Right, invented, missed, confused, and not judged.
  const found = row(1, 1, 0, 2, 2, 1);
  const truth = row(1, 0, 2, 1, 255, 255);
  const names = ["background", "wings", "body"];
  const shown = { widthPx: 6, heightPx: 1 };
  expect(classOutlines(found, truth, { shown, names })).toEqual({
    predicted: ["", "M0 0h2v1h-2zM5 0h1v1h-1z", "M3 0h2v1h-2z"],
    truth: ["", "M0 0h1v1h-1zM3 0h1v1h-1z", "M2 0h1v1h-1z"],
    errors: {
      found: "M0 0h1v1h-1z",
      invented: "M1 0h1v1h-1z",
      missed: "M2 0h1v1h-1z",
      confused: "M3 0h1v1h-1z",
    },
    ignored: "M4 0h2v1h-2z",
  });
  // Without a background every error is a confusion; large masks are traced at twice the picture's size.
  const large = (value: number) => ({
    data: new Uint8Array(40 * 40).fill(value),
    ...{ widthPx: 40, heightPx: 40 },
  });
  const small = { shown: { widthPx: 10, heightPx: 10 }, names: ["cat", "dog"] };
  const { errors, predicted } = classOutlines(large(0), large(1), small);
  expect([errors.confused, predicted[0]]).toEqual(["M0 0h10v10h-10z", "M0 0h10v10h-10z"]);
});
