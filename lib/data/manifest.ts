import { extname } from "@std/path";
import pl, { type DataFrame, type Series } from "nodejs-polars";
import type { ClassEntry } from "papilio/core/classes.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { produceFileAtomically } from "papilio/core/files.ts";
import { counted } from "papilio/core/text.ts";
import type { CaseRow } from "papilio/data/faults.ts";
import { partsById, type Split, type SplitPart } from "papilio/data/split.ts";

/** A manifest in a few numbers. */
export interface ManifestSummary {
  cases: number;
  /** Cases with a problem in words, warnings included. */
  withProblem: number;
  /** `"500×333"` → how many; most frequent first. */
  sizes: Map<string, number>;
  channels: Map<string, number>;
  splits: Map<string, number>;
  masksPerImage: Quantiles;
  foregroundFraction: Quantiles;
}

/** Values at 0, 5, 25, 50, 75, 95 and 100 %; empty without values. */
export type Quantiles = number[];

const QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];

/**
 * One row for each case: what it is, in which part, and what is wrong with it.
 *
 * `split` is empty for a case in no part, `problem` for one without any; `fraction_<class>` is the share
 * of each class in all pixels.
 */
export function makeManifest(
  rows: readonly CaseRow[],
  split?: Split,
  classes: readonly ClassEntry[] = [],
): DataFrame {
  const parts = split ? partsById(split) : new Map<string, SplitPart>();
  const texts = (name: string, values: string[]) => pl.Series(name, values, pl.Utf8);
  return pl.DataFrame([
    texts("id", rows.map(({ id }) => id)),
    integers("width", rows.map(({ widthPx }) => widthPx)),
    integers("height", rows.map(({ heightPx }) => heightPx)),
    integers("channels", rows.map(({ channels }) => channels)),
    integers("mask_count", rows.map(({ maskCount }) => maskCount)),
    reals("foreground_fraction", rows.map(({ foregroundFraction }) => foregroundFraction)),
    ...classes.map(({ name }, i) => reals(`fraction_${name}`, rows.map((row) => shareOf(row, i)))),
    texts("split", rows.map(({ id }) => parts.get(id) ?? "")),
    texts("problem", rows.map(({ problem }) => problem)),
  ]);
}

/** The share of a class in all pixels of an image. */
function shareOf({ classPixels, widthPx, heightPx }: CaseRow, index: number): number | null {
  const pixels = classPixels?.[index];
  return pixels === undefined || !widthPx || !heightPx ? null : pixels / (widthPx * heightPx);
}

/** By way of reals: polars' integer series made from JavaScript turns `null` into 0. */
function integers(name: string, values: readonly (number | null)[]): Series {
  return reals(name, values).cast(pl.Int32);
}

function reals(name: string, values: readonly (number | null)[]): Series {
  return pl.Series(name, [...values], pl.Float64);
}

/**
 * Writes a manifest as CSV or Parquet, by the path's extension.
 *
 * @throws {PapilioError} for another extension.
 */
export async function writeManifest(frame: DataFrame, path: string): Promise<void> {
  const extension = checkManifestName(path);
  await produceFileAtomically(path, (temporary) => {
    if (extension === ".csv") frame.writeCSV(temporary);
    else frame.writeParquet(temporary);
    return Promise.resolve();
  });
}

/**
 * The extension of a manifest's path.
 *
 * @throws {PapilioError} if it is none of those that can be written.
 */
export function checkManifestName(path: string): ".csv" | ".parquet" {
  const extension = extname(path).toLowerCase();
  if (extension === ".csv" || extension === ".parquet") return extension;
  throw new PapilioError({
    cannot: `write the manifest ${path}`,
    expected: "a name that ends in .csv or .parquet",
    got: extension || "no extension",
    remedy: "Use one of these.",
  });
}

/** The numbers of a manifest. */
export function summarize(frame: DataFrame): ManifestSummary {
  const texts = (name: string) => frame.getColumn(name).toArray().map(String);
  const sizes = frame.filter(pl.col("width").isNotNull()).toRecords()
    .map(({ width, height }) => `${width}×${height}`);
  return {
    cases: frame.shape.height, // `frame.height` would be the column.
    withProblem: texts("problem").filter((problem) => problem !== "").length,
    sizes: countValues(sizes),
    channels: countValues(texts("channels").filter((channels) => channels !== "null")),
    splits: countValues(texts("split").map((part) => part || "in no part")),
    masksPerImage: quantiles(frame, "mask_count"),
    foregroundFraction: quantiles(frame, "foreground_fraction"),
  };
}

/** A summary as lines for people. */
export function describeSummary(summary: ManifestSummary): string[] {
  const { cases, withProblem, sizes, channels, splits } = summary;
  const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
  return [
    `cases                ${cases}, ${withProblem} with a problem`,
    `sizes                ${describeCounts(sizes)}`,
    `channels             ${describeCounts(channels)}`,
    `quantiles            ${QUANTILES.map((q) => `${q * 100} %`).map(pad).join("")}`,
    `masks per image      ${summary.masksPerImage.map((value) => pad(String(value))).join("")}`,
    `foreground           ${
      summary.foregroundFraction.map((value) => pad(percent(value))).join("")
    }`,
    `split                ${describeCounts(splits)}`,
  ];
}

function describeCounts(counts: ReadonlyMap<string, number>, limit = 6): string {
  const shown = [...counts].slice(0, limit).map(([value, count]) => `${value} (${count})`);
  const others = counts.size - shown.length;
  return shown.join(", ") + (others > 0 ? `, and ${counted(others, "other")}` : "");
}

function pad(text: string): string {
  return text.padStart(9);
}

function countValues(values: readonly string[]): Map<string, number> {
  const groups = [...Map.groupBy(values, (value) => value)];
  const counts = groups.map(([value, { length }]) => [value, length] as const);
  return new Map(counts.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}

function quantiles(frame: DataFrame, name: string): Quantiles {
  const values = frame.getColumn(name).dropNulls();
  if (values.length === 0) return [];
  return QUANTILES.map((q) => Number(values.quantile(q, "nearest")));
}
