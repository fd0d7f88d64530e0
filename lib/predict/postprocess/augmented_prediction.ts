import { PapilioError } from "papilio/core/errors.ts";
import type { ChannelImage } from "papilio/data/case.ts";
import {
  applySymmetry,
  symmetries,
  type Symmetry,
  type SymmetryName,
  undoSymmetry,
} from "papilio/predict/postprocess/symmetries.ts";
import { undoZoomOut, zoomOut } from "papilio/predict/postprocess/zoom.ts";

/** Predicts several square images of one side in one run; `Predictor.predictBatch` is one. */
export type PredictBatch = (images: readonly ChannelImage[]) => Promise<readonly Float32Array[]>;

export interface AugmentedOptions {
  symmetries?: SymmetryName;
  /** Each symmetry is shown at each of these sizes, 0.5…1 of the image's own. */
  zooms?: readonly number[];
  /** Views in one run of the network. */
  batchSize?: number;
}

/** What a network says of an image on average over several views of it. */
export interface AugmentedPrediction {
  /** `[S, S]`, or with several classes `[S, S, C]`; 0…1. */
  mean: Float32Array<ArrayBuffer>;
  /** Of the same shape: the standard deviation over the views, 0…0.5; where it is high, the views disagree. */
  deviation: Float32Array<ArrayBuffer>;
}

/** A way to show an image. */
interface View {
  symmetry: Symmetry;
  zoom: number;
}

/**
 * The mean probability of each pixel, and of each class, over views of an image, and how much the views disagree.
 *
 * Each view is turned, mirrored or made smaller, predicted, and what was predicted is brought back:
 * symmetries exactly, zooms by interpolation. The deviation, `√(mean((p − mean)²))`, tells how sure the
 * network is under these changes alone; what it has never seen it may call wrong with one voice.
 *
 * Shapes: image `[S, S, C]` uint8 → twice the shape of a prediction, float32.
 *
 * Source: Wang et al., Aleatoric uncertainty estimation with test-time augmentation (2019), section 3.2.
 * @throws {PapilioError} if the image is no square, or a zoom is out of range.
 *
 * @example
 * ```ts
 * import { predictAugmented } from "papilio/predict/postprocess/augmented_prediction.ts";
 * const leftIsSure = (images: readonly { data: Uint8Array }[]) =>
 *   Promise.resolve(images.map(() => Float32Array.of(1, 0, 1, 0)));
 * const image = { data: new Uint8Array(12), widthPx: 2, heightPx: 2 };
 * const { mean, deviation } = await predictAugmented(leftIsSure, image, { symmetries: "mirror" });
 * console.assert(mean.join() === "0.5,0.5,0.5,0.5" && deviation.join() === "0.5,0.5,0.5,0.5");
 * ```
 */
export async function predictAugmented(
  predictBatch: PredictBatch,
  image: ChannelImage,
  options: AugmentedOptions = {},
): Promise<AugmentedPrediction> {
  const { symmetries: name = "flips", zooms = [1], batchSize = 4 } = options;
  checkView(image, zooms);
  const views = zooms.flatMap((zoom) => symmetries[name].map((symmetry) => ({ symmetry, zoom })));
  const spread = new Spread();
  for (let first = 0; first < views.length; first += batchSize) {
    const batch = views.slice(first, first + batchSize);
    const maps = await predictBatch(batch.map((view) => show(image, view)));
    maps.forEach((map, k) => spread.add(bringBack(map, image.widthPx, batch[k] as View)));
  }
  return spread.summary();
}

function show(image: ChannelImage, { symmetry, zoom }: View): ChannelImage {
  return applySymmetry(zoom === 1 ? image : zoomOut(image, zoom), symmetry);
}

function bringBack(map: Float32Array, sidePx: number, { symmetry, zoom }: View): Float32Array {
  const upright = undoSymmetry(map, sidePx, symmetry);
  return zoom === 1 ? upright : undoZoomOut(upright, sidePx, zoom);
}

/** Running mean and squared deviations (Welford), so that a few maps are in memory at a time. */
class Spread {
  #means = new Float64Array();
  #squares = new Float64Array();
  #count = 0;

  add(map: Float32Array): void {
    if (this.#count++ === 0) {
      this.#means = new Float64Array(map.length);
      this.#squares = new Float64Array(map.length);
    }
    for (let i = 0; i < map.length; i++) {
      const before = (map[i] as number) - (this.#means[i] as number);
      (this.#means[i] as number) += before / this.#count;
      (this.#squares[i] as number) += before * ((map[i] as number) - (this.#means[i] as number));
    }
  }

  summary(): AugmentedPrediction {
    const deviation = (square: number) => Math.sqrt(Math.max(0, square) / this.#count);
    return {
      mean: Float32Array.from(this.#means),
      deviation: Float32Array.from(this.#squares, deviation),
    };
  }
}

function checkView({ widthPx, heightPx }: ChannelImage, zooms: readonly number[]): void {
  const bad = zooms.find((zoom) => !(zoom >= 0.5 && zoom <= 1));
  if (widthPx === heightPx && bad === undefined && zooms.length > 0) return;
  throw new PapilioError({
    cannot: "predict several views of an image",
    expected: "a square image, and zooms from 0.5 to 1",
    got: widthPx === heightPx ? `the zooms [${zooms.join(", ")}]` : `${widthPx}×${heightPx} pixels`,
    remedy: "Read the image at the network's size; where objects are too small, use tiles.",
  });
}
