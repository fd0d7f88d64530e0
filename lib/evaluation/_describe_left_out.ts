import { hasUnpredicted, leftOutNotes, type MeanWithout } from "papilio/report/left_out.ts";

/** A metric whose means may be without some images, and some classes. */
export type PartialMean = MeanWithout & { microWithout?: readonly string[] };

/**
 * Lines that say what means are without, and why; none where nothing is left out.
 *
 * `of` says what they are, where there are several.
 */
export function leftOutLines(
  metrics: readonly PartialMean[],
  { images, of = "" }: { images: number; of?: string },
): string[] {
  const notes = leftOutNotes(metrics, images);
  const pooled = pooledNotes(metrics);
  return [
    ...(notes.length > 0 ? [`* not defined, and left out of the means over images${of}:`] : []),
    ...notes.map((note) => `  ${note.metrics}: ${note.without}`),
    ...pooled.map(({ labels, without }) => `all as one image, ${labels}: without ${without}`),
    ...(hasUnpredicted(metrics) ? [erased] : []),
  ];
}

/** What is left out of one metric and 0 in another makes the one look better. */
const erased =
  "(what is there and not predicted has a Dice, IoU, recall and boundary F1 of 0, but no " +
  "precision, MCC or distance)";

function pooledNotes(metrics: readonly PartialMean[]): { labels: string; without: string }[] {
  const some = metrics.filter(({ microWithout = [] }) => microWithout.length > 0);
  const alike = Map.groupBy(some, ({ microWithout = [] }) => microWithout.join(", "));
  return [...alike].map(([without, group]) => ({
    labels: group.map(({ label }) => label).join(", "),
    without,
  }));
}
