import { type ClassEntry, isRest } from "papilio/core/classes.ts";
import { present } from "papilio/core/assert.ts";
import { counted } from "papilio/core/text.ts";
import { type Fault, fault } from "papilio/data/data_set.ts";

/** The values of a file that were read as labels. */
export interface LabelValues {
  /** The pixels of each value that is there. */
  counts: ReadonlyMap<number, number>;
  /** Those that no class claims. */
  unclaimed: readonly number[];
}

/** The same of a file of a case. */
export interface LabelFile extends LabelValues {
  id: string;
  path: string;
  /** Whether no other file of the case can claim what this one leaves. */
  isAlone: boolean;
}

/** Values that are told one by one; more are no labels, mostly. */
const LISTED_VALUES = 16;
/** Cases that are named where a value is in few. */
const NAMED_CASES = 3;

/**
 * Warnings about values of label files that no class claims, the most frequent first, and about values of
 * the class table that no file has.
 *
 * With a class that has what is left, none is unclaimed. Of a class without any pixel another warning tells.
 */
export function labelFaults(
  files: readonly LabelFile[],
  { classes, isAbsent, folder }: {
    classes: readonly ClassEntry[];
    isAbsent: (entry: ClassEntry) => boolean;
    folder: string;
  },
): Fault[] {
  if (files.length === 0) return [];
  const absent = absentValues(files, classes.filter((entry) => !isAbsent(entry)));
  return [
    ...(classes.some(isRest) ? [] : unclaimedFaults(files.filter(({ isAlone }) => isAlone))),
    ...absent.map((message) => fault("absent value", { id: "", message, path: folder })),
  ];
}

function unclaimedFaults(files: readonly LabelFile[]): Fault[] {
  const filesOf = Map.groupBy(
    files.flatMap((file) => file.unclaimed.map((value) => ({ file, value }))),
    ({ value }) => value,
  );
  const pixels = (file: LabelFile) => file.counts.values().reduce((sum, count) => sum + count, 0);
  const all = files.reduce((sum, file) => sum + pixels(file), 0);
  const found = [...filesOf].map(([value, group]) => {
    const having = group.map(({ file }) => file);
    const own = having.reduce((sum, { counts }) => sum + (counts.get(value) ?? 0), 0);
    return { value, having, share: own / all };
  }).sort((a, b) => b.share - a.share || a.value - b.value);
  const rest = found.slice(LISTED_VALUES);
  return [
    ...found.slice(0, LISTED_VALUES).map((one) => unclaimedFault(one, files.length)),
    ...(rest.length > 0 ? [otherFault(rest)] : []),
  ];
}

interface Unclaimed {
  value: number;
  having: readonly LabelFile[];
  share: number;
}

function unclaimedFault({ value, having, share }: Unclaimed, masks: number): Fault {
  const { id, path } = present(having[0]);
  const isOne = having.length === 1;
  const areNamed = !isOne && having.length <= NAMED_CASES;
  const names = areNamed ? ` (${having.map((one) => one.id).join(", ")})` : "";
  const message = `value ${value} in ${having.length} of ${counted(masks, "mask")}${names}, ` +
    `${percent(share)} of all pixels, is of no class: it is ignored`;
  return fault("unclaimed value", { id: isOne ? id : "", message, path });
}

function otherFault(rest: readonly Unclaimed[]): Fault {
  const { path } = present(rest[0]?.having[0]);
  const share = rest.reduce((sum, one) => sum + one.share, 0);
  const message = `${counted(rest.length, "other value")}, ${percent(share)} of all pixels, ` +
    "are of no class: they are ignored";
  return fault("unclaimed value", { id: "", message, path });
}

function percent(share: number): string {
  return share < 0.0005 ? "less than 0.1 %" : `${(share * 100).toFixed(1)} %`;
}

function absentValues(files: readonly LabelFile[], classes: readonly ClassEntry[]): string[] {
  const there = new Set(files.flatMap(({ counts }) => [...counts.keys()]));
  return classes.flatMap(({ name, values }) =>
    values.filter((value) => !there.has(value))
      .map((value) => `no mask has the value ${value} (of ${name})`)
  );
}
