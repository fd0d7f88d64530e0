import { join } from "@std/path";
import { Buffer } from "node:buffer";
import { expect } from "expect";
import pl from "nodejs-polars";
import { parseClasses } from "papilio/core/classes.ts";
import { PapilioError } from "papilio/core/errors.ts";
import type { CaseRow } from "papilio/data/faults.ts";
import { describeSummary, makeManifest, summarize, writeManifest } from "papilio/data/manifest.ts";
import { inFolder } from "./_files.ts";

const ROWS: CaseRow[] = [
  row("0001", 500, 375, 3, 1, 0.25),
  row("0002", 500, 375, 3, 2, 0.5),
  row("0003", 64, 32, 4, 3, 0.75),
  { ...row("0004", null, null, null, 1, null), problem: 'unreadable image: it says "no", sorry' },
];

function row(
  id: string,
  widthPx: number | null,
  heightPx: number | null,
  channels: number | null,
  maskCount: number,
  foregroundFraction: number | null,
): CaseRow {
  return {
    id,
    widthPx,
    heightPx,
    channels,
    maskCount,
    foregroundFraction,
    classPixels: null,
    problem: "",
  };
}

function manifest() {
  const part = (
    id: string,
  ) => [{ id, imagePath: "", maskPaths: [], maskEncoding: { kind: "threshold" as const } }];
  return makeManifest(ROWS, { train: part("0001"), validation: part("0002"), test: part("0003") });
}

Deno.test("a manifest has a row for each case, and its part", () => {
  const frame = manifest();
  expect(frame.columns).toEqual([
    "id",
    "width",
    "height",
    "channels",
    "mask_count",
    "foreground_fraction",
    "split",
    "problem",
  ]);
  expect(frame.toRecords()[1]).toEqual({
    id: "0002",
    width: 500,
    height: 375,
    channels: 3,
    mask_count: 2,
    foreground_fraction: 0.5,
    split: "validation",
    problem: "",
  });
  expect(frame.toRecords()[3]?.["width"]).toBe(null);
});

Deno.test("with classes, a column for the share of each", () => {
  const rows = [
    { ...row("a", 10, 10, 3, 1, 0.25), classPixels: [50, 25] },
    row("b", 10, 10, 3, 1, null),
  ];
  const frame = makeManifest(rows, undefined, parseClasses("background=0,pet=1"));
  expect(frame.columns.slice(5, 8)).toEqual([
    "foreground_fraction",
    "fraction_background",
    "fraction_pet",
  ]);
  expect(frame.getColumn("fraction_background").toArray()).toEqual([0.5, null]);
  expect(frame.getColumn("fraction_pet").toArray()).toEqual([0.25, null]);
});

Deno.test("written as Parquet and as CSV it reads back the same", () =>
  inFolder(async (folder) => {
    const frame = manifest();
    await writeManifest(frame, join(folder, "new", "m.parquet"));
    await writeManifest(frame, join(folder, "m.CSV"));
    expect(pl.readParquet(join(folder, "new", "m.parquet")).toRecords()).toEqual(frame.toRecords());
    const bytes = Buffer.from(await Deno.readFile(join(folder, "m.CSV")));
    const csv = pl.readCSV(bytes, { inferSchemaLength: 0 }).toRecords();
    expect(csv.map(({ id }) => id)).toEqual(["0001", "0002", "0003", "0004"]);
    expect(csv[3]?.["problem"]).toBe(ROWS[3]?.problem);
    expect([...Deno.readDirSync(folder)].map(({ name }) => name).toSorted()).toEqual([
      "m.CSV",
      "new",
    ]);
  }));

Deno.test("another extension is an error", async () => {
  const error = await writeManifest(manifest(), "m.xlsx").catch((thrown) => thrown);
  expect(error).toBeInstanceOf(PapilioError);
  expect(error.message).toBe(
    "Cannot write the manifest m.xlsx: expected a name that ends in .csv or .parquet, got .xlsx. " +
      "Use one of these.",
  );
});

Deno.test("the summary counts and orders, leaving out what is unknown", () => {
  const summary = summarize(manifest());
  expect(summary.cases).toBe(4);
  expect(summary.withProblem).toBe(1);
  expect([...summary.sizes]).toEqual([["500×375", 2], ["64×32", 1]]);
  expect([...summary.channels]).toEqual([["3", 2], ["4", 1]]);
  expect([...summary.splits]).toEqual([
    ["in no part", 1],
    ["test", 1],
    ["train", 1],
    ["validation", 1],
  ]);
  expect(summary.foregroundFraction.at(0)).toBe(0.25);
  expect(summary.foregroundFraction.at(3)).toBe(0.5); // The median of three.
  expect(summary.foregroundFraction.at(-1)).toBe(0.75);
  const lines = describeSummary(summary);
  expect(lines[0]).toBe("cases                4, 1 with a problem");
  expect(lines[1]).toBe("sizes                500×375 (2), 64×32 (1)");
});

Deno.test("an empty data set has a summary, too", () => {
  expect(describeSummary(summarize(makeManifest([])))[0]).toBe(
    "cases                0, 0 with a problem",
  );
});
