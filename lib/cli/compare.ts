import { basename, join, resolve } from "@std/path";
import { Command, InvalidArgumentError } from "commander";
import { presets } from "papilio/core/presets.ts";
import {
  addConfigOptions,
  configOverrides,
  normalizeArguments,
} from "papilio/cli/config_options.ts";
import { exitOnInterrupt } from "papilio/cli/interrupt.ts";
import { runMain } from "papilio/cli/main.ts";
import { compare, type RunPlace } from "papilio/comparison/compare.ts";
import { entryOfPreset, readEntries, resolveEntries } from "papilio/comparison/entries.ts";
import { writeComparison } from "papilio/comparison/files.ts";
import type { PlannedRun } from "papilio/comparison/planned_runs.ts";
import { describeComparison } from "papilio/comparison/table.ts";
import { openEngine } from "papilio/engine/open_engine.ts";
import { quoted } from "papilio/evaluation/command_lines.ts";
import { ConsoleReporter } from "papilio/train/console.ts";

interface Flags {
  preset: string[];
  list?: string;
  out?: string;
  folds?: number;
  onlyTable?: boolean;
}

const makeCommand = () =>
  addConfigOptions(
    new Command("deno task compare")
      .description("Trains several networks on the same cases, judges them, and compares.")
      .argument("<data>", "folder of the data set")
      .option(
        "--preset <name>",
        `one of ${Object.keys(presets).join(", ")}; may be given several times`,
        (name: string, names: string[]) => [...names, name],
        [] as string[],
      )
      .option("--list <file>", 'JSON: [{ "name": …, "preset": …, "overrides": { … } }, …]')
      .option("--out <folder>", "of the runs (default: outputs/<name of the data set>_comparison)")
      .option("--folds <k>", "k-fold cross-validation", toFolds)
      .option(
        "--only-table",
        "table and pictures of the runs that are finished; nothing is trained",
      )
      .exitOverride(),
    ["data"],
  );

const states: Record<RunPlace["progress"], string> = {
  new: "",
  begun: ", goes on",
  finished: ", is finished already",
};

/** 0: all entries are in the table, 1: some failed. */
export async function main(args: string[]): Promise<number> {
  const command = makeCommand().parse(normalizeArguments(args), { from: "user" });
  const flags = command.opts<Flags>();
  const [data = ""] = command.args;
  const out = flags.out ?? join("outputs", `${basename(resolve(data))}_comparison`);
  const listed = flags.list === undefined ? [] : await readEntries(flags.list);
  const entries = resolveEntries(
    [...flags.preset.map(entryOfPreset), ...listed],
    (own) => ({ ...configOverrides(command, own), data }),
  );
  const reporter = new ConsoleReporter();
  const { onEvent } = reporter;
  const note = (text: string) => onEvent({ kind: "note", text });
  const stopListening = exitOnInterrupt(() => lastWord(args));
  const config = entries[0]?.config ?? {};
  const engine = flags.onlyTable ? undefined : await openEngine({ ...config, note });
  const onRun = (run: PlannedRun, at: RunPlace) => {
    note(`\nRun ${at.number} of ${at.of}: ${titleOf(run)}${states[at.progress]}`);
    return onEvent;
  };
  try {
    const { folds } = flags;
    const comparison = await compare(entries, { out, folds, engine, onRun, onEvent });
    reporter.stop();
    const paths = await writeComparison(out, comparison);
    console.log(`\n${describeComparison(comparison)}`);
    console.log(`Written: ${paths.join(", ")}`);
    return comparison.failures.length > 0 && !flags.onlyTable ? 1 : 0;
  } finally {
    reporter.stop();
    stopListening();
    await engine?.dispose();
  }
}

function titleOf({ entry, fold }: PlannedRun): string {
  return fold === undefined ? entry.name : `${entry.name}, fold ${fold}`;
}

function lastWord(args: readonly string[]): string {
  const command = ["deno task compare", ...args.map(quoted)].join(" ");
  return `\nInterrupted. What is finished is kept; the same command goes on:\n  ${command}`;
}

function toFolds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 2) {
    throw new InvalidArgumentError("Give a whole number from 2.");
  }
  return value;
}

if (import.meta.main) await runMain(main);
