import pl from "nodejs-polars";
import { writeFileAtomically } from "papilio/core/files.ts";
import type { Fault } from "papilio/data/data_set.ts";

/** Writes every fault as a row of CSV: `severity,kind,id,message,path`. */
export async function writeFaults(faults: readonly Fault[], path: string): Promise<void> {
  const columns = ["severity", "kind", "id", "message", "path"] as const;
  const series = columns.map((name) =>
    pl.Series(name, faults.map((fault) => fault[name] as string), pl.Utf8)
  );
  await writeFileAtomically(path, pl.DataFrame(series).writeCSV());
}
