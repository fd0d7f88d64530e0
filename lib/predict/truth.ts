import { BACKGROUND, type ClassEntry, namesOf } from "papilio/core/classes.ts";
import type { BinaryMask, Case, ClassMask } from "papilio/data/case.ts";
import { readClassMask } from "papilio/data/class_masks.ts";
import { readLabels } from "papilio/data/labels.ts";
import { readMask, type Size } from "papilio/data/masks.ts";
import { type Truth, truthOf, truthOfMask } from "papilio/metrics/mask_tally.ts";
import { maskOfClass } from "papilio/predict/class_mask.ts";

/**
 * The number of the class that a table of two is about, if the other one is the background; a network of
 * them is one of binary masks of that class.
 *
 * @example
 * ```ts
 * import { onlyClass } from "papilio/predict/truth.ts";
 * console.assert(onlyClass(["background", "pet"]) === 1 && onlyClass(["cat", "dog"]) === undefined);
 * ```
 */
export function onlyClass(names: readonly string[]): number | undefined {
  const background = names.indexOf(BACKGROUND);
  return names.length === 2 && background >= 0 ? 1 - background : undefined;
}

/** Whether a class table is one of several classes, and not of a mask or of one class and the rest. */
export function hasSeveralClasses(classes: readonly ClassEntry[]): boolean {
  return classes.length > 0 && onlyClass(namesOf(classes)) === undefined;
}

/**
 * What the masks of a case say, in the terms of a network with this class table: class numbers, or 0 and 1
 * where there is no table, or one of one class and the background; pixels without a class are `IGNORED`.
 *
 * @throws {PapilioError} if a mask cannot be read.
 */
export async function readTruth(
  item: Case,
  size: Size,
  classes: readonly ClassEntry[],
): Promise<BinaryMask | ClassMask> {
  if (classes.length === 0) return await readMask(item, size);
  const mask = await readClassMask(item, size, classes);
  const number = onlyClass(namesOf(classes));
  if (number === undefined) return mask;
  return maskOfClass(mask, number);
}

/**
 * What is true of a case for a network of binary masks, with its objects: the files of the case, see
 * `readLabels`; with a class table the connected parts of its one class.
 *
 * @throws {PapilioError} if a mask cannot be read.
 */
export async function readObjects(
  item: Case,
  size: Size,
  classes: readonly ClassEntry[],
): Promise<Truth> {
  if (classes.length === 0) return truthOf(await readLabels(item, size));
  return truthOfMask(await readTruth(item, size, classes));
}
