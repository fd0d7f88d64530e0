import type { Fault } from "papilio/data/data_set.ts";
import { partsById, type Split, type SplitPart } from "papilio/data/split.ts";

/** A case in a part of a split. */
export interface PlacedCase {
  id: string;
  part: SplitPart;
}

/**
 * The images that a split has in more than one part, each with all cases that show it.
 *
 * What such an image teaches in one part, it betrays in the other.
 *
 * @example
 * ```ts
 * import { fault } from "papilio/data/data_set.ts";
 * import { findLeaks } from "papilio/data/leaks.ts";
 * const blank = { imagePath: "", maskPaths: [], maskEncoding: { kind: "threshold" } } as const;
 * const copy = fault("duplicate image", { id: "b", message: "", path: "", originalId: "a" });
 * const split = { train: [{ id: "a", ...blank }], validation: [{ id: "b", ...blank }], test: [] };
 * const [leak = []] = findLeaks([copy], split);
 * console.assert(leak.map(({ id, part }) => `${id} ${part}`).join() === "a train,b validation");
 * ```
 */
export function findLeaks(faults: readonly Fault[], split: Split): PlacedCase[][] {
  const parts = partsById(split);
  const placed = (id: string) => {
    const part = parts.get(id);
    return part === undefined ? [] : [{ id, part }];
  };
  const copies = faults.filter(({ originalId }) => originalId !== undefined);
  return [...Map.groupBy(copies, ({ originalId = "" }) => originalId)]
    .map(([original, group]) => [original, ...group.map(({ id }) => id)].flatMap(placed))
    .filter((cases) => new Set(cases.map(({ part }) => part)).size > 1);
}
