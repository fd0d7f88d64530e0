import { messageOf } from "papilio/core/errors.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import type { BinaryMask, Case } from "papilio/data/case.ts";
import { imageSize } from "papilio/data/decode.ts";
import { readLabels } from "papilio/data/labels.ts";
import { foregroundFraction, resizeMask } from "papilio/data/masks.ts";
import { type MaskTally, tallyMask, truthOf } from "papilio/metrics/mask_tally.ts";
import {
  countProbabilities,
  type ProbabilityHistogram,
} from "papilio/metrics/probability_histogram.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { decodeFor, maskByRecipe, predictMap, type Recipe } from "papilio/predict/recipe.ts";
import { mapSize, type ProbabilityMap } from "papilio/predict/resize.ts";

/** All that the metrics of one image are computed from, at the photo's own size. */
export interface CaseRecord extends MaskTally {
  id: string;
  widthPx: number;
  heightPx: number;
  /** Share of the photo that is foreground in truth. */
  foregroundFraction: number;
  /** At the network's own size, before any post-processing. */
  histogram: ProbabilityHistogram;
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
 * Judges the mask of each case against the true one; a case that cannot be read becomes a failure.
 *
 * Objects are those of the recipe's splitting, else the connected parts; the true ones are the files of
 * the case, see `readLabels`.
 */
export async function recordCases(
  predictor: Predictor,
  cases: readonly Case[],
  options: RecordOptions,
): Promise<{ records: CaseRecord[]; failures: CaseFailure[] }> {
  const records: CaseRecord[] = [];
  const failures: CaseFailure[] = [];
  const work = (item: Case) => judge(predictor, item, options);
  for await (const result of mapAhead(cases, work, CASES_AHEAD)) {
    if ("error" in result) failures.push(result);
    else records.push(result);
    options.onCase?.(records.length + failures.length);
  }
  return { records, failures };
}

async function judge(
  predictor: Predictor,
  item: Case,
  { recipe, boundaryTolerance }: RecordOptions,
): Promise<CaseRecord | CaseFailure> {
  try {
    const caseId = item.id;
    const size = await imageSize(item.imagePath, { caseId });
    const truth = truthOf(await readLabels(item, size));
    const image = await decodeFor(item.imagePath, predictor, { ...recipe, caseId });
    const map = await predictMap(predictor, image, recipe);
    const found = await maskByRecipe(map, { path: item.imagePath, size }, recipe);
    const { widthPx, heightPx } = truth.mask;
    return {
      ...{ id: item.id, widthPx, heightPx },
      foregroundFraction: foregroundFraction(truth.mask),
      ...tallyMask(found, truth, { boundaryTolerance }),
      histogram: histogramOf(map, truth.mask),
    };
  } catch (error) {
    return { id: item.id, error: messageOf(error) };
  }
}

/** At the network's size. */
function histogramOf(map: ProbabilityMap, truth: BinaryMask): ProbabilityHistogram {
  const { widthPx, heightPx } = mapSize(map);
  return countProbabilities(map.data, resizeMask(truth, widthPx, heightPx).data);
}
