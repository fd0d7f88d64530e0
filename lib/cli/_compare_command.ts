import { Command, InvalidArgumentError } from "commander";
import { presets } from "papilio/core/presets.ts";
import { addConfigOptions, normalizeArguments } from "papilio/cli/config_options.ts";

/** What `deno task compare` was asked for. */
export interface CompareFlags {
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

/** The command, with what it was given. */
export function parseCompare(args: string[]): Command {
  return makeCommand().parse(normalizeArguments(args), { from: "user" });
}

function toFolds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 2) {
    throw new InvalidArgumentError("Give a whole number from 2.");
  }
  return value;
}
