// @ts-types="npm:@types/d3-array@3.2.2"
import { intersection, mean, union } from "d3-array";

/** An entry in its place. */
export interface Ranked<Entry> {
  entry: Entry;
  /** Images that others were judged on, and this one was not. */
  missingImages: number;
}

/**
 * Entries by the mean of their images' values, the highest first.
 *
 * Means over different images are not compared: entries that lack images stand last, by the mean over
 * the images that all of these have.
 *
 * @param valuesOf an entry's values by the image's id; those that are NaN are left out of means.
 */
export function ranked<Entry>(
  entries: readonly Entry[],
  valuesOf: (entry: Entry) => ReadonlyMap<string, number>,
): Ranked<Entry>[] {
  const judged = entries.map((entry) => ({ entry, values: valuesOf(entry) }));
  const all = union(...judged.map(({ values }) => values.keys()));
  const counted = judged.map((each) => ({ ...each, missingImages: all.size - each.values.size }));
  const parts = [
    counted.filter(({ missingImages }) => missingImages === 0),
    counted.filter(({ missingImages }) => missingImages > 0),
  ];
  return parts.flatMap(byCommonMean)
    .map(({ entry, missingImages }) => ({ entry, missingImages }));
}

function byCommonMean<Judged extends { values: ReadonlyMap<string, number> }>(
  judged: readonly Judged[],
): Judged[] {
  const [first, ...others] = judged.map(({ values }) => values.keys());
  if (!first) return [];
  const common = [...intersection(first, ...others)];
  const meanOf = ({ values }: Judged) => mean(common, (id) => values.get(id)) || 0;
  return judged.toSorted((a, b) => meanOf(b) - meanOf(a));
}
