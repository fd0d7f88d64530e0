import { Buffer } from "node:buffer";
import pl from "nodejs-polars";
import { exists, writeFileAtomically } from "papilio/core/files.ts";
import type { Config } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { Random } from "papilio/core/random.ts";
import { counted } from "papilio/core/text.ts";
import type { Case } from "papilio/data/case.ts";
import type { ListedSplit } from "papilio/data/data_set.ts";

/** The parts of a data set; each sorted by id. */
export interface Split {
  train: Case[];
  validation: Case[];
  /** Seen by no epoch; may be empty. */
  test: Case[];
}

export type SplitPart = keyof Split;
export type SplitConfig = Pick<
  Config,
  "split" | "validationFraction" | "testFraction" | "splitFile" | "seed"
>;

const PARTS: readonly SplitPart[] = ["train", "validation", "test"];

/**
 * Divides cases into those that train, validate and test.
 *
 * Test cases are set apart first: those that the data set itself lists as test, else `testFraction`.
 * Of the rest, `validationFraction` validates. `last` takes the last of the sorted ids, from
 * `floor(n * (1 - fraction))` on, as Keras' `validation_split` does: of n = 10 at 0.25, three. `random`
 * does the same after shuffling by the seed; `listed` reads `splitFile`. Cases that a list leaves out
 * are in no part.
 *
 * @throws {PapilioError} if nothing would train or validate, if a list names ids that are not there, or
 * if `testFraction` is set although the data set lists its own test cases.
 */
export async function splitCases(
  cases: readonly Case[],
  config: SplitConfig,
  listedSplit?: ListedSplit,
): Promise<Split> {
  const split = config.split === "listed"
    ? splitAsListed(cases, await readSplit(config.splitFile), config.splitFile)
    : splitByFraction(cases, config, listedSplit);
  for (const part of ["train", "validation"] as const) {
    if (split[part].length === 0) throw emptyPart(part, cases.length);
  }
  return split;
}

/** The part that each case is in. */
export function partsById(split: Split): Map<string, SplitPart> {
  return new Map(PARTS.flatMap((part) => split[part].map(({ id }) => [id, part] as const)));
}

/** Writes `id,split`, sorted by id. */
export async function writeSplit(path: string, split: Split): Promise<void> {
  const rows = PARTS.flatMap((part) => split[part].map(({ id }) => ({ id, split: part })))
    .sort((a, b) => a.id < b.id ? -1 : 1);
  const csv = pl.DataFrame(rows).writeCSV();
  await writeFileAtomically(path, csv);
}

/**
 * Reads `id,split`.
 *
 * @throws {PapilioError} if there is no such file, a column is missing, an id stands twice, or a part is
 * none of train, validation, test.
 */
export async function readSplit(path: string): Promise<Map<string, SplitPart>> {
  if (path === "" || !await exists(path)) throw noList(path);
  const rows = await readRows(path);
  const split = new Map<string, SplitPart>();
  for (const { id, part } of rows) {
    if (!isPart(part)) {
      throw listError(
        path,
        `a part out of ${PARTS.join(", ")}`,
        `"${part}" for ${id}`,
        "Correct it.",
      );
    }
    if (split.has(id)) throw listError(path, "each id once", `${id} twice`, "Remove one.");
    split.set(id, part);
  }
  return split;
}

async function readRows(path: string): Promise<{ id: string; part: string }[]> {
  const text = (await Deno.readTextFile(path)).replace(/^\uFEFF/, ""); // Excel's byte order mark.
  const [header = "", ...lines] = text.split("\n");
  const columns = header.split(",").map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
  if (!columns.includes("id") || !columns.includes("split")) {
    const got = JSON.stringify(header.trim());
    throw listError(path, "the columns id,split", got, "Write them in the first line.");
  }
  // As bytes, because a text might be taken for a path; without inference, 0010001 stays text.
  const plain = Buffer.from([columns.join(","), ...lines].join("\n"));
  const records = pl.readCSV(plain, { inferSchemaLength: 0 }).toRecords();
  const textOf = (value: unknown) => String(value ?? "");
  return records.map(({ id, split }) => ({ id: textOf(id), part: textOf(split).trim() }));
}

function splitByFraction(
  cases: readonly Case[],
  config: SplitConfig,
  listedSplit?: ListedSplit,
): Split {
  const { seed, testFraction, validationFraction } = config;
  const sorted = sortById(cases);
  const ordered = config.split === "random" ? Random.from(seed, "split").shuffle(sorted) : sorted;
  const [rest, test] = setTestApart(ordered, testFraction, listedSplit);
  const [train, validation] = cutLast(rest, validationFraction);
  return { train: sortById(train), validation: sortById(validation), test: sortById(test) };
}

function setTestApart(
  cases: readonly Case[],
  testFraction: number,
  listedSplit?: ListedSplit,
): [Case[], Case[]] {
  if (!listedSplit) return cutLast(cases, testFraction);
  if (testFraction > 0) {
    throw new PapilioError({
      cannot: "split the data set",
      expected: "--test-fraction 0, because the data set lists its own test cases",
      got: String(testFraction),
      remedy: "Leave it out, or write a list of your own and give it as --split-file.",
    });
  }
  const inPart = (part: "train" | "test") => cases.filter(({ id }) => listedSplit.get(id) === part);
  return [inPart("train"), inPart("test")];
}

/** The cases before `floor(n * (1 - fraction))`, and those from there on. */
function cutLast(cases: readonly Case[], fraction: number): [Case[], Case[]] {
  const start = Math.floor(cases.length * (1 - fraction));
  return [cases.slice(0, start), cases.slice(start)];
}

function splitAsListed(
  cases: readonly Case[],
  listed: ReadonlyMap<string, SplitPart>,
  path: string,
): Split {
  const ids = new Set(cases.map(({ id }) => id));
  const unknown = [...listed.keys()].filter((id) => !ids.has(id));
  if (unknown.length > 0) {
    const shown = unknown.slice(0, 5).join(", ") + (unknown.length > 5 ? ", …" : "");
    throw listError(
      path,
      "ids of usable cases",
      `${counted(unknown.length, "other")}: ${shown}`,
      "`deno task data <folder>` lists the cases and their faults.",
    );
  }
  const inPart = (part: SplitPart) => sortById(cases.filter(({ id }) => listed.get(id) === part));
  return { train: inPart("train"), validation: inPart("validation"), test: inPart("test") };
}

function sortById(cases: readonly Case[]): Case[] {
  return cases.toSorted((a, b) => a.id < b.id ? -1 : 1);
}

function isPart(text: string): text is SplitPart {
  return (PARTS as readonly string[]).includes(text);
}

function emptyPart(part: SplitPart, count: number): PapilioError {
  return new PapilioError({
    cannot: "split the data set",
    expected: `at least one case for ${part}`,
    got: `none of ${counted(count, "usable case")}`,
    remedy: count === 0
      ? "Mend the faults of the cases first."
      : "Add cases, or change --validation-fraction, --test-fraction or the list.",
  });
}

function noList(path: string): PapilioError {
  const remedy =
    "Name it with --split-file; `deno task data <folder> --write-split <file>` makes one.";
  const got = path === "" ? "no name of one" : "no file there";
  return listError(path || "(--split listed)", "a CSV file with the columns id,split", got, remedy);
}

function listError(path: string, expected: string, got: string, remedy: string): PapilioError {
  return new PapilioError({ cannot: `read the split ${path}`, expected, got, remedy });
}
