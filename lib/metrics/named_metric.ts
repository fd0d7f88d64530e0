/** A metric with its words for people; `Tally` is what it is computed from. */
export interface NamedMetric<Tally> {
  /** For headings: `"Dice"`. */
  label: string;
  /** For legends: `"2·TP / (2·TP + FP + FN)"`. */
  formula: string;
  better: "higher" | "lower";
  /** NaN where it is not defined. */
  of: (tally: Tally) => number;
}

/**
 * How one number comes from many images.
 *
 * `micro`: the metric of the summed tallies, which is that of all images as one large image; large
 * objects weigh more. `macro`: the mean of the images' own metrics, without those that are NaN.
 */
export type Averaging = "micro" | "macro";
