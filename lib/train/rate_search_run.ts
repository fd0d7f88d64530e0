import { join } from "@std/path";
import type { Config } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { writeFileAtomically } from "papilio/core/files.ts";
import { startProgress } from "papilio/core/progress.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { counted } from "papilio/core/text.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { loadEncoderWeights } from "papilio/model/encoder_weights.ts";
import { buildSegmentation, type SegmentationModel } from "papilio/model/segmentation.ts";
import { namedVariables } from "papilio/model/variables.ts";
import { type RateSearchChart, renderRateSearch } from "papilio/report/rate_search.ts";
import { checkRecipe } from "papilio/train/check_recipe.ts";
import { readCheckpoint } from "papilio/train/checkpoint.ts";
import type { TrainListener } from "papilio/train/events.ts";
import { findLearningRate } from "papilio/train/learning_rate_finder.ts";
import { chosenRate, DIVERGENCE, type RateTrial, suggestRates } from "papilio/train/rate_search.ts";
import { openRunData } from "papilio/train/run_data.ts";
import { restore } from "papilio/train/state.ts";

export interface SearchContext {
  config: Config;
  engine: Engine;
  onEvent?: TrainListener | undefined;
}

export interface SearchOptions {
  phase: 1 | 2;
  steps: number;
  /** A run folder whose best weights the search begins with. */
  from?: string | undefined;
}

/**
 * Tries learning rates on the training cases of a data set, as a run would begin.
 *
 * @throws {PapilioError} for what training would refuse, for unusable data, for a run of another network,
 * and if the loss of the first batch is no number.
 */
export async function searchLearningRate(
  { config, engine, onEvent }: SearchContext,
  { phase, steps, from }: SearchOptions,
): Promise<RateTrial[]> {
  checkRecipe(config);
  const segmentation = buildSegmentation(config);
  try {
    const dataSet = await readDataSet(config.data, config.layout);
    await (from === undefined
      ? loadEncoderWeights(segmentation, config.encoderWeights)
      : restoreBest(segmentation, from));
    const { train } = await openRunData(dataSet, { config, onEvent });
    const progress = startProgress("learning rates", steps, { unit: "steps" });
    const options = { phase, steps, onTrial: (done: number) => progress.update(done) };
    const trials = await findLearningRate({ config, engine, segmentation, train }, options)
      .finally(() => progress.stop());
    if (trials.length === 0) throw noNumber(config);
    return trials;
  } finally {
    segmentation.model.dispose();
  }
}

function noNumber({ loss }: Config): PapilioError {
  return new PapilioError({
    cannot: "look for a learning rate",
    expected: "a loss that is a number",
    got: "none for the first batch",
    remedy: `Look at the settings of the loss "${loss}", and at the weights to begin with.`,
  });
}

async function restoreBest({ model }: SegmentationModel, runPath: string): Promise<void> {
  const path = runFolder(runPath).bestCheckpoint;
  restore(namedVariables(model), await readCheckpoint(path), path);
}

/** Writes `phase<n>.csv` and its chart; returns their paths. */
export async function writeRateSearch(
  folder: string,
  trials: readonly RateTrial[],
  { phase }: Pick<SearchOptions, "phase">,
): Promise<string[]> {
  const [csvPath, chartPath] = [
    join(folder, `phase${phase}.csv`),
    join(folder, `phase${phase}.png`),
  ];
  await writeFileAtomically(csvPath, ratesCsv(trials));
  const chart = await renderRateSearch({
    title: `Loss over rising learning rates, phase ${phase} (${meanings[phase]})`,
    trials,
    marked: marksOf(trials),
  });
  await writeFileAtomically(chartPath, chart);
  return [csvPath, chartPath];
}

/** The rate to take first. */
function marksOf(trials: readonly RateTrial[]): RateSearchChart["marked"] {
  const suggestion = suggestRates(trials);
  if (!suggestion) return [];
  const { steepest, minimumTenth } = suggestion;
  return [
    { rate: steepest, label: `falls fastest: ${rounded(steepest)}` },
    { rate: minimumTenth, label: `a tenth of the lowest: ${rounded(minimumTenth)}` },
  ].sort((a, b) => a.rate - b.rate);
}

const meanings = { 1: "encoder frozen", 2: "all layers" };

function ratesCsv(trials: readonly RateTrial[]): string {
  const lines = trials.map(({ rate, loss, smoothedLoss }) => `${rate},${loss},${smoothedLoss}`);
  return ["learning_rate,loss,smoothed_loss", ...lines].join("\n") + "\n";
}

/** What the search found, whether it ended early, and the option to copy. */
export function describeRateSearch(
  trials: readonly RateTrial[],
  { phase, steps }: Pick<SearchOptions, "phase" | "steps">,
): string {
  const suggestion = suggestRates(trials);
  const end = earlyEnd(trials, steps);
  if (!suggestion) {
    return [...end, `The loss fell at none of ${counted(trials.length, "learning rate")}.`].join(
      "\n",
    );
  }
  const { steepest, minimumTenth } = suggestion;
  return [
    ...end,
    `The smoothed loss falls fastest at a learning rate of ${
      rounded(steepest)
    }, and is lowest at ` +
    `${rounded(10 * minimumTenth)}; a tenth of that is ${rounded(minimumTenth)}.`,
    `The smaller of the two:  --phase${phase}.learning-rate=${rounded(chosenRate(suggestion))}`,
  ].join("\n");
}

/** Why fewer rates were tried than asked for. */
function earlyEnd(trials: readonly RateTrial[], steps: number): string[] {
  const last = trials.at(-1);
  if (!last || trials.length >= steps) return [];
  const lowest = Math.min(...trials.map(({ smoothedLoss }) => smoothedLoss));
  const why = last.smoothedLoss > DIVERGENCE * lowest
    ? `the loss exploded at ${rounded(last.rate)}, which higher rates would not mend`
    : `above ${rounded(last.rate)} the loss was no finite number any more`;
  return [`Ended early, after ${trials.length} of ${steps} learning rates: ${why}.`];
}

/** Two digits: the search says no more. */
function rounded(rate: number): string {
  return String(Number(rate.toPrecision(2)));
}
