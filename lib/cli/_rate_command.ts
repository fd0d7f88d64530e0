import { Command, InvalidArgumentError, Option } from "commander";
import { presets } from "papilio/core/presets.ts";
import { addConfigOptions, normalizeArguments } from "papilio/cli/config_options.ts";

/** What `deno task rate` was asked for. */
export interface RateFlags {
  preset: string;
  config?: string;
  phase: 1 | 2;
  steps: number;
  from?: string;
  out?: string;
}

const makeCommand = () =>
  addConfigOptions(
    new Command("deno task rate")
      .description("Looks for a learning rate: tries rising ones, one step each.")
      .argument("<data>", "folder of the data set")
      .option("--preset <name>", `one of ${Object.keys(presets).join(", ")}`, "butterfly")
      .option("--config <file>", "JSON with any of the fields below; options come before it")
      .addOption(
        new Option("--phase <1|2>", "1: encoder frozen, 2: all layers").choices(["1", "2"])
          .argParser(toPhase).default(1),
      )
      .option("--steps <count>", "how many rates are tried", toCount, 100)
      .option("--from <run>", "begin with this run's best weights, as its phase 2 would")
      .option("--out <folder>", "where to write (default: outputs/<name of the data set>_rate)")
      .exitOverride(),
    ["data"],
  );

/** The command, with what it was given. */
export function parseRate(args: string[]): Command {
  return makeCommand().parse(normalizeArguments(args), { from: "user" });
}

function toPhase(text: string): 1 | 2 {
  if (text === "1" || text === "2") return Number(text) as 1 | 2;
  throw new InvalidArgumentError("Give 1 or 2.");
}

function toCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 10) {
    throw new InvalidArgumentError("Give a whole number from 10.");
  }
  return value;
}
