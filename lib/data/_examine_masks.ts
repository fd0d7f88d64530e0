import { type ClassEntry, measuredClasses, namesOf } from "papilio/core/classes.ts";
import { present } from "papilio/core/assert.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { counted } from "papilio/core/text.ts";
import type { BinaryMask, Case } from "papilio/data/case.ts";
import {
  claimedFiles,
  type ClassFile,
  fillRest,
  layOver,
  readClassFile,
  unclaimedMask,
} from "papilio/data/class_masks.ts";
import type { LabelFile } from "papilio/data/_label_values.ts";
import { countClasses } from "papilio/data/class_shares.ts";
import { type Fault, fault, type FaultKind } from "papilio/data/data_set.ts";
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

/** Above this share of in-between values among those that are not 0, a mask is called grey. */
const GREY_SHARE_LIMIT = 0.5;

/** The same of a file of a lossy format: a sharp mask stays below it even at a low quality. */
const LOSSY_SHARE_LIMIT = 0.05;

/** What was found out about the masks of a case; `null` where it could not be. */
export interface MaskFacts {
  /** With classes: the share of what is neither background nor ignored. */
  foregroundFraction: number | null;
  /** Of each class; `null` too where there are none. */
  classPixels: number[] | null;
}

/** Reads all masks of a case, adds to `faults` what is wrong with them, and says what they hold. */
export async function examineMasks(
  item: Case,
  { imageSize, classes }: { imageSize: Size | null; classes: readonly ClassEntry[] },
  faults: Fault[],
): Promise<{ facts: MaskFacts; labels: LabelFile[] }> {
  const isBinary = classes.length === 0;
  const form = isBinary ? binaryForm(item) : classForm(item, classes);
  const asked = await askedFor(item, classes, faults);
  const { union: mask, labels } = await uniteMasks(asked, { form, imageSize }, faults);
  if (!mask) return { facts: { foregroundFraction: null, classPixels: null }, labels };
  const facts = isBinary
    ? { foregroundFraction: foregroundFraction(mask), classPixels: null }
    : classFacts(fillRest(mask, classes), classes);
  if (facts.foregroundFraction === 0) {
    const nothing = isBinary
      ? "no pixel is foreground"
      : "every pixel is background, or of no class";
    faults.push(faultOf("empty mask", item, present(item.maskPaths[0]), nothing));
  }
  return { facts, labels };
}

/** A fault of a case. */
export function faultOf(kind: FaultKind, { id }: Case, path: string, message: string): Fault {
  return fault(kind, { id, message, path });
}

/** Why a file could not be read, without its path, which the fault has already. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof PapilioError)) return messageOf(error);
  const { expected, got } = error.problem;
  return `expected ${expected}, got ${got}`;
}

/** How mask files become one mask. */
interface MaskForm {
  read(path: string): Promise<ClassFile>;
  empty(size: Size): BinaryMask;
  add(union: BinaryMask, file: BinaryMask): void;
}

function binaryForm({ maskEncoding }: Case): MaskForm {
  return { read: (path) => readMaskFile(path, maskEncoding), empty: emptyMask, add: addInto };
}

function classForm(item: Case, classes: readonly ClassEntry[]): MaskForm {
  const read = (path: string) => readClassFile(path, item, classes);
  return { read, empty: unclaimedMask, add: layOver };
}

/** The mask files that are to be read. */
async function askedFor(
  item: Case,
  classes: readonly ClassEntry[],
  faults: Fault[],
): Promise<Case> {
  if (classes.length === 0) return item;
  try {
    const asked = await claimedFiles(item, classes);
    for (const path of item.maskPaths.filter((path) => !asked.maskPaths.includes(path))) {
      faults.push(faultOf("unclaimed file", item, path, "no class asks for a file of this name"));
    }
    return asked;
  } catch (error) {
    faults.push(faultOf("unclaimed masks", item, present(item.maskPaths[0]), reasonOf(error)));
    return { ...item, maskPaths: [] };
  }
}

/** All masks as one, if all could be read and have one size; and the values of those with labels. */
async function uniteMasks(
  item: Case,
  { form, imageSize }: { form: MaskForm; imageSize: Size | null },
  faults: Fault[],
): Promise<{ union: BinaryMask | null; labels: LabelFile[] }> {
  const { id, maskPaths } = item;
  const labels: LabelFile[] = [];
  let union: BinaryMask | null = null;
  let complete = true;
  for (const path of maskPaths) {
    const expectedSize = imageSize ?? union;
    const mask = await examineMask(item, path, { form, expectedSize, faults });
    if (mask) form.add(union ??= form.empty(mask), mask);
    else complete = false; // Go on: the next may have a fault of its own.
    const values = mask?.countLabels?.();
    if (values) labels.push({ id, path, isAlone: maskPaths.length === 1, ...values });
  }
  return { union: complete ? union : null, labels };
}

async function examineMask(
  item: Case,
  path: string,
  { form, expectedSize, faults }: { form: MaskForm; expectedSize: Size | null; faults: Fault[] },
): Promise<ClassFile | null> {
  try {
    const mask = await form.read(path);
    if (expectedSize && !sameSize(mask, expectedSize)) {
      const message = `the mask has ${sizeText(mask)} pixels, its image ${sizeText(expectedSize)}`;
      faults.push(faultOf("size mismatch", item, path, message));
      return null;
    }
    const unclear = unclearFault(item, path, mask);
    if (unclear) faults.push(unclear);
    return mask;
  } catch (error) {
    faults.push(faultOf("unreadable mask", item, path, reasonOf(error)));
    return null;
  }
}

/** The worst of what a file's values tell against it. */
function unclearFault(item: Case, path: string, mask: MaskFile): Fault | undefined {
  const { greyShare, labelValues, severalValues, lossyFormat, lossyLabels } = mask;
  if (lossyFormat !== undefined && lossyLabels !== undefined) {
    return lossyLabelFault(item, path, { lossyFormat, lossyLabels });
  }
  if (severalValues) return severalFault(item, path, severalValues);
  if (greyShare > GREY_SHARE_LIMIT) return greyFault(item, path, mask);
  if (labelValues) return labelFault(item, path, labelValues);
  const isNoticeable = lossyFormat !== undefined && greyShare > LOSSY_SHARE_LIMIT;
  return isNoticeable ? lossyFault(item, path, { lossyFormat, greyShare }) : undefined;
}

function lossyLabelFault(
  item: Case,
  path: string,
  { lossyFormat, lossyLabels }: { lossyFormat: string; lossyLabels: number },
): Fault {
  const values = counted(lossyLabels, "value");
  const message = `a ${lossyFormat} of ${values}, whose compression changes label values`;
  return faultOf("lossy labels", item, path, message);
}

function lossyFault(
  item: Case,
  path: string,
  { lossyFormat, greyShare }: { lossyFormat: string; greyShare: number },
): Fault {
  const percent = Math.round(greyShare * 100);
  const message = `a ${lossyFormat}, with ${percent} % of what is not 0 in the middle of the range`;
  return faultOf("lossy mask", item, path, message);
}

function greyFault(item: Case, path: string, { greyShare }: MaskFile): Fault {
  const percent = Math.round(greyShare * 100);
  const message = `${percent} % of what is not 0 lies in the middle of the range: not a clear mask`;
  return faultOf("grey mask", item, path, message);
}

function severalFault(item: Case, path: string, values: readonly number[]): Fault {
  const some = `${values.length} values (${values.join(", ")})`;
  return faultOf("label values", item, path, `${some}: if they are classes, give --classes`);
}

function labelFault(item: Case, path: string, values: readonly number[]): Fault {
  const message = `the values ${values.join(", ")} count as background, and are most that is not 0`;
  return faultOf("label values", item, path, message);
}

function classFacts(mask: BinaryMask, classes: readonly ClassEntry[]): MaskFacts {
  const classPixels = countClasses(mask, classes.length);
  const measured = measuredClasses(namesOf(classes)).map((i) => present(classPixels[i]));
  const foreground = measured.reduce((sum, pixels) => sum + pixels, 0);
  return { foregroundFraction: foreground / mask.data.length, classPixels };
}
