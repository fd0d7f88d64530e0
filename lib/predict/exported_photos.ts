import { Buffer } from "node:buffer";
import { join } from "@std/path";
import pl from "nodejs-polars";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";

/** A photo that an export has finished, out of its `predictions.csv`. */
export interface ExportedPhoto {
  id: string;
  source: string;
  foregroundFraction: string;
  meanConfidence: string;
}

/**
 * The photos that an export has finished, in the order of its table.
 *
 * @throws {PapilioError} if this is no folder of an export, or all its photos failed.
 */
export async function exportedPhotos(folder: string): Promise<ExportedPhoto[]> {
  const path = join(folder, "predictions.csv");
  if (!await exists(path)) throw noExport(path);
  // As bytes, since polars expands brackets in paths; without inference, so that an id of 0010001 keeps its zeros.
  const csv = Buffer.from(await Deno.readFile(path));
  const rows = pl.readCSV(csv, { inferSchemaLength: 0 }).toRecords();
  const done = rows.filter(({ status }) => status === "done").map((row) => ({
    id: String(row.id),
    source: String(row.source),
    foregroundFraction: String(row.foreground_fraction),
    meanConfidence: String(row.mean_confidence),
  }));
  if (done.length === 0) throw nothingDone(path, rows.length);
  return done;
}

function noExport(path: string): PapilioError {
  return new PapilioError({
    cannot: "use what an export has found",
    expected: "the folder of an export, with its predictions.csv",
    got: `nothing at ${path}`,
    remedy: "Export masks first: `deno task export --model <run> --input <photos> --out <folder>`.",
  });
}

function nothingDone(path: string, rows: number): PapilioError {
  return new PapilioError({
    cannot: "use what an export has found",
    expected: "at least one photo with a mask",
    got: `${rows} failed ones in ${path}`,
    remedy: "See its column error.",
  });
}
