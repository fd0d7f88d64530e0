import { meanPerImage } from "papilio/metrics/counts.ts";

/**
 * How one number comes from many images.
 *
 * `micro`: the metric of the summed tallies, which is that of all images as one large image; large
 * objects weigh more. `macro`: the mean of the images' own metrics, without those that are NaN.
 */
export type Averaging = "micro" | "macro";

/** How the tallies of images become that of their set. */
export interface Sums<Tally> {
  none: Tally;
  add: (a: Tally, b: Tally) => Tally;
}

/**
 * A metric over a set of images; `sums` belongs to the tally: `pixelSums`, `boundarySums`,
 * `instanceSums`.
 *
 * @example
 * ```ts
 * import { averageOf } from "papilio/metrics/averages.ts";
 * import { dice, noCounts } from "papilio/metrics/counts.ts";
 * import { pixelSums } from "papilio/metrics/pixel_metrics.ts";
 * const small = { ...noCounts, truePositives: 1, falseNegatives: 2 }; // Dice 1/2
 * const large = { ...noCounts, truePositives: 99 }; // Dice 1
 * const average = (averaging: "micro" | "macro") =>
 *   averageOf([small, large], dice, { averaging, sums: pixelSums });
 * console.assert(average("macro") === 0.75 && average("micro") === 200 / 202);
 * ```
 */
export function averageOf<Tally>(
  images: readonly Tally[],
  metric: (tally: Tally) => number,
  { averaging, sums }: { averaging: Averaging; sums: Sums<Tally> },
): number {
  return averaging === "macro" ? meanPerImage(images, metric) : metric(sumOf(images, sums));
}

/** The tally of all images together. */
export function sumOf<Tally>(images: readonly Tally[], { none, add }: Sums<Tally>): Tally {
  return images.reduce((sum, tally) => add(sum, tally), none);
}
