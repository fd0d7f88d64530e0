import * as tf from "@tensorflow/tfjs";
import type { Config } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { exists, sortedNames } from "papilio/core/files.ts";
import { checkOutputFolder } from "papilio/core/output.ts";
import { type RunFolder, runFolder } from "papilio/core/run_folder.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { checkEncoderWeights } from "papilio/model/encoder_weights.ts";
import { buildSegmentation } from "papilio/model/segmentation.ts";
import { checkRecipe } from "papilio/train/check_recipe.ts";

export interface CheckRunOptions {
  config: Config;
  /** The run folder. */
  runPath: string;
  /** Whether it is to be gone on with. */
  resume?: boolean;
}

/**
 * Checks the settings and paths of a run, before an engine is chosen: recipe, run folder, network, weights and
 * the folder of the data.
 *
 * @throws {PapilioError} for what does not go together, and for what is not there.
 */
export async function checkRun(options: CheckRunOptions): Promise<void> {
  const { config, resume = false } = options;
  await checkStart(options);
  checkNetwork(config, resume);
  await readDataSet(config.data, config.layout);
}

/**
 * Checks the recipe of a run and its folder.
 *
 * @throws {PapilioError} for a recipe that does not go together, a folder that is taken or cannot be written,
 * and a run that is finished.
 */
export async function checkStart(
  { config, runPath, resume = false }: CheckRunOptions,
): Promise<void> {
  checkRecipe(config);
  const run = runFolder(runPath);
  await checkOutputFolder(run.path, { option: resume ? undefined : "--out" });
  await (resume ? checkResumable(run) : checkFree(run));
}

function checkNetwork(config: Config, resume: boolean): void {
  tf.enableProdMode(); // No advice to install another backend.
  const { model, encoder } = buildSegmentation(config);
  try {
    if (!resume) checkEncoderWeights(encoder, config.encoderWeights);
  } finally {
    model.dispose();
  }
}

async function checkFree({ path }: RunFolder): Promise<void> {
  if (!await exists(path) || (await sortedNames(path)).length === 0) return;
  throw new PapilioError({
    cannot: `start a run in ${path}`,
    expected: "a folder that does not exist yet or is empty",
    got: "one with files in it",
    remedy: `Continue that run with --resume ${path}, or give another folder with --out.`,
  });
}

async function checkResumable(run: RunFolder): Promise<void> {
  if (!await exists(run.summary)) return;
  throw new PapilioError({
    cannot: `resume ${run.path}`,
    expected: "a run that is not finished",
    got: "one that is",
    remedy: `Use it with \`deno task export --model ${run.path}\`, or train anew with --out.`,
  });
}
