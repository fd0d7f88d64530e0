import type { RgbImage } from "papilio/data/case.ts";
import type { Size } from "papilio/data/masks.ts";
import { boxMean } from "papilio/predict/postprocess/_box_mean.ts";
import { solveSlopes } from "papilio/predict/postprocess/_slopes.ts";
import { forEachRow, type ProbabilityMap } from "papilio/predict/resize.ts";

export interface GuidedFilterOptions {
  /** Of the square window, in the photo's pixels: about how far borders may be off. */
  radiusPx: number;
  /** Variance of the colours, of 0…1, below which an edge in the photo counts as none. */
  epsilon?: number;
  /**
   * The photo is looked at reduced by this factor, by default to a window of radius 4, and to at most 4
   * megapixels; 1 is the filter without its short cut.
   */
  reduction?: number;
}

const EPSILON = 1e-3;
/** A window of at least 2·4 + 1 pixels is left, as the paper on the fast filter has it. */
const REDUCED_RADIUS_PX = 4;
/** The filter needs about 80 bytes for each pixel that it looks at. */
const REDUCED_PIXELS = 4_000_000;

/**
 * The probabilities at the photo's own size, with their borders drawn to edges of its colours.
 *
 * In each window the probability is taken as linear in the colour, `p = a·I + b`, by least squares with
 * `ε·|a|²`; a pixel's is `mean(a)·I + mean(b)` over the windows that hold it, kept within 0…1. `a` and `b`
 * come from the photo reduced, and are interpolated.
 *
 * Shapes: map `[S, S]` or `[H, W]` float32 and image `[heightPx, widthPx, 3]` → `[heightPx, widthPx]`
 * float32, 0…1.
 *
 * Source: He, Sun & Tang, Guided Image Filtering (2013), section 3.4; He & Sun, Fast Guided Filter (2015).
 *
 * @example
 * ```ts
 * import { guidedFilter } from "papilio/predict/postprocess/guided_filter.ts";
 * const data = Uint8Array.from({ length: 8 * 3 }, (_, i) => i < 15 ? 0 : 255); // An edge after 5 pixels …
 * const image = { data, widthPx: 8, heightPx: 1 };
 * const map = { data: Float32Array.of(0, 0, 0, 0, 1, 1, 1, 1), widthPx: 8, heightPx: 1 }; // … and after 4.
 * const refined = guidedFilter(map, image, { radiusPx: 3 });
 * console.assert(refined[4]! < 0.5 && refined[5]! > 0.5);
 * ```
 */
export function guidedFilter(
  map: ProbabilityMap,
  image: RgbImage,
  { radiusPx, epsilon = EPSILON, reduction = reductionFor(radiusPx, image) }: GuidedFilterOptions,
): Float32Array<ArrayBuffer> {
  const size = reduced(image, reduction);
  const window = { size, radiusPx: Math.max(1, Math.round(radiusPx / reduction)) };
  const colours = reducedColours(image, size);
  const target = reducedProbabilities(map, size);
  const { slopes, offset } = fitWindows(colours, target, { ...window, epsilon });
  const probabilities = new Float32Array(image.data.length / 3);
  addPlane(probabilities, offset, { size, image });
  slopes.forEach((slope, channel) => addPlane(probabilities, slope, { size, image, channel }));
  for (let i = 0; i < probabilities.length; i++) {
    probabilities[i] = Math.min(1, Math.max(0, probabilities[i] as number));
  }
  return probabilities;
}

/** `a` for each of the three channels, and `b`, each as the mean of the windows that hold a pixel. */
interface Fit {
  slopes: Float32Array[];
  offset: Float32Array;
}

function fitWindows(
  colours: Float32Array[],
  target: Float32Array,
  { size, radiusPx, epsilon }: { size: Size; radiusPx: number; epsilon: number },
): Fit {
  const mean = (data: Float32Array) => boxMean(data, size, radiusPx);
  const colourMeans = colours.map(mean);
  const targetMean = mean(target);
  const covariance = (a: Float32Array, b: Float32Array, means: [Float32Array, Float32Array]) =>
    minusProduct(mean(product(a, b)), ...means);
  const variances = colours.map((one, i) =>
    colours.slice(i).map((other, j) =>
      covariance(one, other, [colourMeans[i]!, colourMeans[i + j]!])
    )
  );
  const slopes = colours.map((colour, i) =>
    covariance(colour, target, [colourMeans[i]!, targetMean])
  );
  solveSlopes(slopes, variances.flat(), epsilon);
  slopes.forEach((slope, i) => minusProduct(targetMean, slope, colourMeans[i]!));
  return { slopes: slopes.map(mean), offset: mean(targetMean) };
}

function product(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value * (b[i] as number));
}

/** Subtracts the product from `sum`, in place. */
function minusProduct(sum: Float32Array, a: Float32Array, b: Float32Array): Float32Array {
  for (let i = 0; i < sum.length; i++) {
    sum[i] = (sum[i] as number) - (a[i] as number) * (b[i] as number);
  }
  return sum;
}

/** Adds a reduced plane at the photo's size, times a channel's colours if one is given. */
function addPlane(
  sum: Float32Array,
  data: Float32Array,
  { size, image, channel }: { size: Size; image: RgbImage; channel?: number },
): void {
  forEachRow({ data, ...size }, image, "bilinear", (row, start) => {
    for (let x = 0; x < row.length; x++) {
      const i = start + x;
      const factor = channel === undefined ? 1 : (image.data[3 * i + channel] as number) / 255;
      sum[i] = (sum[i] as number) + (row[x] as number) * factor;
    }
  });
}

function reductionFor(radiusPx: number, { widthPx, heightPx }: Size): number {
  const forMemory = Math.sqrt(widthPx * heightPx / REDUCED_PIXELS);
  return Math.max(1, Math.floor(radiusPx / REDUCED_RADIUS_PX), forMemory);
}

function reduced({ widthPx, heightPx }: Size, reduction: number): Size {
  return {
    widthPx: Math.max(1, Math.round(widthPx / reduction)),
    heightPx: Math.max(1, Math.round(heightPx / reduction)),
  };
}

function reducedProbabilities(map: ProbabilityMap, size: Size): Float32Array {
  const data = new Float32Array(size.widthPx * size.heightPx);
  forEachRow(map, size, "bilinear", (row, start) => data.set(row, start));
  return data;
}

/** The mean colours of the pixels whose centres lie in each reduced one, by channel, 0…1. */
function reducedColours(image: RgbImage, { widthPx, heightPx }: Size): Float32Array[] {
  const planes = [0, 1, 2].map(() => new Float32Array(widthPx * heightPx));
  const counts = new Uint32Array(widthPx * heightPx);
  for (let y = 0, i = 0; y < image.heightPx; y++) {
    const row = Math.floor((2 * y + 1) * heightPx / (2 * image.heightPx)) * widthPx;
    for (let x = 0; x < image.widthPx; x++, i += 3) {
      const pixel = row + Math.floor((2 * x + 1) * widthPx / (2 * image.widthPx));
      (counts[pixel] as number)++;
      for (let c = 0; c < 3; c++) (planes[c]![pixel] as number) += image.data[i + c] as number;
    }
  }
  for (const plane of planes) {
    for (let i = 0; i < plane.length; i++) plane[i] = (plane[i] as number) / (255 * counts[i]!);
  }
  return planes;
}
