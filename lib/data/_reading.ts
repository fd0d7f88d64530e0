import { join } from "@std/path";
import type { Case } from "papilio/data/case.ts";
import { type DataSet, type Fault, fault } from "papilio/data/data_set.ts";
import type { Listing } from "papilio/data/_folder.ts";

/** What a layout makes of a folder. */
export type Reading = { cases: Case[]; faults: Fault[] } & Pick<DataSet, "listedSplit">;

/** A warning for each thing in a folder that has no place there. */
export function strayFaults(
  { path, images, folders, others }: Listing,
  { strayImages = false } = {},
): Fault[] {
  const names = [...others, ...folders, ...(strayImages ? images : [])];
  return names.map((name) =>
    fault("stray file", { id: "", message: `${name} is not used`, path: join(path, name) })
  );
}
