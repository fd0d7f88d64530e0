import { basename, join, resolve } from "@std/path";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import type { SplitPart } from "papilio/data/split.ts";
import { makeSheets } from "papilio/evaluation/_case_sheets.ts";
import { type NearestPreset, nearestPreset } from "papilio/evaluation/_nearest_preset.ts";
import { commandsOf } from "papilio/evaluation/command_lines.ts";
import { dataSetOf } from "papilio/evaluation/_report_data.ts";
import { evaluationPart } from "papilio/evaluation/_report_evaluation.ts";
import {
  factsOf,
  minuteText,
  modelCardOf,
  readConfig,
  readJson,
  trainingOf,
  type TrainingSummary,
} from "papilio/evaluation/_report_run.ts";
import {
  evaluationOf,
  readEvaluation,
  type StoredEvaluation,
} from "papilio/evaluation/stored_evaluation.ts";
import { knownRecipe } from "papilio/evaluation/_recipe_words.ts";
import { evaluationFolder, findEvaluationCases } from "papilio/evaluation/evaluation_cases.ts";
import { Predictor, type PredictorOptions } from "papilio/predict/predictor.ts";
import { decisionOf, type Recipe } from "papilio/predict/recipe.ts";
import { renderPage } from "papilio/report/page/page.ts";
import type { CaseSheet, ConfigurationPart, Part } from "papilio/report/page/report.ts";

export interface RunReportOptions {
  /** Of the run's own data; by default test, and validation where there is no test case. */
  part?: SplitPart | undefined;
  /** Cases on each sheet. */
  count?: number;
  /** How masks are made; by default as in the evaluation that is there, else by the threshold alone. */
  recipe?: ((predictor: Predictor) => Recipe) | undefined;
  /** Whether to open every file of the data set to look for faults. */
  examine?: boolean;
  predictor?: PredictorOptions;
  /** Hears what could not be shown. */
  note?: ((text: string) => void) | undefined;
  /** The command that makes the page, to be named on it. */
  command?: string;
  now?: Date;
}

/**
 * The page about a run: its training, its evaluation, its cases.
 *
 * An evaluation that is not there yet is made, and written. What cannot be shown, since the run is not
 * finished or its data are gone, becomes a sentence.
 *
 * @throws {PapilioError} if the folder is no run.
 */
export async function renderRunReport(
  path: string,
  options: RunReportOptions = {},
): Promise<string> {
  const run = runFolder(path);
  const config = await readConfig(run);
  if (!config) throw noRun(path);
  const summary = await readJson<TrainingSummary>(run.summary);
  const judged = await judge(path, options);
  const stored = judged.stored;
  const nearest = nearestPreset(config);
  return await renderPage({
    title: basename(resolve(path)),
    facts: [
      ...factsOf(run, { config, summary, environment: await readJson(run.environment) }),
      { label: "Page made", value: minuteText((options.now ?? new Date()).toISOString()) },
    ],
    configuration: configurationOf(nearest),
    training: await trainingOf(run, { config, summary }),
    evaluation: stored ? evaluationPart(stored) : { missing: judged.problem },
    sheets: judged.sheets,
    dataSet: await dataSetOf(run, config, { examine: options.examine ?? true }),
    modelCard: await modelCardOf(run),
    commands: commandsOf({
      ...{ run: path, data: config.data, nearest, own: options.command },
      part: stored?.summary.part,
      recipe: stored && knownRecipe(stored.summary),
    }),
  });
}

/** The evaluation, and the cases in pictures; why not, where they are missing. */
interface Judged {
  stored?: StoredEvaluation | undefined;
  sheets: Part<readonly CaseSheet[]>;
  problem: string;
}

async function judge(path: string, options: RunReportOptions): Promise<Judged> {
  const without = async (error: unknown) => {
    if (!(error instanceof PapilioError)) throw error;
    return await withoutNetworkOrData(path, options, error);
  };
  const predictor = await Predictor.open(path, options.predictor).catch(without);
  if (!(predictor instanceof Predictor)) return predictor;
  try {
    // What cannot be asked of this network is an error, and no sentence on the page.
    const recipe = options.recipe?.(predictor);
    return await judgeWith(predictor, path, { ...options, recipe }).catch(without);
  } finally {
    await predictor.dispose();
  }
}

async function judgeWith(
  predictor: Predictor,
  path: string,
  { part, count = 12, recipe }: Omit<RunReportOptions, "recipe"> & { recipe: Recipe | undefined },
): Promise<Judged> {
  const { classes } = decisionOf(predictor);
  const found = await findEvaluationCases(path, { part, classes, takesData: false });
  const stored = await evaluationOf(evaluationFolder(path, found), {
    ...{ predictor, run: path, found },
    recipe,
  });
  const problem = "There is no evaluation.";
  if (!stored) return { sheets: { missing: problem }, problem };
  const sheets = await makeSheets(predictor, found.cases, { stored, count });
  if (sheets.length > 0) return { stored, sheets, problem };
  return { stored, sheets: { missing: "No case has an IoU: there is no foreground." }, problem };
}

/** What was evaluated before can be shown, though not in pictures. */
async function withoutNetworkOrData(
  path: string,
  { part, note }: RunReportOptions,
  error: PapilioError,
): Promise<Judged> {
  const problem = `The run was not evaluated. ${messageOf(error)}`;
  const noSheets = "There are no pictures of cases";
  for (const name of part ? [part] : ["test", "validation"]) {
    const stored = await readEvaluation(join(path, "evaluation", name));
    if (!stored) continue;
    const missing = `${noSheets}. ${messageOf(error)}`;
    note?.(missing);
    return { stored, sheets: { missing }, problem };
  }
  note?.(problem);
  return { sheets: { missing: `${noSheets}: the run was not evaluated.` }, problem };
}

function configurationOf({ preset, differences, all }: NearestPreset): Part<ConfigurationPart> {
  return {
    preset,
    differences: differences.map(({ name, ...values }) => ({ label: name, ...values })),
    all: all.map(({ name, value }) => ({ label: name, value })),
  };
}

function noRun(path: string): PapilioError {
  return new PapilioError({
    cannot: "make a report",
    expected: "the folder of a run, with its config.json",
    got: path,
    remedy: "Give the folder that `deno task train` made, such as outputs/mine.",
  });
}
