import { messageOf } from "papilio/core/errors.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import type { BinaryMask, Case, ClassMask } from "papilio/data/case.ts";
import { imageSize } from "papilio/data/decode.ts";
import { resizeMask, type Size } from "papilio/data/masks.ts";
import { checkJudged } from "papilio/evaluation/_judged_truth.ts";
import {
  type ClassTally,
  type MaskTally,
  tallyClasses,
  tallyMask,
} from "papilio/metrics/mask_tally.ts";
import { type ClassConfidences, countConfidences } from "papilio/metrics/class_calibration.ts";
import {
  countProbabilities,
  type ProbabilityHistogram,
} from "papilio/metrics/probability_histogram.ts";
import { trueShare } from "papilio/predict/predict_cases.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { decodeFor, maskByRecipe, predictMap, type Recipe } from "papilio/predict/recipe.ts";
import { mapSize, type ProbabilityMap } from "papilio/predict/resize.ts";
import { readObjects, readTruth } from "papilio/predict/truth.ts";

/** A case that was judged, at the photo's own size. */
export interface JudgedCase extends Size {
  id: string;
}

/** All that the metrics of one image's mask are computed from. */
export interface CaseRecord extends JudgedCase, MaskTally {
  /** Share of the photo, as far as it is judged, that is foreground in truth. */
  foregroundFraction: number;
  /** At the network's own size, before any post-processing. */
  histogram: ProbabilityHistogram;
}

/** All that the metrics of one image's classes are computed from. */
export interface ClassRecord extends JudgedCase, ClassTally {
  /** At the network's own size, before any post-processing. */
  confidences: ClassConfidences;
}

/** A case that could not be judged. */
export interface CaseFailure {
  id: string;
  error: string;
}

export interface RecordOptions {
  recipe: Recipe;
  /** How far borders may lie apart, as a share of the photo's diagonal. */
  boundaryTolerance?: number;
  /** Called after each case. */
  onCase?: (done: number) => void;
}

/** Cases in the network or being read while one is judged. */
const CASES_AHEAD = 2;

/**
 * Judges the mask of each case against the true one; a case that cannot be read, or has nothing to judge by,
 * becomes a failure.
 *
 * Objects are those of the recipe's splitting, else the connected parts; for the true ones see
 * `readObjects`.
 */
export async function recordCases(
  predictor: Predictor,
  cases: readonly Case[],
  options: RecordOptions,
): Promise<Records<CaseRecord>> {
  const { recipe } = options;
  return await recordEach(cases, options, async (item) => {
    const size = await imageSize(item.imagePath, { caseId: item.id });
    const truth = await readObjects(item, size, predictor.classTable);
    checkJudged(truth.mask, item, predictor.classTable);
    const { map, found } = await predictFor(predictor, item, { size, recipe });
    const { widthPx, heightPx } = truth.mask;
    const tally = tallyMask(found, truth, options);
    return {
      ...{ id: item.id, widthPx, heightPx },
      foregroundFraction: trueShare(tally.counts),
      ...tally,
      histogram: histogramOf(map, truth.mask),
    };
  });
}

/**
 * As `recordCases`, of the classes of each case; the true objects of a class are its connected parts.
 */
export async function recordClasses(
  predictor: Predictor,
  cases: readonly Case[],
  options: RecordOptions,
): Promise<Records<ClassRecord>> {
  const { recipe, boundaryTolerance } = options;
  const { classes: names } = predictor;
  return await recordEach(cases, options, async (item) => {
    const size = await imageSize(item.imagePath, { caseId: item.id });
    const truth = await readTruth(item, size, predictor.classTable);
    checkJudged(truth, item, predictor.classTable);
    const { map, found } = await predictFor(predictor, item, { size, recipe });
    const tally = tallyClasses(found, truth, { names, boundaryTolerance });
    const { widthPx, heightPx } = truth;
    return {
      ...{ id: item.id, widthPx, heightPx },
      ...tally,
      confidences: confidencesOf(map, truth),
    };
  });
}

/** What could be judged, and what could not. */
export interface Records<Record> {
  records: Record[];
  failures: CaseFailure[];
}

async function recordEach<Record extends object>(
  cases: readonly Case[],
  { onCase }: Pick<RecordOptions, "onCase">,
  judge: (item: Case) => Promise<Record>,
): Promise<Records<Record>> {
  const records: Record[] = [];
  const failures: CaseFailure[] = [];
  const work = (item: Case) =>
    judge(item).catch((error): CaseFailure => ({ id: item.id, error: messageOf(error) }));
  for await (const result of mapAhead(cases, work, CASES_AHEAD)) {
    if ("error" in result) failures.push(result);
    else records.push(result);
    onCase?.(records.length + failures.length);
  }
  return { records, failures };
}

async function predictFor(
  predictor: Predictor,
  { id: caseId, imagePath: path }: Case,
  { size, recipe }: { size: Size; recipe: Recipe },
) {
  const image = await decodeFor(path, predictor, { ...recipe, caseId });
  const map = await predictMap(predictor, image, recipe);
  return { map, found: await maskByRecipe(map, { path, size }, recipe) };
}

/** At the network's size. */
function confidencesOf(map: ProbabilityMap, truth: ClassMask): ClassConfidences {
  const { widthPx, heightPx } = mapSize(map);
  const { data } = resizeMask(truth, widthPx, heightPx);
  return countConfidences(map.data, data, { classes: map.channels ?? 1 });
}

/** At the network's size. */
function histogramOf(map: ProbabilityMap, truth: BinaryMask): ProbabilityHistogram {
  const { widthPx, heightPx } = mapSize(map);
  return countProbabilities(map.data, resizeMask(truth, widthPx, heightPx).data);
}
