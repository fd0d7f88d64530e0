import { basename, dirname, join } from "@std/path";
import { type ClassEntry, IGNORED, isRest } from "papilio/core/classes.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import type { Case, ClassMask } from "papilio/data/case.ts";
import { stemOf } from "papilio/data/_folder.ts";
import type { LabelValues } from "papilio/data/_label_values.ts";
import { countValues, foregroundOf, lossyLabels, mapValues } from "papilio/data/_mask_values.ts";
import type { Subject } from "papilio/data/_open_image.ts";
import { readSamples, type Samples } from "papilio/data/_samples.ts";
import { type MaskFile, readFiles, type Size } from "papilio/data/masks.ts";

/**
 * Reads the mask of a case with several classes, by the rules of the class table.
 *
 * Label values are read as stored: palette indices, or grey levels. What is foreground in a file, for
 * classes without values, the layout says. Files that no class asks for are passed over.
 *
 * Shapes: `data` is row-major `[heightPx, widthPx]`, class numbers or `IGNORED`.
 * @throws {PapilioError} if no class asks for any of the case's files, or a file cannot be read or has
 * another size than the image; the message names the files.
 */
export async function readClassMask(
  item: Case,
  imageSize: Size,
  classes: readonly ClassEntry[],
): Promise<ClassMask> {
  const mask = unclaimedMask(imageSize);
  const claimed = await claimedFiles(item, classes);
  const read = (path: string) => readClassFile(path, item, classes);
  for await (const file of readFiles(claimed, read, imageSize)) layOver(mask, file);
  return fillRest(mask, classes);
}

/** What the classes claim of a mask file. */
export interface ClassFile extends MaskFile {
  /** Its values, counted when asked for; only of labels that no compression changed. */
  countLabels?: () => LabelValues;
}

/**
 * What the classes claim of one mask file; `IGNORED` is what none does.
 *
 * @throws {PapilioError} as `readMaskFile` does.
 */
export async function readClassFile(
  path: string,
  item: Case,
  classes: readonly ClassEntry[],
): Promise<ClassFile> {
  const claimants = claimantsOf(path, classes);
  const byValue = claimants.filter(({ values }) => values.length > 0);
  const byForeground = claimants.filter(({ values }) => values.length === 0);
  const subject: Subject = { path, what: "mask", caseId: item.id };
  const foreground = byForeground.at(-1);
  const lower = foreground && await claimForeground(subject, item, foreground.index);
  if (lower && byValue.length === 0) return lower;
  const labels = await claimValues(subject, byValue);
  if (lower) layOver(labels, lower);
  return lower ? { ...labels, greyShare: lower.greyShare } : labels;
}

/**
 * The case with those of its mask files that some class asks for.
 *
 * @throws {PapilioError} if there are files, and none is asked for.
 */
export async function claimedFiles(item: Case, classes: readonly ClassEntry[]): Promise<Case> {
  const maskPaths = item.maskPaths.filter((path) => claimantsOf(path, classes).length > 0);
  if (maskPaths.length === 0 && item.maskPaths.length > 0) throw await noneClaimed(item, classes);
  return { ...item, maskPaths };
}

/** A mask in which nothing is claimed yet. */
export function unclaimedMask({ widthPx, heightPx }: Size): ClassMask {
  return { data: new Uint8Array(widthPx * heightPx).fill(IGNORED), widthPx, heightPx };
}

/** Lays claims over others: where both are, the class that comes later in the table lies uppermost. */
export function layOver({ data }: ClassMask, { data: claims }: ClassMask): void {
  for (let i = 0; i < data.length; i++) {
    const claim = claims[i] as number;
    if (claim === IGNORED) continue;
    const below = data[i] as number;
    if (below === IGNORED || claim > below) data[i] = claim;
  }
}

/** Gives what no class claimed to the one without a rule, if there is one; in place. */
export function fillRest(mask: ClassMask, classes: readonly ClassEntry[]): ClassMask {
  const rest = classes.findIndex(isRest);
  const { data } = mask;
  if (rest >= 0) { for (let i = 0; i < data.length; i++) if (data[i] === IGNORED) data[i] = rest; }
  return mask;
}

/** A class that asks for a file, with its number. */
interface Claimant {
  index: number;
  values: readonly number[];
}

function claimantsOf(path: string, classes: readonly ClassEntry[]): Claimant[] {
  const stem = stemOf(path);
  return [...classes.entries()]
    .filter(([, entry]) => !isRest(entry) && asksFor(entry, stem))
    .map(([index, { values }]) => ({ index, values }));
}

function asksFor({ files }: ClassEntry, stem: string): boolean {
  return files.length === 0 || files.some((pattern) => matches(pattern, stem));
}

function matches(pattern: string, stem: string): boolean {
  const literals = pattern.split("*").map((literal) => RegExp.escape(literal));
  return new RegExp(`^${literals.join(".*")}$`, "s").test(stem);
}

async function claimForeground(subject: Subject, item: Case, index: number): Promise<MaskFile> {
  const samples = await readSamples(subject, item.maskEncoding.kind);
  const { isForeground, labelValues: _, severalValues: __, ...signs } = foregroundOf(
    samples,
    item.maskEncoding,
    subject,
  );
  const data = mapValues(samples, (value) => isForeground(value) ? index : IGNORED);
  return { data, ...signs, widthPx: samples.widthPx, heightPx: samples.heightPx };
}

async function claimValues(subject: Subject, claimants: readonly Claimant[]): Promise<ClassFile> {
  const samples = await readSamples(subject, "labels");
  const numbers = new Map(
    claimants.flatMap(({ index, values }) => values.map((value) => [value, index] as const)),
  );
  const data = mapValues(samples, (value) => numbers.get(value) ?? IGNORED);
  const { widthPx, heightPx } = samples;
  const lossy = lossyLabels(samples);
  const countLabels = () => labelValues(samples, data);
  const mask = { data, greyShare: 0, widthPx, heightPx };
  return lossy.lossyFormat === undefined ? { ...mask, countLabels } : { ...mask, ...lossy };
}

/** Unclaimed is a value if a pixel of it is; what is claimed hangs on the value alone. */
function labelValues(samples: Samples, claims: Uint8Array): LabelValues {
  const histogram = countValues(samples);
  const values = [...histogram.keys()].filter((value) => histogram[value] !== 0);
  const unclaimed = new Set<number>();
  for (let i = 0; i < claims.length; i++) {
    if (claims[i] === IGNORED) unclaimed.add(samples.data[i] as number);
  }
  const counts = new Map(values.map((value) => [value, histogram[value] as number] as const));
  return { counts, unclaimed: [...unclaimed] };
}

async function noneClaimed(item: Case, classes: readonly ClassEntry[]): Promise<PapilioError> {
  const { id, maskPaths } = item;
  const patterns = classes.filter(({ files }) => files.length > 0)
    .map(({ name, files }) => `${name}=${files.join("+")}`);
  return new PapilioError({
    cannot: `read the mask of case ${id}`,
    expected: `mask files with names such as ${patterns.join(", ")}`,
    got: maskPaths.map((path) => basename(path)).join(", "),
    remedy: "Write the patterns of --classes as the files are called, without their extensions" +
      (await hasParts(item) ? ", or choose --layout parts." : "."),
  });
}

/** Whether files of parts lie beside the masks, `<id>/parts` beside `<id>/masks`. */
async function hasParts({ id, maskPaths: [path = ""] }: Case): Promise<boolean> {
  const folder = dirname(dirname(path));
  return basename(folder) === id && await exists(join(folder, "parts"));
}
