import { type ClassEntry, IGNORED } from "papilio/core/classes.ts";
import type { BinaryMask, Case, ChannelImage } from "papilio/data/case.ts";
import type { Size } from "papilio/data/masks.ts";
import { classesAtSize, maskOfClass } from "papilio/predict/class_mask.ts";
import type { Explainers } from "papilio/predict/explain_case.ts";
import {
  type AugmentedOptions,
  predictAugmented,
} from "papilio/predict/postprocess/augmented_prediction.ts";
import { channelOf, maskAtSize, type SquareMap } from "papilio/predict/resize.ts";
import { readTruth } from "papilio/predict/truth.ts";

/** What a network says of foreground, or of one of its classes. */
export interface CaseViews {
  /** Probabilities of the photo as it is. */
  map: SquareMap;
  /** Mean and standard deviation over the views. */
  mean: SquareMap;
  deviation: SquareMap;
  /** Where the probability decides for it, from 0.5 or the network's threshold on. */
  decision: { probability: Float32Array; threshold: number };
  found(size: Size): BinaryMask;
}

type Network = Explainers["predictor"];

/** Predicts an image and views of it, and takes what is said of one class; of none for a binary mask. */
export async function predictViews(
  predictor: Network,
  image: ChannelImage,
  { number, views }: { number: number | undefined; views?: AugmentedOptions | undefined },
): Promise<CaseViews> {
  const { inputSidePx: sidePx, threshold, classes = [] } = predictor;
  const data = await predictor.predict(image);
  const augmented = await predictAugmented(
    (images) => predictor.predictBatch(images),
    image,
    views,
  );
  if (number === undefined) {
    const map = { data, sidePx };
    return {
      map,
      mean: { data: augmented.mean, sidePx },
      deviation: { data: augmented.deviation, sidePx },
      decision: { probability: data, threshold },
      found: (size) => maskAtSize(map, size, { threshold }),
    };
  }
  const channels = classes.length;
  const all = { data, sidePx, channels };
  const ofClass = (data: Float32Array) => {
    return { data: channelOf({ data, sidePx, channels }, number).data, sidePx };
  };
  return {
    map: ofClass(data),
    mean: ofClass(augmented.mean),
    deviation: ofClass(augmented.deviation),
    decision: { probability: leadOf(all, number), threshold: 0.5 },
    found: (size) => maskOfClass(classesAtSize(all, size), number),
  };
}

/** `(1 + p_c − max p_other) / 2`: from 0.5 on, the class is the likeliest. */
function leadOf({ data, channels }: { data: Float32Array; channels: number }, number: number) {
  const lead = new Float32Array(data.length / channels);
  for (let pixel = 0, i = 0; pixel < lead.length; pixel++, i += channels) {
    let most = 0;
    for (let c = 0; c < channels; c++) {
      if (c !== number) most = Math.max(most, data[i + c] as number);
    }
    lead[pixel] = (1 + (data[i + number] as number) - most) / 2;
  }
  return lead;
}

/** The true mask of a case, or of one of its classes; none for a photo without masks. */
export async function truthOf(
  item: Case,
  size: Size,
  { number, classTable }: { number: number | undefined; classTable: readonly ClassEntry[] },
): Promise<BinaryMask | undefined> {
  if (item.maskPaths.length === 0) return undefined;
  const truth = await readTruth(item, size, classTable);
  return number === undefined ? truth : maskOfClass(truth, number);
}

/** The values of the pixels that are judged. */
export function judged<T extends Float32Array | Uint8Array>(values: T, truth: Uint8Array): T {
  return truth.includes(IGNORED) ? values.filter((_, i) => truth[i] !== IGNORED) as T : values;
}
