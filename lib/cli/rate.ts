import { basename, join, resolve } from "@std/path";
import { Command, InvalidArgumentError, Option } from "commander";
import { resolveConfig } from "papilio/core/config.ts";
import { presets } from "papilio/core/presets.ts";
import {
  addConfigOptions,
  configOverrides,
  normalizeArguments,
} from "papilio/cli/config_options.ts";
import { exitOnInterrupt } from "papilio/cli/interrupt.ts";
import { runMain } from "papilio/cli/main.ts";
import { openEngine } from "papilio/engine/open_engine.ts";
import { ConsoleReporter } from "papilio/train/console.ts";
import {
  describeRateSearch,
  searchLearningRate,
  writeRateSearch,
} from "papilio/train/rate_search_run.ts";
import { readConfigFile } from "papilio/train/run_config.ts";

interface Flags {
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

export async function main(args: string[]): Promise<void> {
  const command = makeCommand().parse(normalizeArguments(args), { from: "user" });
  const { preset, config: file, phase, steps, from, out } = command.opts<Flags>();
  const [data = ""] = command.args;
  const base = file ? await readConfigFile(file) : {};
  const config = resolveConfig(preset, { ...configOverrides(command, base), data });
  const folder = out ?? join("outputs", `${basename(resolve(data))}_rate`);
  const stopListening = exitOnInterrupt(() => "\nInterrupted; nothing was written.");
  const reporter = new ConsoleReporter();
  const note = (text: string) => reporter.onEvent({ kind: "note", text });
  const engine = await openEngine({ ...config, note });
  try {
    const context = { config, engine, onEvent: reporter.onEvent };
    const trials = await searchLearningRate(context, { phase, steps, from });
    const written = await writeRateSearch(folder, trials, { phase });
    console.log(describeRateSearch(trials, { phase }));
    console.log(`Written: ${written.join(", ")}`);
  } finally {
    reporter.stop();
    stopListening();
    await engine.dispose();
  }
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

if (import.meta.main) await runMain(main);
