import { createHash } from "node:crypto";
import { type ClassEntry, isRest } from "papilio/core/classes.ts";
import { present } from "papilio/core/assert.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import { counted } from "papilio/core/text.ts";
import type { Case } from "papilio/data/case.ts";
import { type DataSet, type Fault, fault, faultRemedies } from "papilio/data/data_set.ts";
import {
  channelProblem,
  decodeImage,
  type ImageHeader,
  imageSize,
  storedRange,
} from "papilio/data/decode.ts";
import type { IntensityRange, ValueRange } from "papilio/data/intensities.ts";
import { labelFaults, type LabelFile } from "papilio/data/_label_values.ts";
import { examineMasks, faultOf, type MaskFacts, reasonOf } from "papilio/data/_examine_masks.ts";

/** Cases decoded at the same time. */
const CASES_AHEAD = 4;

/** Of the range of 16 bits: an image that uses less keeps fewer than 64 of 256 levels. */
const NARROW_SHARE = 0.25;

/** What was found out about one case; `null` where it could not be. */
export interface CaseRow extends MaskFacts {
  id: string;
  widthPx: number | null;
  heightPx: number | null;
  channels: number | null;
  maskCount: number | null;
  /** Its faults, in words; empty if there are none. */
  problem: string;
}

/** A whole data set, looked at. */
export interface Examination {
  /** One for each case, also for those that have no image; sorted by id. */
  rows: CaseRow[];
  /** Those of the data set, then those that only decoding shows. */
  faults: Fault[];
}

export interface ExamineOptions {
  /** The class table; without entries (the default) there is one mask of 0 and 1. */
  classes?: readonly ClassEntry[];
  /** Of the images that the network takes. */
  channels?: number;
  /** Which of their values become 0…255. */
  intensityRange?: IntensityRange | undefined;
  /** Called after each case with the number of those done. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Decodes every image and mask of a data set and lists everything that is wrong with it.
 *
 * It does not stop at a fault. `usableCases({ cases, faults })` are the cases left to train on.
 */
export async function examineDataSet(
  dataSet: DataSet,
  { classes = [], channels = 3, intensityRange = "format", onProgress = () => {} }: ExamineOptions =
    {},
): Promise<Examination> {
  const examined: Examined[] = [];
  const examine = (item: Case) => examineCase(item, { classes, channels, intensityRange });
  for await (const one of mapAhead(dataSet.cases, examine, CASES_AHEAD)) {
    examined.push(one);
    onProgress(examined.length, dataSet.cases.length);
  }
  const found = examined.flatMap(({ faults }) => faults);
  const faults = [
    ...dataSet.faults,
    ...found,
    ...duplicateFaults(examined),
    ...classFaults(dataSet, examined, classes),
  ];
  const rows = [...examined.map(toRow), ...rowsWithoutCase(dataSet)];
  const problems = Map.groupBy(faults, ({ id }) => id);
  return {
    rows: rows
      .map((row) => ({ ...row, problem: describe(problems.get(row.id) ?? []) }))
      .sort((a, b) => a.id < b.id ? -1 : 1),
    faults,
  };
}

/**
 * The faults as lines for people, grouped by kind with its remedy, errors first; at most `limit` of
 * each kind, and where all are.
 *
 * @example
 * ```ts
 * import { fault } from "papilio/data/data_set.ts";
 * import { describeFaults } from "papilio/data/faults.ts";
 * const lines = describeFaults([fault("empty mask", { id: "a", message: "no foreground", path: "a.png" })]);
 * console.assert(lines[0] === "warning: empty mask (1)");
 * console.assert(lines[1] === "  a: no foreground [a.png]");
 * console.assert(lines[2]?.startsWith("  → Look at the image: "));
 * ```
 */
export function describeFaults(
  faults: readonly Fault[],
  limit = Infinity,
  { allIn }: { allIn?: string } = {},
): string[] {
  const where = allIn === undefined ? "" : ` (all in ${allIn})`;
  const groups = [...Map.groupBy(faults, ({ kind }) => kind)];
  const bySeverity = groups.sort(([, [a]], [, [b]]) =>
    present(a).severity.localeCompare(present(b).severity)
  );
  return bySeverity.flatMap(([kind, group]) => [
    `${present(group[0]).severity}: ${kind} (${group.length})`,
    ...group.slice(0, limit).map(({ id, message, path }) =>
      `  ${id && `${id}: `}${message} [${path}]`
    ),
    ...(group.length > limit ? [`  … and ${group.length - limit} more${where}`] : []),
    `  → ${faultRemedies[kind]}`,
  ]);
}

interface Examined {
  item: Case;
  header: ImageHeader | null;
  /** SHA-256 of the image file; equal for equal bytes. */
  hash: string | null;
  masks: MaskFacts;
  /** Its files that were read as labels. */
  labels: LabelFile[];
  faults: Fault[];
}

interface Wanted extends Required<Pick<ExamineOptions, "classes" | "channels">> {
  intensityRange: IntensityRange;
}

async function examineCase(item: Case, { classes, ...wanted }: Wanted): Promise<Examined> {
  const faults: Fault[] = [];
  const header = await examineImage(item, wanted, faults);
  const hash = header && await fileHash(item.imagePath);
  const { facts, labels } = await examineMasks(item, { imageSize: header, classes }, faults);
  return { item, header, hash, masks: facts, labels, faults };
}

async function examineImage(
  item: Case,
  { channels, intensityRange }: Omit<Wanted, "classes">,
  faults: Fault[],
): Promise<ImageHeader | null> {
  const path = item.imagePath;
  try {
    const header = await imageSize(path);
    if (!header.isDeep) await decodeImage(path); // A file can be cut off behind a whole header.
    const range = header.isDeep ? await storedRange(path) : undefined;
    const problem = channelProblem(header, channels);
    if (problem) faults.push(faultOf("other channels", item, path, problem));
    if (range && isNarrow(range) && intensityRange === "format") {
      faults.push(narrowFault(item, range));
    }
    return header;
  } catch (error) {
    faults.push(faultOf("unreadable image", item, path, reasonOf(error)));
    return null;
  }
}

/** An image of one value loses nothing. */
function isNarrow(range: ValueRange): boolean {
  return range.low < range.high && shareOf(range) < NARROW_SHARE;
}

function shareOf({ low, high }: ValueRange): number {
  return (high - low) / 65535;
}

function narrowFault(item: Case, range: ValueRange): Fault {
  const percent = 100 * shareOf(range);
  const used = percent < 1 ? "less than 1" : `${Math.round(percent)}`;
  const message = `a 16-bit image that uses ${used} % of its range, and is read in ${
    counted(Math.ceil(256 * shareOf(range)), "level")
  } of 256`;
  return faultOf("narrow range", item, item.imagePath, message);
}

function duplicateFaults(examined: readonly Examined[]): Fault[] {
  const hashed = examined.filter(({ hash }) => hash !== null);
  const groups = [...Map.groupBy(hashed, ({ hash }) => hash).values()];
  return groups.flatMap(([first, ...copies]) =>
    copies.map(({ item }) => {
      const originalId = present(first).item.id;
      const message = `the same file as ${originalId}`;
      return { ...faultOf("duplicate image", item, item.imagePath, message), originalId };
    })
  );
}

async function fileHash(path: string): Promise<string> {
  return createHash("sha256").update(await Deno.readFile(path)).digest("hex");
}

/**
 * A warning for each class that no readable mask has (its rule is mistaken, mostly), and for values that the
 * class table lacks, or has in vain.
 */
function classFaults(
  { folder }: DataSet,
  examined: readonly Examined[],
  classes: readonly ClassEntry[],
): Fault[] {
  const counts = examined.flatMap(({ masks }) => masks.classPixels ? [masks.classPixels] : []);
  if (counts.length === 0) return [];
  const absent = classes.filter((_, i) => counts.every((pixels) => pixels[i] === 0));
  const isAbsent = (entry: ClassEntry) => absent.includes(entry);
  const files = examined.flatMap(({ labels }) => labels);
  return [
    ...absent.map((entry) => {
      const message = `no case has a pixel of ${entry.name} (${describeRule(entry)})`;
      return fault("absent class", { id: "", message, path: folder });
    }),
    ...labelFaults(files, { classes, isAbsent, folder }),
  ];
}

function describeRule(entry: ClassEntry): string {
  return isRest(entry) ? "what is left" : [...entry.values, ...entry.files].join("+");
}

function toRow({ item, header, masks }: Examined): CaseRow {
  return {
    id: item.id,
    widthPx: header?.widthPx ?? null,
    heightPx: header?.heightPx ?? null,
    channels: header?.channels ?? null,
    maskCount: item.maskPaths.length,
    ...masks,
    problem: "",
  };
}

/** What has masks but no image, or several, is no case; its row says so. */
function rowsWithoutCase({ cases, faults }: DataSet): CaseRow[] {
  const ids = new Set(cases.map(({ id }) => id));
  const others = new Set(
    faults.filter(({ id, severity }) => id && severity === "error" && !ids.has(id))
      .map(({ id }) => id),
  );
  const unknown = { widthPx: null, heightPx: null, channels: null, maskCount: null };
  const masks = { foregroundFraction: null, classPixels: null };
  return [...others].map((id) => ({ id, ...unknown, ...masks, problem: "" }));
}

function describe(faults: readonly Fault[]): string {
  return faults.map(({ kind, message }) => `${kind}: ${message}`).join("; ");
}
