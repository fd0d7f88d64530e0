import { createHash } from "node:crypto";
import { present } from "papilio/core/assert.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import type { BinaryMask, Case } from "papilio/data/case.ts";
import {
  type DataSet,
  type Fault,
  fault,
  type FaultKind,
  faultRemedies,
} from "papilio/data/data_set.ts";
import { decodeImage, type ImageHeader, imageSize } from "papilio/data/decode.ts";
import {
  addInto,
  emptyMask,
  foregroundFraction,
  type MaskFile,
  readMaskFile,
  sameSize,
  type Size,
  sizeText,
} from "papilio/data/masks.ts";

/** Cases decoded at the same time. */
const CASES_AHEAD = 4;

/** Above this share of in-between values among those that are not 0, a mask is called grey. */
const GREY_SHARE_LIMIT = 0.5;

/** What was found out about one case; `null` where it could not be. */
export interface CaseRow {
  id: string;
  widthPx: number | null;
  heightPx: number | null;
  channels: number | null;
  maskCount: number | null;
  foregroundFraction: number | null;
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
  { onProgress = () => {} }: ExamineOptions = {},
): Promise<Examination> {
  const examined: Examined[] = [];
  for await (const one of mapAhead(dataSet.cases, examineCase, CASES_AHEAD)) {
    examined.push(one);
    onProgress(examined.length, dataSet.cases.length);
  }
  const found = examined.flatMap(({ faults }) => faults);
  const faults = [...dataSet.faults, ...found, ...duplicateFaults(examined)];
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
 * each kind.
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
export function describeFaults(faults: readonly Fault[], limit = Infinity): string[] {
  const groups = [...Map.groupBy(faults, ({ kind }) => kind)];
  const bySeverity = groups.sort(([, [a]], [, [b]]) =>
    present(a).severity.localeCompare(present(b).severity)
  );
  return bySeverity.flatMap(([kind, group]) => [
    `${present(group[0]).severity}: ${kind} (${group.length})`,
    ...group.slice(0, limit).map(({ id, message, path }) =>
      `  ${id && `${id}: `}${message} [${path}]`
    ),
    ...(group.length > limit ? [`  and ${group.length - limit} more`] : []),
    `  → ${faultRemedies[kind]}`,
  ]);
}

interface Examined {
  item: Case;
  header: ImageHeader | null;
  /** SHA-256 of the image file; equal for equal bytes. */
  hash: string | null;
  foreground: number | null;
  faults: Fault[];
}

async function examineCase(item: Case): Promise<Examined> {
  const faults: Fault[] = [];
  const header = await examineImage(item, faults);
  const hash = header && await fileHash(item.imagePath);
  const mask = await examineMasks(item, header, faults);
  return { item, header, hash, foreground: mask && foregroundFraction(mask), faults };
}

async function examineImage(item: Case, faults: Fault[]): Promise<ImageHeader | null> {
  const path = item.imagePath;
  try {
    const header = await imageSize(path);
    await decodeImage(path); // A file can be cut off behind a whole header.
    return header;
  } catch (error) {
    faults.push(faultOf("unreadable image", item, path, reasonOf(error)));
    return null;
  }
}

/** The union of the masks, if all could be read and have one size. */
async function examineMasks(
  item: Case,
  imageSize: Size | null,
  faults: Fault[],
): Promise<BinaryMask | null> {
  let union: BinaryMask | null = null;
  let complete = true;
  for (const path of item.maskPaths) {
    const mask = await examineMask(item, path, imageSize ?? union, faults);
    if (mask) addInto(union ??= emptyMask(mask), mask);
    else complete = false; // Go on: the next may have a fault of its own.
  }
  if (!union || !complete) return null;
  if (!union.data.includes(1)) {
    faults.push(faultOf("empty mask", item, present(item.maskPaths[0]), "no pixel is foreground"));
  }
  return union;
}

async function examineMask(
  item: Case,
  path: string,
  expectedSize: Size | null,
  faults: Fault[],
): Promise<MaskFile | null> {
  try {
    const mask = await readMaskFile(path, item.maskEncoding);
    if (expectedSize && !sameSize(mask, expectedSize)) {
      const message = `the mask has ${sizeText(mask)} pixels, its image ${sizeText(expectedSize)}`;
      faults.push(faultOf("size mismatch", item, path, message));
      return null;
    }
    if (mask.greyShare > GREY_SHARE_LIMIT) faults.push(greyFault(item, path, mask));
    return mask;
  } catch (error) {
    faults.push(faultOf("unreadable mask", item, path, reasonOf(error)));
    return null;
  }
}

/** Why a file could not be read, without its path, which the fault has already. */
function reasonOf(error: unknown): string {
  if (!(error instanceof PapilioError)) return messageOf(error);
  const { expected, got } = error.problem;
  return `expected ${expected}, got ${got}`;
}

function greyFault(item: Case, path: string, { greyShare }: MaskFile): Fault {
  const percent = Math.round(greyShare * 100);
  const message = `${percent} % of what is not 0 lies in the middle of the range: not a clear mask`;
  return faultOf("grey mask", item, path, message);
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

function faultOf(kind: FaultKind, { id }: Case, path: string, message: string): Fault {
  return fault(kind, { id, message, path });
}

function toRow({ item, header, foreground }: Examined): CaseRow {
  return {
    id: item.id,
    widthPx: header?.widthPx ?? null,
    heightPx: header?.heightPx ?? null,
    channels: header?.channels ?? null,
    maskCount: item.maskPaths.length,
    foregroundFraction: foreground,
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
  return [...others].map((id) => ({ id, ...unknown, foregroundFraction: null, problem: "" }));
}

function describe(faults: readonly Fault[]): string {
  return faults.map(({ kind, message }) => `${kind}: ${message}`).join("; ");
}
