import { messageOf } from "papilio/core/errors.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import type { BinaryMask, Case } from "papilio/data/case.ts";
import { imageSize } from "papilio/data/decode.ts";
import { type LabelImage, labelParts, maskOfLabels, readLabels } from "papilio/data/labels.ts";
import { foregroundFraction, resizeMask } from "papilio/data/masks.ts";
import { borderDistances } from "papilio/metrics/border_distances.ts";
import { type BoundaryCounts, countBoundary, diagonalPx } from "papilio/metrics/boundary.ts";
import { countPixels, type Counts } from "papilio/metrics/counts.ts";
import { type InstanceTally, tallyInstances } from "papilio/metrics/instances.ts";
import {
  countProbabilities,
  type ProbabilityHistogram,
} from "papilio/metrics/probability_histogram.ts";
import { type SurfaceMetricName, surfaceMetrics } from "papilio/metrics/surface_metrics.ts";
import type { PostProcessed } from "papilio/predict/postprocess/apply.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { decodeFor, maskByRecipe, predictMap, type Recipe } from "papilio/predict/recipe.ts";
import { mapSize, type ProbabilityMap } from "papilio/predict/resize.ts";

/** All that the metrics of one image are computed from, at the photo's own size. */
export interface CaseRecord {
  id: string;
  widthPx: number;
  heightPx: number;
  /** Share of the photo that is foreground in truth. */
  foregroundFraction: number;
  counts: Counts;
  boundary: BoundaryCounts;
  /** NaN where one of the masks is empty. */
  surface: Record<SurfaceMetricName, number>;
  instances: InstanceTally;
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
    const truth = await readLabels(item, size);
    const image = await decodeFor(item.imagePath, predictor, { ...recipe, caseId });
    const map = await predictMap(predictor, image, recipe);
    const found = await maskByRecipe(map, { path: item.imagePath, size }, recipe);
    return { id: item.id, ...compare(found, truth, boundaryTolerance), ...histogramOf(map, truth) };
  } catch (error) {
    return { id: item.id, error: messageOf(error) };
  }
}

function compare(
  { mask, labels }: PostProcessed,
  truth: LabelImage,
  boundaryTolerance?: number,
): Omit<CaseRecord, "id" | "histogram"> {
  const { widthPx, heightPx } = truth;
  const trueMask = maskOfLabels(truth);
  const tolerancePx = diagonalPx(truth, boundaryTolerance);
  return {
    widthPx,
    heightPx,
    foregroundFraction: foregroundFraction(trueMask),
    counts: countPixels(mask.data, trueMask.data),
    boundary: countBoundary(mask, trueMask, { tolerancePx }),
    surface: surfaceOf(mask, trueMask),
    instances: tallyInstances(labels ?? labelParts(mask), truth),
  };
}

function surfaceOf(mask: BinaryMask, truth: BinaryMask): CaseRecord["surface"] {
  const distances = borderDistances(mask, truth);
  return {
    hausdorff95: surfaceMetrics.hausdorff95.of(distances),
    hausdorff: surfaceMetrics.hausdorff.of(distances),
    meanSurfaceDistance: surfaceMetrics.meanSurfaceDistance.of(distances),
  };
}

function histogramOf(map: ProbabilityMap, truth: LabelImage): Pick<CaseRecord, "histogram"> {
  const { widthPx, heightPx } = mapSize(map);
  const small = resizeMask(maskOfLabels(truth), widthPx, heightPx);
  return { histogram: countProbabilities(map.data, small.data) };
}
