import { type ClassEntry, namesOf } from "papilio/core/classes.ts";
import { present } from "papilio/core/assert.ts";
import { median } from "papilio/core/median.ts";
import type { ClassMask } from "papilio/data/case.ts";

/** What a data set has of one class. */
export interface ClassShare {
  name: string;
  /** Of the pixels that belong to any class. */
  share: number;
  /** Of those in the cases that have the class; 0 if there are none. */
  shareWherePresent: number;
  /** Cases that have it. */
  cases: number;
}

/** What a data set has of its classes. */
export interface ClassShares {
  classes: ClassShare[];
  /** The share of the pixels that belong to no class. */
  ignoredShare: number;
  /** Cases that were counted. */
  cases: number;
}

/** One case as counted: the pixels of each class, and the size of its image. */
export interface CountedCase {
  classPixels: readonly number[] | null;
  widthPx: number | null;
  heightPx: number | null;
}

/**
 * The pixels of each class in a mask; those that belong to none are left out.
 *
 * @example
 * ```ts
 * import { countClasses } from "papilio/data/class_shares.ts";
 * const mask = { data: Uint8Array.of(0, 2, 2, 255), widthPx: 4, heightPx: 1 };
 * console.assert(countClasses(mask, 3).join() === "1,0,2");
 * ```
 */
export function countClasses({ data }: ClassMask, classes: number): number[] {
  const counts = new Uint32Array(256);
  for (let i = 0; i < data.length; i++) (counts[data[i] as number] as number)++;
  return [...counts.subarray(0, classes)];
}

/** The shares of the classes over all cases whose masks could be read, pixels of all in one pot. */
export function summarizeShares(
  rows: readonly CountedCase[],
  classes: readonly ClassEntry[],
): ClassShares {
  const counted = rows.flatMap(({ classPixels, widthPx, heightPx }) =>
    classPixels && widthPx && heightPx ? [{ classPixels, pixels: widthPx * heightPx }] : []
  );
  const judged = counted.map(({ classPixels }) => sum(classPixels));
  const total = sum(judged);
  const shares = namesOf(classes).map((name, index): ClassShare => {
    const ofClass = counted.map(({ classPixels }) => present(classPixels[index]));
    const own = sum(ofClass);
    const around = sum(judged.filter((_, i) => present(ofClass[i]) > 0));
    const cases = ofClass.filter((pixels) => pixels > 0).length;
    return { name, share: ratio(own, total), shareWherePresent: ratio(own, around), cases };
  });
  const all = sum(counted.map(({ pixels }) => pixels));
  return { classes: shares, ignoredShare: ratio(all - total, all), cases: counted.length };
}

/**
 * Weights of the classes in a loss, by median frequency balancing: `median(f) / f`.
 *
 * `f` is the share of a class in the images that have it. A class that is nowhere is left out of the
 * median, and has the weight 1.
 *
 * Source: Eigen & Fergus 2015 (arXiv 1411.4734), section 6.3.2.
 *
 * @example
 * ```ts
 * import { classWeights } from "papilio/data/class_shares.ts";
 * const weights = classWeights([0.8, 0.4, 0.1].map((shareWherePresent) => ({ shareWherePresent })));
 * console.assert(weights.join() === "0.5,1,4");
 * ```
 */
export function classWeights(shares: readonly Pick<ClassShare, "shareWherePresent">[]): number[] {
  const frequencies = shares.map(({ shareWherePresent }) => shareWherePresent);
  const known = frequencies.filter((frequency) => frequency > 0);
  return frequencies.map((frequency) => frequency > 0 ? median(known) / frequency : 1);
}

/** Below this share, which is printed as 0.0 %, a weight would be of a few stray pixels. */
const FEWEST_FOR_WEIGHT = 0.0005;

/**
 * The shares as a table for people, and the weights as an option of training; nothing of no cases.
 *
 * A class of next to no pixels has the weight 1, as one that is nowhere.
 */
export function describeShares({ classes, ignoredShare, cases }: ClassShares): string[] {
  if (cases === 0) return [];
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`.padStart(9);
  const width = Math.max(20, ...classes.map(({ name }) => name.length));
  const isTooFew = ({ share }: ClassShare) => share < FEWEST_FOR_WEIGHT;
  const weights = classWeights(
    classes.map((one) => isTooFew(one) ? { shareWherePresent: 0 } : one),
  ).map((weight) => Number(weight.toPrecision(4)));
  const tooFew = classes.filter((one) => isTooFew(one) && one.cases > 0).map(({ name }) => name);
  return [
    `${"class".padEnd(width)} ${"pixels".padStart(9)}  cases (of ${cases})`,
    ...classes.map((one) => `${one.name.padEnd(width)} ${percent(one.share)}  ${one.cases}`),
    `${"of no class".padEnd(width)} ${percent(ignoredShare)}  of all pixels, ignored`,
    `To weight classes by their rarity: --loss-settings.class-weights ${weights.join(",")}`,
    ...(tooFew.length > 0 ? [`Of too few pixels to be weighted: ${tooFew.join(", ")}`] : []),
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
