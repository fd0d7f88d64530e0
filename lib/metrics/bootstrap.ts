import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { Random } from "papilio/core/random.ts";
import { quantile } from "papilio/metrics/quantile.ts";

/** A number computed from a set of images. */
export type Statistic<Image> = (images: readonly Image[]) => number;

export interface BootstrapOptions {
  /** The same seed gives the same interval. */
  seed: number;
  /** How often the images are drawn anew. */
  resamples?: number;
  /** Images in each draw, to see what more or fewer would do; by default as many as there are. */
  drawnImages?: number;
  /** The share of the resamples within the interval. */
  confidence?: number;
}

/** A statistic, and how far it might lie from this if other images had been drawn. */
export interface Interval {
  value: number;
  low: number;
  high: number;
  /** The draws for which the statistic is defined; the others are left out. */
  resamples: number;
}

/** With fewer images than about this the bootstrap's intervals are too narrow. */
export const FEW_IMAGES = 20;

/**
 * The percentile bootstrap interval of a statistic: images are drawn with replacement, as many as there
 * are, and the statistic is computed anew.
 *
 * Images are drawn, never pixels: the pixels of an image are alike. Photos of one animal or one slide are
 * alike too; the interval is then too narrow. It says what other test images would do to the number, and
 * nothing of another training. With fewer than about 20 images it is too narrow as well.
 *
 * For a micro average the statistic sums the tallies of the drawn images; for a macro one it means them.
 *
 * Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), section 13.3.
 * @throws {PapilioError} if there are no images.
 *
 * @example
 * ```ts
 * import { bootstrap } from "papilio/metrics/bootstrap.ts";
 * const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
 * const { value, low, high } = bootstrap([0.8, 0.9, 0.7, 0.9], mean, { seed: 1 });
 * console.assert(value === 0.825 && 0.7 <= low && low < value && value < high && high <= 0.9);
 * ```
 */
export function bootstrap<Image>(
  images: readonly Image[],
  statistic: Statistic<Image>,
  options: BootstrapOptions,
): Interval {
  return present(bootstrapAll(images, (drawn) => [statistic(drawn)], options)[0]);
}

/**
 * The intervals of several statistics over the same draws, which are those of `bootstrap`.
 *
 * @throws {PapilioError} if there are no images.
 *
 * @example
 * ```ts
 * import { bootstrapAll } from "papilio/metrics/bootstrap.ts";
 * const ends = (values: readonly number[]) => [Math.min(...values), Math.max(...values)];
 * const [least, most] = bootstrapAll([3, 1, 2], ends, { seed: 1 });
 * console.assert(least?.value === 1 && most?.value === 3 && most.high === 3);
 * ```
 */
export function bootstrapAll<Image>(
  images: readonly Image[],
  statistics: (images: readonly Image[]) => readonly number[],
  { seed, resamples = 2000, drawnImages = images.length, confidence = 0.95 }: BootstrapOptions,
): Interval[] {
  if (images.length === 0) throw noImages();
  const random = Random.from(seed, "bootstrap");
  const draws = Array.from(
    { length: resamples },
    () => statistics(draw(images, random, drawnImages)),
  );
  const tail = (1 - confidence) / 2;
  return statistics(images).map((value, i) => {
    const all = Float64Array.from(draws, (values) => present(values[i]));
    const defined = all.filter((value) => !Number.isNaN(value));
    return {
      value,
      low: quantile(defined, tail),
      high: quantile(defined, 1 - tail),
      resamples: defined.length,
    };
  });
}

/** So many images, each drawn from all of them. */
function draw<Image>(images: readonly Image[], random: Random, count: number): Image[] {
  const one = () => images[random.integer(0, images.length - 1)] as Image;
  return Array.from({ length: count }, one);
}

function noImages(): PapilioError {
  return new PapilioError({
    cannot: "compute a confidence interval",
    expected: "at least one image",
    got: "none",
    remedy: "Evaluate on a split that has images with masks.",
  });
}
