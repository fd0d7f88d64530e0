import {
  type ClassEntry,
  classesText,
  IGNORED,
  measuredClasses,
  namesOf,
} from "papilio/core/classes.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { counted } from "papilio/core/text.ts";
import type { Case, ClassMask } from "papilio/data/case.ts";
import { quoted } from "papilio/core/text.ts";
import type { RegionTally } from "papilio/metrics/mask_tally.ts";

/** @throws {PapilioError} if the classes say of no pixel of a case what is true. */
export function checkJudged(
  { data }: ClassMask,
  { id, maskPaths }: Case,
  classes: readonly ClassEntry[],
): void {
  if (data.some((value) => value !== IGNORED)) return;
  const more = maskPaths.length > 1 ? ` and ${maskPaths.length - 1} more` : "";
  throw new PapilioError({
    cannot: `judge case ${id}`,
    expected: `pixels of its classes, ${classesText(classes)}`,
    got: `none in ${maskPaths[0]}${more}`,
    remedy: lookAtMasks(classes),
  });
}

/**
 * Finds out whether masks are of the kind that a class table is about.
 *
 * @param measured - of each case, the tallies of what the means are over.
 * @throws {PapilioError} if none of that is true of any pixel.
 */
export function checkMeasured(
  measured: readonly (readonly RegionTally[])[],
  { data, classes }: { data: string; classes: readonly ClassEntry[] },
): void {
  const isThere = ({ counts }: RegionTally) => counts.truePositives + counts.falseNegatives > 0;
  if (measured.some((tallies) => tallies.some(isThere))) return;
  const names = namesOf(classes);
  const wanted = measuredClasses(names).map((number) => names[number]);
  throw new PapilioError({
    cannot: `judge by the masks of ${data}`,
    expected: `pixels of ${wanted.join(" or ")} by the classes ${classesText(classes)}`,
    got: `none in any of ${counted(measured.length, "case")}`,
    remedy: `Give data with such masks with --data; ${lookAtMasks(classes)}`,
  });
}

function lookAtMasks(classes: readonly ClassEntry[]): string {
  const option = `--classes ${quoted(classesText(classes))}`;
  return `\`deno task data\` with ${option} shows what masks hold.`;
}
