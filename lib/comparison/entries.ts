import { z } from "zod";
import {
  type Config,
  type ConfigOptions,
  type ConfigOverrides,
  resolveConfig,
} from "papilio/core/config.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { checkRecipe } from "papilio/train/check_recipe.ts";

/** A configuration that is compared with others. */
export interface ComparisonEntry {
  /** In tables and plots; its folder is named after it. */
  name: string;
  preset: string;
  /** Over the preset; the command line's options come before both. */
  overrides: ConfigOverrides;
}

/** An entry with all its fields. */
export interface ResolvedEntry {
  name: string;
  /** Its place in the comparison's folder. */
  folder: string;
  config: Config;
}

/** What must be the same for all, so that what differs is the network and its training alone. */
export const sharedFields = [
  ...["data", "layout", "classes", "split", "validationFraction", "testFraction", "splitFile"],
  ...["seed", "engine", "device", "threads", "cacheMegabytes"],
] as (keyof Config)[];

const listSchema = z.array(z.strictObject({
  name: z.string().trim().min(1),
  preset: z.string().default("butterfly"),
  overrides: z.record(z.string(), z.unknown()).default({}),
})).min(1);

/** A preset as it is. */
export function entryOfPreset(preset: string): ComparisonEntry {
  return { name: preset, preset, overrides: {} };
}

/**
 * The entries of a file: `[{ "name": "ResNet34", "preset": "laptop", "overrides": { … } }, …]`.
 *
 * @throws {PapilioError} if it cannot be read, or is no such list.
 */
export async function readEntries(path: string): Promise<ComparisonEntry[]> {
  let json: unknown;
  try {
    json = JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    throw noList(path, isMissing ? "nothing at this path" : messageOf(error));
  }
  const list = listSchema.safeParse(json);
  if (list.success) return list.data as ComparisonEntry[];
  const [issue] = list.error.issues;
  throw noList(path, `${issue?.path.join(".") || "at the top"}: ${issue?.message}`);
}

function noList(path: string, got: string): PapilioError {
  return new PapilioError({
    cannot: `read the list ${path}`,
    expected: "a JSON array of entries with a name, and perhaps a preset and overrides",
    got,
    remedy:
      'As in [{"name": "ResNet34", "preset": "laptop", "overrides": {"encoder": "resnet34"}}].',
  });
}

export interface ResolveOptions extends ConfigOptions {
  /** Refuses a configuration that cannot be trained; as training does first, if not given. */
  check?: (config: Config) => void;
}

/**
 * The entries' configurations: each preset with its overrides, and over these what is common to all.
 *
 * Data, split, seed and engine are the first entry's for all of them.
 *
 * @throws {PapilioError} for two entries of one name, an entry that sets what must be the same for all or
 * whose preset has other classes, and for configurations that are none or that training would refuse, all
 * of them with their entries' names.
 *
 * @example
 * ```ts
 * import { entryOfPreset, resolveEntries } from "papilio/comparison/entries.ts";
 * const entries = ["smoke", "laptop"].map(entryOfPreset);
 * const [, laptop] = resolveEntries(entries, (own) => ({ ...own, seed: 7 }));
 * console.assert(laptop?.folder === "laptop" && laptop.config.seed === 7);
 * ```
 */
export function resolveEntries(
  entries: readonly ComparisonEntry[],
  withCommon: (own: ConfigOverrides) => ConfigOverrides,
  options: ResolveOptions = {},
): ResolvedEntry[] {
  const resolved = resolveAll(entries, (entry) => resolve(entry, withCommon, options));
  checkNames(resolved);
  const [first] = resolved;
  if (!first) throw noEntries();
  const other = resolved.find(({ config }) => !hasSameClasses(config, first.config));
  if (other) throw otherClasses(first.name, other.name);
  const shared = Object.fromEntries(sharedFields.map((field) => [field, first.config[field]]));
  return resolved.map((entry) => ({ ...entry, config: { ...entry.config, ...shared } }));
}

/** @throws {PapilioError} for all that fail together; the error itself, if it is one. */
function resolveAll(
  entries: readonly ComparisonEntry[],
  resolveOne: (entry: ComparisonEntry) => ResolvedEntry,
): ResolvedEntry[] {
  const resolved: ResolvedEntry[] = [];
  const errors: PapilioError[] = [];
  for (const entry of entries) {
    try {
      resolved.push(resolveOne(entry));
    } catch (error) {
      if (!(error instanceof PapilioError)) throw error;
      errors.push(error);
    }
  }
  const [first, ...others] = errors;
  if (!first) return resolved;
  throw others.length === 0 ? first : severalFail(errors, entries.length);
}

function severalFail(errors: readonly PapilioError[], of: number): PapilioError {
  return new PapilioError({
    cannot: "compare",
    expected: "entries that can be trained",
    got: `${errors.length} of ${of} that cannot`,
    remedy: ["Mend these:", ...errors.map(({ message }) => `  ${message}`)].join("\n"),
  });
}

function resolve(
  { name, preset, overrides }: ComparisonEntry,
  withCommon: (own: ConfigOverrides) => ConfigOverrides,
  { nameOf, check = checkRecipe }: ResolveOptions,
): ResolvedEntry {
  const own = sharedFields.filter((field) => Object.hasOwn(overrides, field));
  if (own.length > 0) throw notShared(name, own);
  try {
    const config = resolveConfig(preset, withCommon(overrides), nameOf ? { nameOf } : {});
    check(config);
    return { name, folder: folderName(name), config };
  } catch (error) {
    if (!(error instanceof PapilioError)) throw error;
    const { problem } = error;
    throw new PapilioError({ ...problem, cannot: `${problem.cannot} for "${name}"`, cause: error });
  }
}

function hasSameClasses(a: Config, b: Config): boolean {
  return JSON.stringify(a.classes) === JSON.stringify(b.classes);
}

function otherClasses(first: string, other: string): PapilioError {
  return new PapilioError({
    cannot: "compare",
    expected: `the classes of "${first}" in all entries`,
    got: `others in "${other}"`,
    remedy: "Give --classes, which holds for every entry, and a --loss that goes with them.",
  });
}

/** Letters and digits of any script, as every file system takes them. */
function folderName(name: string): string {
  return name.replace(/[^\p{L}\p{N}+_-]+/gu, "_").replace(/^_+|_+$/g, "") || "_";
}

function checkNames(entries: readonly ResolvedEntry[]): void {
  const folders = entries.map(({ folder }) => folder.toLowerCase());
  const twice = entries.find((_, i) => folders.indexOf(folders[i] as string) !== i);
  if (!twice) return;
  throw new PapilioError({
    cannot: "compare",
    expected: "entries whose names differ, as names of folders too",
    got: `"${twice.name}" twice, both in ${twice.folder}`,
    remedy: "Give one of them another name; a preset with options of its own goes into a --list.",
  });
}

function noEntries(): PapilioError {
  return new PapilioError({
    cannot: "compare",
    expected: "something to compare",
    got: "none",
    remedy: "Name presets (--preset laptop --preset butterfly), or give a --list <file.json>.",
  });
}

function notShared(name: string, fields: readonly string[]): PapilioError {
  return new PapilioError({
    cannot: "compare",
    expected: `the same ${fields.join(" and ")} for all entries`,
    got: `${fields.join(" and ")} among the overrides of "${name}"`,
    remedy: "Give it as an option of the command, which holds for every entry.",
  });
}
