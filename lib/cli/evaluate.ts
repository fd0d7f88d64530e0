import { join } from "@std/path";
import { Command, InvalidArgumentError, Option } from "commander";
import { checkOutputFolder } from "papilio/core/output.ts";
import { ownFolder } from "papilio/cli/_own_folder.ts";
import {
  addRecipeOptions,
  type RecipeFlags,
  recipeOf,
  takeRecipe,
} from "papilio/cli/_recipe_options.ts";
import { addEngineOptions } from "papilio/cli/engine_options.ts";
import { exitOnInterrupt } from "papilio/cli/interrupt.ts";
import { runMain } from "papilio/cli/main.ts";
import { counted } from "papilio/core/text.ts";
import type { SplitPart } from "papilio/data/split.ts";
import { checkClassOptions, checkSameClasses } from "papilio/evaluation/class_options.ts";
import { compareEvaluations } from "papilio/evaluation/comparison.ts";
import { describeComparison, describeEvaluation } from "papilio/evaluation/describe.ts";
import { describeClasses } from "papilio/evaluation/describe_classes.ts";
import {
  type AnyEvaluation,
  isOfClasses,
  writeEvaluation,
} from "papilio/evaluation/evaluate_run.ts";
import { evaluateWithProgress } from "papilio/evaluation/evaluate_with_progress.ts";
import {
  evaluationFolder,
  findEvaluationCases,
  type FindOptions,
} from "papilio/evaluation/evaluation_cases.ts";
import { writeFigures } from "papilio/evaluation/figures.ts";
import { writeSweep } from "papilio/evaluation/sweep_file.ts";
import type { EngineWish } from "papilio/engine/choose.ts";
import { Predictor } from "papilio/predict/predictor.ts";
import { decisionOf, type Recipe } from "papilio/predict/recipe.ts";

/** What `deno task evaluate` was asked for. */
interface Flags extends EngineWish {
  data?: string;
  split?: SplitPart;
  out?: string;
  against?: string;
  againstPlain?: boolean;
  bestThreshold?: boolean;
  sweep?: boolean;
  parquet?: boolean;
  figures: boolean;
  boundaryTolerance: number;
  seed: number;
  threads: number;
}

const help = `
Where a class (or the foreground) is there and was not predicted, its Dice, IoU, recall and boundary F1
are 0. Its precision, MCC and distances are not defined. Where it is neither there nor predicted, accuracy
and specificity alone are; where it is all there is, specificity and MCC are not; and neither are metrics
of a border of which most lies beside ignored pixels. Such an image is left out of the mean, which is then
said with the number of images and the reason.

A pixel is foreground from the threshold on (probability >= threshold); with several classes it is of the
likeliest one, of equals the first.`;

const makeCommand = () =>
  addRecipeOptions(addEngineOptions(new Command("deno task evaluate")))
    .description("Judges a run's masks against the true ones, image by image and as a whole.")
    .argument("<run>", "a run folder, or with --data an .onnx file")
    .option("--data <folder>", "all images of another data set instead of the run's own")
    .addOption(
      new Option("--split <part>", "of the run's own data; by default test, else validation")
        .choices(["test", "validation", "train"]),
    )
    .option("--out <folder>", "where to write; by default the run's evaluation/<part>")
    .option(
      "--best-threshold",
      "the threshold that suits the validation cases best, before post-processing",
    )
    .option("--against <run>", "compare with this run on the same images")
    .option("--against-plain", "compare with this run's masks as they come, without these options")
    .option("--sweep", "try post-processing on the validation cases, and say what helps")
    .option("--parquet", "metrics.parquet in place of metrics.csv")
    .option("--no-figures", "without pictures")
    .option(
      "--boundary-tolerance <0…1>",
      "of borders, as a share of the diagonal",
      toNumber,
      0.0075,
    )
    .option("--seed <number>", "of the intervals", toNumber, 42)
    .option("--threads <count>", "of the network; 0: one for each processor", toNumber, 0)
    .addHelpText("after", help)
    .exitOverride();

/** 0: all cases were judged, 1: some could not be read. */
export async function main(args: string[]): Promise<number> {
  const command = makeCommand().parse(args, { from: "user" });
  const [run = ""] = command.args;
  const { recipe: recipeFlags, rest } = takeRecipe(command.opts());
  const flags = rest as unknown as Flags;
  if (flags.out === undefined) ownFolder(run, "keep an evaluation"); // Before all the work.
  const stopListening = exitOnInterrupt(() => "Interrupted. Each file that is there is whole.");
  try {
    const evaluation = await judge(run, recipeFlags, flags, writeAll);
    if (flags.against !== undefined) {
      const other = await judge(flags.against, recipeFlags, flags);
      console.log(`\n${run} (first) and ${flags.against} (second)`);
      console.log(describeComparison(compareEvaluations(evaluation, other, flags)));
    }
    if (flags.againstPlain) {
      const plain = await judge(run, { postProcessing: {} }, { ...flags, bestThreshold: false });
      console.log("\nmasks as they come (first) and with these options (second)");
      console.log(describeComparison(compareEvaluations(plain, evaluation, flags)));
    }
    return evaluation.summary.failures.length > 0 ? 1 : 0;
  } finally {
    stopListening();
  }
}

interface Judged {
  evaluation: AnyEvaluation;
  predictor: Predictor;
  recipe: Recipe;
  found: Awaited<ReturnType<typeof findEvaluationCases>>;
  /** Where to write. */
  folder: string;
}

/** Opens a run, judges it, and lets `finish` use the open network. */
async function judge(
  run: string,
  recipeFlags: RecipeFlags,
  flags: Flags,
  finish?: (judged: Judged, flags: Flags) => Promise<void>,
): Promise<AnyEvaluation> {
  const predictor = await Predictor.open(run, { ...recipeFlags, ...flags, note: console.error });
  try {
    const recipe = recipeOf(recipeFlags, predictor);
    checkClassOptions(predictor, { ...flags, recipe });
    const { split: part, data, against } = flags;
    const found = await findEvaluationCases(run, { part, data, classes: recipe.classes });
    if (finish && against !== undefined) await checkAgainst(against, { predictor, part, data });
    const folder = flags.out ?? evaluationFolder(run, found);
    if (finish) await checkOutputFolder(folder, { option: "--out" });
    tellLeftOut(found);
    const evaluation = await evaluateWithProgress(predictor, run, found, { ...flags, recipe });
    await finish?.({ evaluation, predictor, recipe, found, folder }, flags);
    return evaluation;
  } finally {
    await predictor.dispose();
  }
}

/** What is not judged, and what is not chosen. */
function tellLeftOut({ leftOut, withoutValidation }: Judged["found"]): void {
  if (leftOut) console.error(`left out: ${counted(leftOut, "case")} without a usable mask`);
  if (withoutValidation === undefined) return;
  console.error(
    `left out: the threshold that suits the run's own validation cases best. ${withoutValidation}`,
  );
}

/** Before the first run is judged, which may take long. */
async function checkAgainst(
  against: string,
  { predictor, part, data }: { predictor: Predictor } & Pick<FindOptions, "part" | "data">,
): Promise<void> {
  const other = await Predictor.open(against, { threads: 1 });
  try {
    checkSameClasses(predictor, other);
    await findEvaluationCases(against, { part, data, classes: decisionOf(other).classes });
  } finally {
    await other.dispose();
  }
}

async function writeAll(
  { evaluation, predictor, recipe, found, folder }: Judged,
  flags: Flags,
): Promise<void> {
  const format = flags.parquet ? "parquet" : "csv";
  const { metricsPath, summaryPath } = await writeEvaluation(folder, evaluation, { format });
  console.log(
    isOfClasses(evaluation)
      ? describeClasses(evaluation.summary)
      : describeEvaluation(evaluation.summary),
  );
  console.log(`Written: ${metricsPath}, ${summaryPath}`);
  const { summary } = evaluation;
  const judgedBy = "threshold" in summary ? { ...recipe, threshold: summary.threshold } : recipe;
  if (flags.figures) {
    const shown = { predictor, cases: found.cases, summary };
    const paths = await writeFigures(folder, shown, { recipe: judgedBy });
    console.log(`Figures: ${paths.join(", ")}`);
  }
  if (flags.sweep) {
    if (found.withoutValidation) console.error("sweep: on the images judged, for want of others");
    const cases = found.validation.length > 0 ? found.validation : found.cases;
    console.log(await writeSweep(join(folder, "sweep.csv"), predictor, cases, judgedBy));
  }
}

function toNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0)) throw new InvalidArgumentError("Give a number from 0.");
  return value;
}

if (import.meta.main) await runMain(main);
