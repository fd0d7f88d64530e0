import { join } from "@std/path";
import { present } from "papilio/core/assert.ts";
import { measuredClasses } from "papilio/core/classes.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { exists, writeFileAtomically } from "papilio/core/files.ts";
import {
  type CaseRecord,
  type ClassRecord,
  recordCases,
  recordClasses,
} from "papilio/evaluation/case_record.ts";
import { type ClassesSummary, summarizeClasses } from "papilio/evaluation/class_summary.ts";
import { figureNames } from "papilio/evaluation/_figure_names.ts";
import { checkMeasured } from "papilio/evaluation/_judged_truth.ts";
import type { EvaluationCases } from "papilio/evaluation/evaluation_cases.ts";
import { checkClassOptions } from "papilio/evaluation/class_options.ts";
import { classMetricsFrame, metricsFrame, writeMetrics } from "papilio/evaluation/metrics_file.ts";
import {
  chooseThreshold,
  type EvaluationSummary,
  summarizeRecords,
  type SummaryHead,
} from "papilio/evaluation/summary.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { decisionOf, type Recipe, recipeText } from "papilio/predict/recipe.ts";

export interface EvaluationOptions {
  recipe: Recipe;
  boundaryTolerance?: number;
  seed?: number;
  /** Take the threshold with the highest Dice on the validation cases. */
  bestThreshold?: boolean;
  /** Called after each case that is judged. */
  onCase?: (done: number) => void;
  /** Called after each validation case that the threshold is chosen on, before the others. */
  onValidationCase?: (done: number) => void;
}

/** Of binary masks. */
export interface Evaluation {
  records: CaseRecord[];
  summary: EvaluationSummary;
}

/** Of masks of several classes. */
export interface ClassEvaluation {
  records: ClassRecord[];
  summary: ClassesSummary;
}

export type AnyEvaluation = Evaluation | ClassEvaluation;

/** Whether an evaluation is one of several classes. */
export function isOfClasses(evaluation: AnyEvaluation): evaluation is ClassEvaluation {
  return "classes" in evaluation.summary;
}

/** Judges a network of several classes, or one of binary masks. */
export async function evaluateAny(
  predictor: Predictor,
  modelPath: string,
  found: EvaluationCases,
  options: EvaluationOptions,
): Promise<AnyEvaluation> {
  const judge = decisionOf(predictor).classes ? evaluateClasses : evaluate;
  return await judge(predictor, modelPath, found, options);
}

/** Judges a network of several classes on cases. */
export async function evaluateClasses(
  predictor: Predictor,
  modelPath: string,
  found: EvaluationCases,
  options: EvaluationOptions,
): Promise<ClassEvaluation> {
  checkClassOptions(predictor, options);
  const { seed = 42 } = options;
  const { records, failures } = await recordClasses(predictor, found.cases, options);
  if (records.length === 0) throw nothingJudged(failures[0]?.error ?? "no case");
  const { classes: names, classColours: colours, classTable } = predictor;
  const measured = measuredClasses(names);
  const tallies = records.map(({ classes }) => measured.map((number) => present(classes[number])));
  checkMeasured(tallies, { data: found.data, classes: classTable });
  return {
    records,
    summary: {
      ...headOf(predictor, modelPath, found),
      recipe: recipeText(options.recipe),
      boundaryTolerance: options.boundaryTolerance ?? 0.0075,
      seed,
      ...summarizeClasses(records, { seed, names, colours }),
      failures,
    },
  };
}

function headOf(
  { modelHash }: Predictor,
  model: string,
  { data, part }: EvaluationCases,
): Pick<SummaryHead, "model" | "modelHash" | "data" | "part"> {
  return { model, modelHash, data, part };
}

/** Judges a network of binary masks on cases: a record of each, and the summary of all. */
export async function evaluate(
  predictor: Predictor,
  modelPath: string,
  found: EvaluationCases,
  options: EvaluationOptions,
): Promise<Evaluation> {
  const { seed = 42, onValidationCase: onCase } = options;
  const validation = await recordCases(predictor, found.validation, {
    recipe: { ...options.recipe, postProcessing: {} },
    ...(onCase && { onCase }),
  });
  const chosen = found.part === "validation" || validation.records.length === 0
    ? undefined
    : chooseThreshold(validation.records, "validation");
  const recipe = withThreshold(options, { found, chosen: chosen?.threshold });
  const { records, failures } = await recordCases(predictor, found.cases, {
    ...options,
    recipe,
  });
  if (records.length === 0) throw nothingJudged(failures[0]?.error ?? "no case");
  const { classTable } = predictor;
  if (classTable.length > 0) {
    checkMeasured(records.map((record) => [record]), { data: found.data, classes: classTable });
  }
  return {
    records,
    summary: {
      ...headOf(predictor, modelPath, found),
      recipe: recipeText(recipe),
      threshold: recipe.threshold,
      boundaryTolerance: options.boundaryTolerance ?? 0.0075,
      seed,
      ...summarizeRecords(records, { seed }),
      ...chosenThreshold(found, records, chosen),
      failures,
    },
  };
}

/** What is judged on validation is chosen on validation: that is said by its part. */
function chosenThreshold(
  { part }: EvaluationCases,
  records: readonly CaseRecord[],
  chosen: EvaluationSummary["chosenThreshold"],
): Pick<EvaluationSummary, "chosenThreshold"> {
  if (part === "validation") return { chosenThreshold: chooseThreshold(records, part) };
  return chosen ? { chosenThreshold: chosen } : {};
}

function withThreshold(
  { recipe, bestThreshold }: EvaluationOptions,
  { found, chosen }: { found: EvaluationCases; chosen: number | undefined },
): Recipe {
  if (!bestThreshold) return recipe;
  if (chosen !== undefined) return { ...recipe, threshold: chosen };
  throw new PapilioError({
    cannot: "choose the threshold",
    expected: "validation cases of a run folder that are not the ones to be judged",
    got: found.withoutValidation ?? "none",
    remedy: "Give a run folder and its test part, or a --threshold.",
  });
}

/** Writes `summary.json` and the metrics of each image, and removes what an evaluation before has left there. */
export async function writeEvaluation(
  folder: string,
  evaluation: AnyEvaluation,
  { format = "csv" }: { format?: "csv" | "parquet" } = {},
): Promise<{ metricsPath: string; summaryPath: string }> {
  const metricsPath = join(folder, `metrics.${format}`);
  const summaryPath = join(folder, "summary.json");
  const wasThere = await exists(summaryPath);
  const frame = isOfClasses(evaluation)
    ? classMetricsFrame(evaluation.records, evaluation.summary.classes.map(({ name }) => name))
    : metricsFrame(evaluation.records);
  await writeMetrics(metricsPath, frame);
  await writeFileAtomically(summaryPath, JSON.stringify(evaluation.summary, null, 2) + "\n");
  const other = format === "csv" ? "metrics.parquet" : "metrics.csv";
  const left = wasThere ? [other, ...figureNames] : [];
  for (const name of left) await removeFile(join(folder, name));
  return { metricsPath, summaryPath };
}

async function removeFile(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

function nothingJudged(error: string): PapilioError {
  return new PapilioError({
    cannot: "evaluate",
    expected: "at least one case that can be read",
    got: error,
    remedy: "`deno task data <folder>` lists what is wrong with a data set.",
  });
}
