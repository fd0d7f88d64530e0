import { join, resolve } from "@std/path";
import { z } from "zod";
import { present } from "papilio/core/assert.ts";
import type { Config } from "papilio/core/config.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { exists, writeFileAtomically } from "papilio/core/files.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { type Split, writeSplit } from "papilio/data/split.ts";
import { type ResolvedEntry, sharedFields } from "papilio/comparison/entries.ts";
import { foldsOf } from "papilio/comparison/folds.ts";
import type { TrainListener } from "papilio/train/events.ts";
import { openRunData } from "papilio/train/run_data.ts";

/** One training of a comparison. */
export interface PlannedRun {
  entry: ResolvedEntry;
  /** Counted from 1; none without cross-validation. */
  fold?: number;
  path: string;
  /** With the list of cases that is common to all. */
  config: Config;
}

export interface PlanOptions {
  /** Folder of the comparison. */
  out: string;
  /** For cross-validation. */
  folds?: number | undefined;
  onEvent?: TrainListener | undefined;
}

/**
 * The trainings of a comparison, in their order, each with the same lists of cases.
 *
 * The cases are divided once, as the first entry says, and the lists written: `split.csv`, or
 * `folds/fold_<n>.csv`. A comparison that goes on keeps its lists.
 *
 * @throws {PapilioError} for unusable data, and for a folder with a comparison of other cases.
 */
export async function planRuns(
  entries: readonly ResolvedEntry[],
  options: PlanOptions,
): Promise<PlannedRun[]> {
  const plan = planOf(entries, options);
  const isBegun = await checkSamePlan(plan, options);
  const lists = await caseLists(entries, { ...options, isBegun });
  if (!isBegun) await writeFileAtomically(planPath(options), JSON.stringify(plan, null, 2) + "\n");
  return lists.flatMap((list, i) =>
    entries.map((entry): PlannedRun => {
      const config = { ...entry.config, split: "listed" as const, splitFile: list };
      const path = join(options.out, entry.folder);
      if (options.folds === undefined) return { entry, path, config };
      return { entry, fold: i + 1, path: join(path, `fold_${i + 1}`), config };
    })
  );
}

const planPath = ({ out }: PlanOptions) => join(out, "plan.json");

/** What decides on the cases. */
type Plan = Record<string, unknown>;

function planOf([first]: readonly ResolvedEntry[], { folds = 0 }: PlanOptions): Plan {
  const { config } = present(first);
  const ways = ["engine", "device", "threads", "cacheMegabytes"]; // They change no cases.
  const fixed = sharedFields.filter((field) => !ways.includes(field));
  const settings = { ...config, data: resolve(config.data) };
  return { ...Object.fromEntries(fixed.map((field) => [field, settings[field]])), folds };
}

/** Whether there is a plan; entries may be added to a comparison, its data and cases stay. */
async function checkSamePlan(plan: Plan, options: PlanOptions): Promise<boolean> {
  const path = planPath(options);
  if (!await exists(path)) return false;
  const before = await readPlan(path);
  const others = Object.keys(plan).filter((key) =>
    JSON.stringify(plan[key]) !== JSON.stringify(before[key])
  );
  if (others.length > 0) throw otherPlan(options.out, others);
  return true;
}

async function readPlan(path: string): Promise<Plan> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(await Deno.readTextFile(path)));
  } catch (error) {
    throw new PapilioError({
      cannot: `read ${path}`,
      expected: "the plan of a comparison",
      got: error instanceof z.ZodError ? "JSON of another kind" : messageOf(error),
      remedy: "Restore it, or give another folder with --out.",
      cause: error,
    });
  }
}

function otherPlan(out: string, fields: readonly string[]): PapilioError {
  return new PapilioError({
    cannot: `go on with the comparison in ${out}`,
    expected: "the data, split, seed and folds that it was begun with",
    got: `another ${fields.join(" and ")}`,
    remedy: `Give what its plan.json says, or another folder with --out.`,
  });
}

/** The files that say which cases train, validate and test: one, or one for each fold. */
async function caseLists(
  [first]: readonly ResolvedEntry[],
  { out, folds, onEvent, isBegun }: PlanOptions & { isBegun: boolean },
): Promise<string[]> {
  const paths = folds === undefined
    ? [join(out, "split.csv")]
    : Array.from({ length: folds }, (_, i) => join(out, "folds", `fold_${i + 1}.csv`));
  const areThere = await Promise.all(paths.map(exists));
  if (!isBegun || !areThere.every(Boolean)) {
    const splits = await divide(present(first).config, { folds, onEvent });
    for (const [i, split] of splits.entries()) await writeSplit(present(paths[i]), split);
  }
  return paths.map((path) => resolve(path));
}

async function divide(
  config: Config,
  { folds, onEvent }: Pick<PlanOptions, "folds" | "onEvent">,
): Promise<Split[]> {
  const dataSet = await readDataSet(config.data, config.layout);
  const { split } = await openRunData(dataSet, { config, onEvent });
  if (folds === undefined) return [split];
  return foldsOf([...split.train, ...split.validation, ...split.test], { ...config, folds });
}
