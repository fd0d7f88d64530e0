import { join } from "@std/path";
import { expect } from "expect";
import { parseClasses } from "papilio/core/classes.ts";
import { resolveConfig } from "papilio/core/config.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { type AnyEvaluation, evaluateAny } from "papilio/evaluation/evaluate_run.ts";
import { findEvaluationCases } from "papilio/evaluation/evaluation_cases.ts";
import { outlinedPhotos } from "papilio/evaluation/_case_pictures.ts";
import { dataSetOf } from "papilio/evaluation/_report_data.ts";
import type { DataSetPart, FaultGroup } from "papilio/report/page/report.ts";
import { Predictor } from "papilio/predict/predictor.ts";
import { plainRecipe } from "papilio/predict/recipe.ts";
import { writePng } from "../data/_files.ts";
import { inFolder } from "../predict/_fixtures.ts";
import { colourModel, type DrawnCase, mixed, right, writeClassCases } from "./_classes.ts";

/** Judges drawn cases by a colour model with this class table. */
async function judge(
  folder: string,
  cases: Readonly<Record<string, DrawnCase>>,
  table?: string,
): Promise<AnyEvaluation> {
  await writeClassCases(folder, cases);
  await Deno.writeFile(join(folder, "model.onnx"), colourModel(table));
  const predictor = await Predictor.open(join(folder, "model.onnx"), { threads: 1 });
  try {
    const found = await findEvaluationCases(join(folder, "model.onnx"), { data: folder });
    return await evaluateAny(predictor, "model", found, { recipe: plainRecipe(predictor) });
  } finally {
    await predictor.dispose();
  }
}

const drawn = (digit: string): DrawnCase => ({
  found: ["0011", "0111", "0022", "2220"],
  truth: Array(4).fill(digit.repeat(4)),
});

for (const table of ["background=0,wings=1,body=2", "background=0,wings=1"]) {
  Deno.test(`${table}: a case in which nothing is judged is a failure`, async () => {
    await inFolder(async (folder) => {
      const { summary, records } = await judge(folder, { other: drawn("9"), right }, table);
      expect(records.map(({ id }) => id)).toEqual(["right"]);
      expect(summary.failures).toEqual([{
        id: "other",
        error: `Cannot judge case other: expected pixels of its classes, ${table}, got none in ` +
          `${
            join(folder, "masks", "other.png")
          }. \`deno task data\` with --classes ${table} shows ` +
          "what masks hold.",
      }]);
    });
  });

  Deno.test(`${table}: masks of another kind are an error`, async () => {
    await inFolder(async (folder) => {
      const truth = ["0099", "0099", "0099", "0099"];
      const work = judge(folder, { a: { ...mixed, truth }, b: drawn("0") }, table);
      const names = table.includes("body") ? "wings or body" : "wings";
      await expect(work).rejects.toThrow(
        `Cannot judge by the masks of ${folder}: expected pixels of ${names} by the classes ${table}, ` +
          `got none in any of 2 cases. Give data with such masks with --data; \`deno task data\` with ` +
          `--classes ${table} shows what masks hold.`,
      );
    });
  });
}

Deno.test("what is not judged is no object on the page, neither found nor invented", async () => {
  await inFolder(async (folder) => {
    // A column apart from the rest, on pixels that the truth says nothing of.
    const drawn = {
      found: ["1001", "1001", "0000", "0000"],
      truth: ["9001", "9001", "9000", "9000"],
    };
    await writeClassCases(folder, { drawn });
    await Deno.writeFile(join(folder, "model.onnx"), colourModel("background=0,wings=1"));
    const predictor = await Predictor.open(join(folder, "model.onnx"), { threads: 1 });
    try {
      const { cases } = await findEvaluationCases("model.onnx", { data: folder });
      for (const postProcessing of [{}, { splitObjects: 0.15 }]) {
        const recipe = { ...plainRecipe(predictor), postProcessing };
        const [picture] = await outlinedPhotos(predictor, cases, { recipe });
        expect(picture).toMatchObject({ predicted: "M3 0h1v2h-1z", truth: "M3 0h1v2h-1z" });
      }
    } finally {
      await predictor.dispose();
    }
  });
});

/** A run on part masks, as far as it is needed to find cases. */
async function writePartsRun(folder: string): Promise<string> {
  const data = join(folder, "own");
  await writeParts(data, "a");
  const run = runFolder(join(folder, "run"));
  await Deno.mkdir(run.path);
  const classes = parseClasses("background,wings=wings");
  const config = resolveConfig("smoke", { data, layout: "parts", classes });
  await Deno.writeTextFile(run.config, JSON.stringify(config));
  await Deno.writeTextFile(run.split, "id,split\na,validation\n");
  return run.path;
}

async function writeParts(folder: string, id: string): Promise<void> {
  for (const [kind, name] of [["images", id], ["masks", "0"], ["parts", "wings"]] as const) {
    const path = join(folder, id, kind, `${name}.png`);
    await Deno.mkdir(join(folder, id, kind), { recursive: true });
    await writePng(path, 2, [0, 0, 255, 255]);
  }
}

Deno.test("other data are read by the run's own layout where that fits, and else by what fits", async () => {
  await inFolder(async (folder) => {
    const run = await writePartsRun(folder);
    const other = join(folder, "other");
    await writeParts(other, "b");
    const { cases } = await findEvaluationCases(run, { data: other });
    expect(cases.map(({ maskPaths }) => maskPaths)).toEqual([
      [join(other, "b", "parts", "wings.png")],
    ]);
    const paired = join(folder, "paired");
    await writeClassCases(paired, { right });
    const found = await findEvaluationCases(run, { data: paired });
    expect(found.cases.map(({ id }) => id)).toEqual(["right"]);
    await Deno.mkdir(join(folder, "empty"));
    await expect(findEvaluationCases(run, { data: join(folder, "empty") })).rejects.toThrow(
      "(paired)",
    );
  });
});

Deno.test("a report looks at the data as the run reads them: by its classes and channels", async () => {
  await inFolder(async (folder) => {
    const data = join(folder, "data");
    await writeClassCases(data, { mixed });
    const classes = parseClasses("background=0,wings=1,wasps=7");
    const config = resolveConfig("smoke", { data, classes, inputChannels: 4 });
    const { faults } = await dataSetOf(runFolder(folder), config, { examine: true }) as DataSetPart;
    const groups = faults as readonly FaultGroup[];
    expect(groups.slice(0, 2).map(({ kind, examples }) => [kind, ...examples])).toEqual([
      ["other channels", "mixed: expected 4 channels, got 3"],
      ["absent class", "no case has a pixel of wasps (7)"],
    ]);
    expect(groups.map(({ kind }) => kind).slice(2)).toEqual(["unclaimed value"]);
  });
});
