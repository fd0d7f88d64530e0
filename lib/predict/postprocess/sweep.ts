import { bootstrap, type Interval } from "papilio/metrics/bootstrap.ts";
import { addCounts, dice, iou, meanPerImage, noCounts } from "papilio/metrics/counts.ts";
import type { Truth } from "papilio/metrics/mask_tally.ts";
import { applyPostProcessing } from "papilio/predict/postprocess/apply.ts";
import {
  needsImage,
  type PostProcessing,
  postProcessingText,
} from "papilio/predict/postprocess/options.ts";
import type { SweepCase } from "papilio/predict/postprocess/sweep_cases.ts";
import {
  type ImageScore,
  scoreImage,
  type ScoreName,
} from "papilio/predict/postprocess/sweep_scores.ts";
import type { Interpolation } from "papilio/predict/resize.ts";

export interface SweepOptions {
  threshold: number;
  interpolation?: Interpolation;
  /** Tried beside doing nothing. */
  settings?: readonly PostProcessing[];
  /** Of the intervals. */
  seed?: number;
  /** Called after each case. */
  onCase?: (id: string) => void;
}

/** What a setting makes of the cases, and whether that is better than doing nothing. */
export interface SweepRow {
  options: PostProcessing;
  /** `"none"` for doing nothing. */
  setting: string;
  /** Of all pixels as one image. */
  micro: { dice: number; iou: number };
  /** Means over images. */
  macro: Record<ScoreName, number>;
  /**
   * The mean over images of what the setting adds, paired by image, with its 95 % interval; of the images
   * for which the metric is defined both before and after.
   */
  gain: Record<ScoreName, Interval>;
}

/** One step at a time, with the parameters that are worth trying first; lengths are shares of the photo. */
export const defaultSettings: readonly PostProcessing[] = [
  { tta: "mirror" },
  { tta: "flips" },
  { tta: "all" },
  ...[0.008, 0.016, 0.03, 0.06].map((guidedFilter) => ({ guidedFilter })),
  ...[0.004, 0.008].map((smooth) => ({ smooth })),
  ...[0.004, 0.008, 0.016].map((open) => ({ open })),
  ...[0.004, 0.008, 0.016].map((close) => ({ close })),
  { fillHoles: true },
  ...[0.0002, 0.001, 0.005].map((minArea) => ({ minArea })),
  { largest: true },
  ...[0.1, 0.15, 0.2].map((splitObjects) => ({ splitObjects })),
];

/**
 * Tries settings of post-processing on cases with masks, each against doing nothing.
 *
 * The first row is doing nothing. Every case is looked at once, with all settings. Choose on validation
 * cases and report on others: of many settings one looks better by chance, at 95 % one of twenty that do
 * nothing at all looks better, or worse.
 *
 * @throws {PapilioError} if there are no cases, or one cannot be read.
 */
export async function sweepPostProcessing(
  cases: AsyncIterable<SweepCase>,
  options: SweepOptions,
): Promise<SweepRow[]> {
  const settings = [{}, ...options.settings ?? defaultSettings];
  const scores: ImageScore[][] = settings.map(() => []);
  for await (const item of cases) {
    for (const [k, setting] of settings.entries()) {
      scores[k]?.push(await scoreSetting(item, item.truth, { ...options, setting }));
    }
    options.onCase?.(item.id);
  }
  const before = scores[0] as ImageScore[];
  return settings.map((setting, k) => {
    return rowOf(setting, { before, after: scores[k] as ImageScore[], seed: options.seed ?? 42 });
  });
}

/** What to say of a gain: an interval without 0 in it. Of distances, less is better. */
export function verdictOf(
  name: ScoreName,
  { low, high }: Interval,
): "better" | "worse" | "unclear" {
  const [isUp, isDown] = [low > 0, high < 0];
  if (!isUp && !isDown) return "unclear";
  return isUp === (name !== "hausdorff95Px") ? "better" : "worse";
}

async function scoreSetting(
  item: SweepCase,
  truth: Truth,
  { setting, threshold, interpolation }: SweepOptions & { setting: PostProcessing },
): Promise<ImageScore> {
  const photo = {
    size: { widthPx: truth.mask.widthPx, heightPx: truth.mask.heightPx },
    threshold,
    ...(interpolation && { interpolation }),
    image: needsImage(setting) ? await item.image() : undefined,
  };
  return scoreImage(await applyPostProcessing(await item.map(setting.tta), photo, setting), truth);
}

function rowOf(
  options: PostProcessing,
  { before, after, seed }: { before: ImageScore[]; after: ImageScore[]; seed: number },
): SweepRow {
  const pooled = after.reduce((sum, { counts }) => addCounts(sum, counts), noCounts);
  const perScore = <T>(compute: (name: ScoreName) => T) => ({
    dice: compute("dice"),
    iou: compute("iou"),
    boundaryF1: compute("boundaryF1"),
    hausdorff95Px: compute("hausdorff95Px"),
    dsbScore: compute("dsbScore"),
  });
  const differences = (name: ScoreName) =>
    after.map((score, i) => score[name] - (before[i] as ImageScore)[name]);
  return {
    options,
    setting: postProcessingText(options) || "none",
    micro: { dice: dice(pooled), iou: iou(pooled) },
    macro: perScore((name) => meanPerImage(after, (score) => score[name])),
    gain: perScore((name) =>
      bootstrap(differences(name), (values) => meanPerImage(values, (value) => value), { seed })
    ),
  };
}
