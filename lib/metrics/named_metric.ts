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
