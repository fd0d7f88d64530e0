import { present } from "papilio/core/assert.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import type { BinaryMask, Case } from "papilio/data/case.ts";
import { imageSize } from "papilio/data/decode.ts";
import { foregroundFraction, readMask, resizeMask } from "papilio/data/masks.ts";
import { countPixels, type Counts, iou } from "papilio/metrics/counts.ts";
import {
  countProbabilities,
  type ProbabilityHistogram,
  sumHistograms,
} from "papilio/metrics/probability_histogram.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { decodeFor, plainRecipe, predictMap, type Recipe } from "papilio/predict/recipe.ts";
import {
  type Interpolation,
  mapSize,
  maskAtSize,
  type ProbabilityMap,
} from "papilio/predict/resize.ts";

/** Cases being read while one is in the network. */
const CASES_AHEAD = 2;

/** What the network says of a case, and what is true. */
export interface CasePrediction {
  item: Case;
  map: ProbabilityMap;
  /** At the photo's own size. */
  truth: BinaryMask;
}

/** A case with the counts of its mask at the photo's own size. */
export interface CaseScore {
  item: Case;
  counts: Counts;
  /** NaN where there is no foreground and none was found. */
  iou: number;
  /** True share of the photo. */
  foregroundFraction: number;
}

export interface ScoreOptions {
  /** By default the predictor's. */
  threshold?: number;
  interpolation?: Interpolation;
}

/** @throws {PapilioError} if image or mask cannot be read. */
export async function predictCase(
  predictor: Predictor,
  item: Case,
  recipe: Recipe = plainRecipe(predictor),
): Promise<CasePrediction> {
  const image = await decodeFor(item.imagePath, predictor, { ...recipe, caseId: item.id });
  const truth = await readMask(item, await imageSize(item.imagePath, { caseId: item.id }));
  return { item, map: await predictMap(predictor, image, recipe), truth };
}

/** The predictions of many cases, in order; few are in memory at a time. */
export function predictCases(
  predictor: Predictor,
  cases: readonly Case[],
): AsyncGenerator<CasePrediction> {
  return mapAhead(cases, (item) => predictCase(predictor, item), CASES_AHEAD);
}

/** The probabilities of all pixels of the cases, by their true class, at the network's size. */
export async function histogramOfCases(
  predictor: Predictor,
  cases: readonly Case[],
): Promise<ProbabilityHistogram> {
  const histograms = [];
  for await (const { map, truth } of predictCases(predictor, cases)) {
    const { widthPx, heightPx } = mapSize(map);
    const small = resizeMask(truth, widthPx, heightPx);
    histograms.push(countProbabilities(map.data, small.data));
  }
  return sumHistograms(histograms);
}

/** Judges the mask of each case at the photo's own size, in the order of the cases. */
export async function scoreCases(
  predictor: Predictor,
  cases: readonly Case[],
  options: ScoreOptions = {},
): Promise<CaseScore[]> {
  const scores: CaseScore[] = [];
  for await (const prediction of predictCases(predictor, cases)) {
    const { item, truth } = prediction;
    const counts = countsOf(prediction, { threshold: predictor.threshold, ...options });
    scores.push({ item, counts, iou: iou(counts), foregroundFraction: foregroundFraction(truth) });
  }
  return scores;
}

/** The counts of a predicted mask at the photo's own size. */
export function countsOf(
  { map, truth }: CasePrediction,
  options: { threshold: number; interpolation?: Interpolation },
): Counts {
  return countPixels(maskAtSize(map, truth, options).data, truth.data);
}

/** The first, the middle and the last `count` by IoU, ascending; those without an IoU are left out. */
export function pickByIou(
  scores: readonly CaseScore[],
  count: number,
): { worst: Case[]; middle: Case[]; best: Case[] } {
  const sorted = scores.filter((score) => !Number.isNaN(score.iou)).sort((a, b) => a.iou - b.iou)
    .map(({ item }) => item);
  const start = Math.max(0, Math.floor((sorted.length - count) / 2));
  return {
    worst: sorted.slice(0, count),
    middle: sorted.slice(start, start + count),
    best: sorted.slice(-count),
  };
}

/**
 * The largest photo out of the better half by IoU: one that is worth enlarging.
 *
 * @throws {Error} if no case has an IoU.
 */
export function pickLargeGood(scores: readonly CaseScore[]): Case {
  const measured = scores.filter((score) => !Number.isNaN(score.iou));
  const good = measured.sort((a, b) => b.iou - a.iou).slice(0, Math.ceil(measured.length / 2));
  const pixels = ({ counts }: CaseScore) => Object.values(counts).reduce((sum, n) => sum + n, 0);
  const [largest] = good.sort((a, b) => pixels(b) - pixels(a));
  return present(largest, "a case with an IoU").item;
}
