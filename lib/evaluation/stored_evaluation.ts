import pl from "nodejs-polars";
import { join } from "@std/path";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { checkOutputFolder } from "papilio/core/output.ts";
import type { ClassesSummary } from "papilio/evaluation/class_summary.ts";
import { type AnyEvaluation, writeEvaluation } from "papilio/evaluation/evaluate_run.ts";
import { evaluateWithProgress } from "papilio/evaluation/evaluate_with_progress.ts";
import type { EvaluationCases } from "papilio/evaluation/evaluation_cases.ts";
import type { EvaluationSummary } from "papilio/evaluation/summary.ts";
import { readJson } from "papilio/evaluation/_report_run.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { plainRecipe, type Recipe, recipeText } from "papilio/predict/recipe.ts";

/** The metrics of an image, by their names in files; NaN where one is not defined. */
export type ImageMetrics = Readonly<Record<string, number>>;

/** An evaluation as it lies on the disk. */
export interface StoredEvaluation {
  summary: EvaluationSummary | ClassesSummary;
  byId: ReadonlyMap<string, ImageMetrics>;
}

/** The evaluation in a folder; `undefined` if there is none. */
export async function readEvaluation(folder: string): Promise<StoredEvaluation | undefined> {
  const summary = await readJson<StoredEvaluation["summary"]>(join(folder, "summary.json"));
  const path = await metricsPath(folder);
  if (!summary || !path) return undefined;
  const frame = path.endsWith(".csv")
    ? pl.readCSV(path, { dtypes: { id: pl.Utf8 } })
    : pl.readParquet(path);
  const rows = frame.toRecords() as Record<string, string | number | null>[];
  return { summary, byId: new Map(rows.map(({ id, ...row }) => [String(id), numbersOf(row)])) };
}

async function metricsPath(folder: string): Promise<string | undefined> {
  for (const name of ["metrics.csv", "metrics.parquet"]) {
    if (await exists(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

function numbersOf(row: Record<string, string | number | null>): ImageMetrics {
  return Object.fromEntries(
    // Cells of CSV come as text; an empty one is no 0.
    Object.entries(row).map(([name, value]) => [name, value === "" ? NaN : Number(value ?? NaN)]),
  );
}

/** The evaluation of these cases: that in the folder if it is of this network and recipe, else a new one. */
export async function evaluationOf(
  folder: string,
  { predictor, run, found, recipe }: {
    predictor: Predictor;
    run: string;
    found: EvaluationCases;
    /** By default that of the evaluation that is there. */
    recipe: Recipe | undefined;
  },
): Promise<StoredEvaluation | undefined> {
  const stored = await readEvaluation(folder);
  const isSame = stored?.summary.modelHash === predictor.modelHash &&
    (recipe === undefined || stored.summary.recipe === recipeText(recipe));
  if (stored && isSame) return stored;
  const isOther = stored?.summary.modelHash === predictor.modelHash;
  if (isOther) {
    console.error(`The evaluation in ${folder} is by another recipe; it is left as it is.`);
  }
  const refusal = isOther ? undefined : await checkOutputFolder(folder).catch(papilioMessage);
  if (refusal !== undefined) console.error(`The evaluation is not kept. ${refusal}`);
  const evaluation = await evaluateWithProgress(predictor, run, found, {
    recipe: recipe ?? plainRecipe(predictor),
  });
  const isKept = !isOther && refusal === undefined;
  return isKept ? await writeAndRead(folder, evaluation) : await passThroughFiles(evaluation);
}

function papilioMessage(error: unknown): string {
  if (error instanceof PapilioError) return error.message;
  throw error;
}

async function writeAndRead(folder: string, evaluation: AnyEvaluation) {
  await writeEvaluation(folder, evaluation);
  return await readEvaluation(folder);
}

/** As it would be read back, without a trace in the run. */
async function passThroughFiles(evaluation: AnyEvaluation): Promise<StoredEvaluation | undefined> {
  const folder = await Deno.makeTempDir({ prefix: "papilio-report-" });
  try {
    return await writeAndRead(folder, evaluation);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
