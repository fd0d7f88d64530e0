import { present } from "papilio/core/assert.ts";
import { type ClassEntry, measuredClasses, namesOf } from "papilio/core/classes.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import type { BinaryMask, Case, ClassMask } from "papilio/data/case.ts";
import { imageSize } from "papilio/data/decode.ts";
import { resizeMask } from "papilio/data/masks.ts";
import { sumOf } from "papilio/metrics/averages.ts";
import { meanOverClasses } from "papilio/metrics/class_scores.ts";
import { confusionMatrix, countsOfClass } from "papilio/metrics/confusion_matrix.ts";
import { countPixels, type Counts, iou } from "papilio/metrics/counts.ts";
import { pixelSums } from "papilio/metrics/pixel_metrics.ts";
import {
  countProbabilities,
  type ProbabilityHistogram,
  sumHistograms,
} from "papilio/metrics/probability_histogram.ts";
import { classesAtSize } from "papilio/predict/class_mask.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { decodeFor, plainRecipe, predictMap, type Recipe } from "papilio/predict/recipe.ts";
import {
  type Interpolation,
  mapSize,
  maskAtSize,
  type ProbabilityMap,
} from "papilio/predict/resize.ts";
import { hasSeveralClasses, readTruth } from "papilio/predict/truth.ts";

/** Cases being read while one is in the network. */
const CASES_AHEAD = 2;

/** What the network says of a case, and what is true. */
export interface CasePrediction {
  item: Case;
  /** As `predictMap` gives it. */
  map: ProbabilityMap;
  /** At the photo's own size; see `readTruth`. */
  truth: BinaryMask | ClassMask;
}

/** A case with the counts of its mask at the photo's own size. */
export interface CaseScore {
  item: Case;
  /** With several classes, the sum over those that are measured. */
  counts: Counts;
  /** NaN where there is no foreground and none was found; with several classes, their mean. */
  iou: number;
  /** True share of the photo, as far as it is judged. */
  foregroundFraction: number;
}

export interface CaseOptions {
  /** By default the threshold, or the likeliest class, alone. */
  recipe?: Recipe;
  /** How masks tell classes; by default as those that the network was trained on. */
  classes?: readonly ClassEntry[];
}

export interface ScoreOptions extends Pick<CaseOptions, "classes"> {
  /** By default the predictor's; of several classes each pixel gets the likeliest instead. */
  threshold?: number;
  interpolation?: Interpolation;
}

/** @throws {PapilioError} if image or mask cannot be read. */
export async function predictCase(
  predictor: Predictor,
  item: Case,
  { recipe = plainRecipe(predictor), classes = predictor.classTable }: CaseOptions = {},
): Promise<CasePrediction> {
  const image = await decodeFor(item.imagePath, predictor, { ...recipe, caseId: item.id });
  const size = await imageSize(item.imagePath, { caseId: item.id });
  const truth = await readTruth(item, size, classes);
  return { item, map: await predictMap(predictor, image, recipe), truth };
}

/** The predictions of many cases, in order; few are in memory at a time. */
export function predictCases(
  predictor: Predictor,
  cases: readonly Case[],
  options: CaseOptions = {},
): AsyncGenerator<CasePrediction> {
  return mapAhead(cases, (item) => predictCase(predictor, item, options), CASES_AHEAD);
}

/** The probabilities of all pixels of the cases, by what is true of them, at a binary network's size. */
export async function histogramOfCases(
  predictor: Predictor,
  cases: readonly Case[],
  options: CaseOptions = {},
): Promise<ProbabilityHistogram> {
  const histograms = [];
  for await (const { map, truth } of predictCases(predictor, cases, options)) {
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
  const { classes = predictor.classTable } = options;
  const scores: CaseScore[] = [];
  for await (const prediction of predictCases(predictor, cases, { classes })) {
    const score = hasSeveralClasses(classes)
      ? classScore(prediction, namesOf(classes), options)
      : binaryScore(countsOf(prediction, { threshold: predictor.threshold, ...options }));
    scores.push({ item: prediction.item, ...score });
  }
  return scores;
}

function binaryScore(counts: Counts): Omit<CaseScore, "item"> {
  return { counts, iou: iou(counts), foregroundFraction: trueShare(counts) };
}

function classScore(
  { map, truth }: CasePrediction,
  names: readonly string[],
  { interpolation }: ScoreOptions,
): Omit<CaseScore, "item"> {
  const { data } = classesAtSize(map, truth, interpolation);
  const matrix = confusionMatrix(data, truth.data, names.length);
  const counts = names.map((_, number) => countsOfClass(matrix, number));
  const measured = measuredClasses(names).map((number) => present(counts[number]));
  return {
    counts: sumOf(measured, pixelSums),
    iou: meanOverClasses(counts, names, iou),
    foregroundFraction: measured.reduce((share, ofClass) => share + trueShare(ofClass), 0),
  };
}

/** How much of the judged pixels is there in truth. */
export function trueShare(counts: Counts): number {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = counts;
  const there = truePositives + falseNegatives;
  return there / (there + falsePositives + trueNegatives);
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
