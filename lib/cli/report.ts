import { join } from "@std/path";
import { Command, InvalidArgumentError, Option } from "commander";
import {
  addRecipeOptions,
  type RecipeFlags,
  recipeOf,
  takeRecipe,
} from "papilio/cli/_recipe_options.ts";
import { addEngineOptions } from "papilio/cli/engine_options.ts";
import { exitOnInterrupt } from "papilio/cli/interrupt.ts";
import { runMain } from "papilio/cli/main.ts";
import { writeFileAtomically } from "papilio/core/files.ts";
import { checkOutputFile } from "papilio/core/output.ts";
import type { SplitPart } from "papilio/data/split.ts";
import type { EngineWish } from "papilio/engine/choose.ts";
import { checkClassOptions } from "papilio/evaluation/class_options.ts";
import { quoted } from "papilio/core/text.ts";
import { renderRunReport } from "papilio/evaluation/report.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import type { Recipe } from "papilio/predict/recipe.ts";

interface Flags extends EngineWish {
  split?: SplitPart;
  out?: string;
  count: number;
  faults: boolean;
  threads: number;
}

const makeCommand = () =>
  addRecipeOptions(addEngineOptions(new Command("deno task report")))
    .description("Makes one HTML page about a run: training, metrics, cases, data.")
    .argument("<run>", "a run folder")
    .addOption(
      new Option("--split <part>", "of the run's own data; by default test, else validation")
        .choices(["test", "validation", "train"]),
    )
    .option("--out <file>", "where to write; by default the run's report.html")
    .option("--count <cases>", "on each contact sheet, at least 1", toCases, 12)
    .option("--no-faults", "do not open every file of the data set to look for faults")
    .option("--threads <count>", "of the network; 0: one for each processor", toCount, 0)
    .exitOverride();

export async function main(args: string[]): Promise<void> {
  const command = makeCommand().parse(args, { from: "user" });
  const [run = ""] = command.args;
  const { recipe, rest } = takeRecipe(command.opts());
  const { split: part, out = join(run, "report.html"), count, faults, ...engine } =
    rest as unknown as Flags;
  await checkOutputFile(out, { option: "--out" });
  const stopListening = exitOnInterrupt(() => "Interrupted; no page was written.");
  const page = await renderRunReport(run, {
    ...{ part, count, examine: faults },
    recipe: givenRecipe(recipe),
    predictor: { ...engine, note: console.error },
    note: console.error,
    command: `deno task report ${args.map(quoted).join(" ")}`,
  }).finally(stopListening);
  await writeFileAtomically(out, page);
  console.log(`Written: ${out} (${(page.length / 1e6).toFixed(2)} MB)`);
}

/** Without any option the evaluation says how masks are made. */
function givenRecipe(flags: RecipeFlags): ((predictor: Predictor) => Recipe) | undefined {
  const { threshold, resizeProbabilities, tiles, postProcessing } = flags;
  const given = [threshold, resizeProbabilities, tiles, ...Object.values(postProcessing)];
  if (given.every((value) => value === undefined)) return undefined;
  return (predictor) => {
    const recipe = recipeOf(flags, predictor);
    checkClassOptions(predictor, { recipe, threshold });
    return recipe;
  };
}

function toCases(text: string): number {
  if (toCount(text) === 0) throw new InvalidArgumentError("Give a whole number from 1.");
  return toCount(text);
}

function toCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Give a whole number.");
  return Number(text);
}

if (import.meta.main) await runMain(main);
