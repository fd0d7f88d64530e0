import { join } from "@std/path";
import { type Fault, fault, type ListedSplit } from "papilio/data/data_set.ts";

/**
 * Reads the lists of the Oxford pets: `annotations/trainval.txt` and `test.txt`, whose lines begin with
 * the id. An id in both is a test id.
 */
export async function readPetLists(folder: string): Promise<ListedSplit | undefined> {
  const train = await readIds(join(folder, "annotations", "trainval.txt"));
  const test = await readIds(join(folder, "annotations", "test.txt"));
  if (train.length + test.length === 0) return undefined;
  return new Map([
    ...train.map((id) => [id, "train"] as const),
    ...test.map((id) => [id, "test"] as const),
  ]);
}

/** A warning for each listed id that is not there. */
export function absentFaults(
  listed: ListedSplit,
  ids: ReadonlySet<string>,
  folder: string,
): Fault[] {
  return [...listed].filter(([id]) => !ids.has(id)).map(([id, part]) =>
    fault("listed but absent", {
      id,
      message: `it is in the ${part} list, but has no image`,
      path: join(folder, "annotations"),
    })
  );
}

async function readIds(path: string): Promise<string[]> {
  try {
    const lines = (await Deno.readTextFile(path)).split(/\r?\n/);
    return lines.map((line) => line.split(" ")[0] ?? "").filter((id) => id && !id.startsWith("#"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
