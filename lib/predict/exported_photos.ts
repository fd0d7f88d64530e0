import { Buffer } from "node:buffer";
import { join } from "@std/path";
import pl from "nodejs-polars";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { counted } from "papilio/core/text.ts";
import type { BinaryMask, ClassMask } from "papilio/data/case.ts";
import { readClassMaskFile } from "papilio/data/class_mask_file.ts";
import { readMaskFile } from "papilio/data/masks.ts";
import { settingsOf } from "papilio/predict/journal.ts";
import { outputPaths } from "papilio/predict/output_paths.ts";

/** A photo that an export has finished, out of its `predictions.csv`. */
export interface ExportedPhoto {
  id: string;
  source: string;
  foregroundFraction: string;
  meanConfidence: string;
}

export interface ExportedPhotos {
  photos: ExportedPhoto[];
  /** Finished ones whose masks are of other settings. */
  leftOut: number;
}

/**
 * The photos that an export has finished, in the order of its table.
 *
 * @param settings - of `ExportSummary`: only masks of these; by default all that the folder holds.
 * @throws {PapilioError} if this is no folder of an export, or all its photos failed or are of others.
 */
export async function exportedPhotos(folder: string, settings?: string): Promise<ExportedPhotos> {
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
  if (settings === undefined) return { photos: done, leftOut: 0 };
  const known = await settingsOf(folder);
  const photos = done.filter(({ id }) => known.get(id) === settings);
  if (photos.length === 0) throw nothingOurs(path, done.length);
  return { photos, leftOut: done.length - photos.length };
}

/**
 * The mask of a finished photo: class numbers where there are classes, else 0 and 1.
 *
 * @throws {PapilioError} if it cannot be read.
 */
export async function readExportedMask(
  folder: string,
  id: string,
  classes: readonly unknown[],
): Promise<BinaryMask | ClassMask> {
  const { mask } = outputPaths(folder, id);
  if (classes.length > 0) return await readClassMaskFile(mask, classes.length, { caseId: id });
  return await readMaskFile(mask, { kind: "threshold" }, id);
}

function noExport(path: string): PapilioError {
  return new PapilioError({
    cannot: "use what an export has found",
    expected: "the folder of an export, with its predictions.csv",
    got: `nothing at ${path}`,
    remedy: "Export masks first: `deno task export --model <run> --input <photos> --out <folder>`.",
  });
}

function nothingOurs(path: string, others: number): PapilioError {
  return new PapilioError({
    cannot: "use what an export has found",
    expected: "at least one photo with a mask of this export",
    got: `${others} of others in ${path}`,
    remedy: "See its column error, or export the photos with these settings first.",
  });
}

function nothingDone(path: string, rows: number): PapilioError {
  return new PapilioError({
    cannot: "use what an export has found",
    expected: "at least one photo with a mask",
    got: `${counted(rows, "failed one")} in ${path}`,
    remedy: "See its column error.",
  });
}
