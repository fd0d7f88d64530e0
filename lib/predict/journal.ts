import { join } from "@std/path";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { exists, sortedNames, writeFileAtomically } from "papilio/core/files.ts";
import { makeOutputFolder } from "papilio/core/output.ts";

/** What became of one photo: a row of `predictions.csv`. */
export interface PredictionRow {
  id: string;
  /** The photo's whole path. */
  source: string;
  /** Of photo and mask, EXIF orientation applied; 0 if it could not be read. */
  widthPx: number;
  heightPx: number;
  /** Share of the mask's pixels; with classes of all but the background. */
  foregroundFraction: number;
  /** Share of each class, by its name; of masks of several classes alone. */
  classFractions?: Record<string, number>;
  /**
   * Mean over the network's pixels of `max(p, 1 − p)`: 1 where it is sure, 0.5 where it guesses. With
   * classes that of the likeliest one's probability, at least one divided by their number.
   */
  meanConfidence: number;
  /** Decoding, network and encoding of this photo, without waiting. */
  milliseconds: number;
  status: "done" | "failed";
  error: string;
}

/** A row with all that its mask depends on. */
export interface JournalEntry extends PredictionRow {
  /** Size and time of the photo's file. */
  photoState: string;
  /** Model, threshold, interpolation. */
  settings: string;
}

/** Part `index` (from 1) of `count`. */
export interface Shard {
  index: number;
  count: number;
}

const JOURNAL_NAME = /^predictions.*\.journal\.jsonl$/;

const journalName = (table = "predictions") => `${table}.journal.jsonl`;

/**
 * Remembers each photo as soon as it is finished: one line of JSON, appended by a single write.
 *
 * A kill at any moment loses no line before; half a line at the end is ignored. What other shards have
 * written to the same folder is read, and never touched.
 */
export class Journal {
  readonly #entries: Map<string, JournalEntry>;
  readonly #file: Deno.FsFile;
  readonly #others: ReadonlyMap<string, JournalEntry>;

  private constructor(
    file: Deno.FsFile,
    entries: Map<string, JournalEntry>,
    others: ReadonlyMap<string, JournalEntry>,
    readonly csvPath: string,
  ) {
    this.#file = file;
    this.#entries = entries;
    this.#others = others;
  }

  /** The journal of an output folder, or of one shard's part of it. */
  static async open(folder: string, shard?: Shard): Promise<Journal> {
    await makeOutputFolder(folder, { option: "--out" });
    const name = shard ? `predictions.${shard.index}-of-${shard.count}` : "predictions";
    const path = join(folder, journalName(name));
    const entries = await readEntries(path);
    const others = await readOthers(folder, path);
    // Written anew, so that it holds one whole line for each photo.
    await writeFileAtomically(path, [...entries.values()].map(toLine).join(""));
    const file = await Deno.open(path, { append: true });
    return new Journal(file, entries, others, join(folder, `${name}.csv`));
  }

  /** What is known of a photo: by this shard first, then by the others. */
  entriesOf(id: string): JournalEntry[] {
    return [this.#entries.get(id), this.#others.get(id)].filter((entry) => entry !== undefined);
  }

  /** Whether an entry is in this shard's own table. */
  owns(entry: JournalEntry): boolean {
    return this.#entries.get(entry.id) === entry;
  }

  /** Remembers what became of a photo; it is in the file when this returns. */
  async add(entry: JournalEntry): Promise<void> {
    this.#entries.set(entry.id, entry);
    let rest = new TextEncoder().encode(toLine(entry));
    while (rest.length > 0) rest = rest.subarray(await this.#file.write(rest));
  }

  /**
   * Rewrites the CSV file as a whole, from all that is remembered, sorted by id.
   *
   * @throws {PapilioError} if it cannot be written, mostly because a spreadsheet has it open.
   */
  async writeCsv(): Promise<void> {
    const rows = [...this.#entries.values()].sort((a, b) => a.id < b.id ? -1 : 1);
    try {
      await writeFileAtomically(this.csvPath, predictionsCsv(rows));
    } catch (error) {
      throw new PapilioError({
        cannot: `write ${this.csvPath}`,
        expected: "a file that no other program holds, and room on the disk",
        got: messageOf(error),
        remedy: "The masks are safe: mend it and give the same command again, which skips them.",
        cause: error,
      });
    }
  }

  close(): void {
    this.#file.close();
  }
}

/** The rows as CSV (RFC 4180), with a column for each class that occurs. */
function predictionsCsv(rows: readonly PredictionRow[]): string {
  const classes = [...new Set(rows.flatMap((row) => Object.keys(row.classFractions ?? {})))];
  const lines = rows.map((row) =>
    [
      quote(row.id),
      quote(row.source),
      row.widthPx,
      row.heightPx,
      row.foregroundFraction.toFixed(6),
      row.meanConfidence.toFixed(6),
      row.milliseconds.toFixed(1),
      row.status,
      quote(row.error),
      ...classes.map((name) => row.classFractions?.[name]?.toFixed(6) ?? ""),
    ].join(",")
  );
  const header = [
    "id,source,width,height,foreground_fraction,mean_confidence,milliseconds,status,error",
    ...classes.map((name) => quote(`fraction_${name}`)),
  ].join(",");
  return [header, ...lines].join("\n") + "\n";
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function toLine(entry: JournalEntry): string {
  return JSON.stringify(entry) + "\n";
}

/** What each mask of a folder depends on besides its photo, by the photo's id; shards apart. */
export async function settingsOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readEntries(join(folder, journalName()));
  return new Map(Array.from(entries.values(), ({ id, settings }) => [id, settings]));
}

async function readOthers(folder: string, ownPath: string): Promise<Map<string, JournalEntry>> {
  const entries = new Map<string, JournalEntry>();
  for (const name of await sortedNames(folder, (entry) => JOURNAL_NAME.test(entry.name))) {
    const path = join(folder, name);
    if (path === ownPath) continue;
    for (const [id, entry] of await readEntries(path)) entries.set(id, entry);
  }
  return entries;
}

async function readEntries(path: string): Promise<Map<string, JournalEntry>> {
  const entries = new Map<string, JournalEntry>();
  if (!await exists(path)) return entries;
  for (const line of (await Deno.readTextFile(path)).split("\n")) {
    const entry = parseLine(line);
    if (entry) entries.set(entry.id, entry);
  }
  return entries;
}

function parseLine(line: string): JournalEntry | undefined {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch {
    return undefined; // Empty, or cut off by a kill: its photo is done again.
  }
}
