import type { Case, RgbImage } from "papilio/data/case.ts";
import { decodeImage, imageSize } from "papilio/data/decode.ts";
import type { Truth } from "papilio/metrics/mask_tally.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import type { PostProcessing } from "papilio/predict/postprocess/options.ts";
import { decodeFor, predictMap } from "papilio/predict/recipe.ts";
import type { ProbabilityMap } from "papilio/predict/resize.ts";
import { readObjects } from "papilio/predict/truth.ts";

/** A case with what settings are tried on; what a setting does not ask for is not computed. */
export interface SweepCase {
  id: string;
  /** At the photo's own size. */
  truth: Truth;
  /** What the network says, averaged over these views if there are any. */
  map: (views: PostProcessing["tta"]) => Promise<ProbabilityMap>;
  /** The photo at its own size. */
  image: () => Promise<RgbImage>;
}

/**
 * The cases for a sweep, one after the other; each is decoded, and predicted by each set of views, once.
 *
 * @throws {PapilioError} if image or mask cannot be read.
 */
export async function* sweepCases(
  predictor: Predictor,
  cases: readonly Case[],
): AsyncGenerator<SweepCase> {
  for (const item of cases) {
    const size = await imageSize(item.imagePath, { caseId: item.id });
    const decoding = { caseId: item.id, intensityRange: predictor.intensityRange };
    const image = remembered((path: string) => decodeImage(path, decoding));
    yield {
      id: item.id,
      truth: await readObjects(item, size, predictor.classTable),
      map: remembered((views) => predictViews(predictor, item, views)),
      image: () => image(item.imagePath),
    };
  }
}

async function predictViews(
  predictor: Predictor,
  item: Case,
  views: PostProcessing["tta"],
): Promise<ProbabilityMap> {
  const image = await decodeFor(item.imagePath, predictor, { caseId: item.id });
  return await predictMap(predictor, image, { postProcessing: views ? { tta: views } : {} });
}

/** Computes a value for each key once. */
function remembered<Key, Value>(
  compute: (key: Key) => Promise<Value>,
): (key: Key) => Promise<Value> {
  const values = new Map<Key, Promise<Value>>();
  return (key) => {
    const value = values.get(key) ?? compute(key);
    values.set(key, value);
    return value;
  };
}
