import { Command } from "commander";
import { type Config, type ConfigOverrides, resolveConfig } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { presets } from "papilio/core/presets.ts";
import { usualFolder } from "papilio/core/run_folder.ts";
import { exitOnInterrupt, interruptionText } from "papilio/cli/interrupt.ts";
import {
  addConfigOptions,
  configOverrides,
  fieldNames,
  normalizeArguments,
} from "papilio/cli/config_options.ts";
import { runMain } from "papilio/cli/main.ts";
import { openEngine } from "papilio/engine/open_engine.ts";
import { checkRun } from "papilio/train/check_run.ts";
import { ConsoleReporter } from "papilio/train/console.ts";
import { trainRun } from "papilio/train/run.ts";
import { readConfigFile, resumedConfig } from "papilio/train/run_config.ts";
import { describeRunSummary } from "papilio/train/summary.ts";

const command = addConfigOptions(
  new Command("deno task train")
    .description("Trains a network in two phases: the encoder frozen, then all layers.")
    .argument("[data]", "folder of the data set")
    .option("--preset <name>", `one of ${Object.keys(presets).join(", ")}`, "butterfly")
    .option("--config <file>", "JSON with any of the fields below; options come before it")
    .option("--out <folder>", "the run folder (default: outputs/<name of the data set>)")
    .option("--resume <run>", "go on after the last finished epoch of this run folder")
    .exitOverride(),
  ["data"],
);

async function main(args: string[]): Promise<void> {
  command.parse(normalizeArguments(args), { from: "user" });
  const { resume } = command.opts<{ resume?: string }>();
  const config = resume
    ? await resumedConfig(resume, givenSettings(), {
      otherFlags: givenFlags("preset", "config", "out"),
      nameOf: fieldNames(command),
    })
    : await newConfig();
  const runPath = resume ?? outFolder(config);
  await checkRun({ config, runPath, resume: !!resume }); // Mistakes are told alone, without an engine's line.
  const reporter = new ConsoleReporter();
  const stopListening = exitOnInterrupt(() => interruptionText(runPath, reporter.savedEpoch));
  const note = (text: string) => reporter.onEvent({ kind: "note", text });
  const engine = await openEngine({ ...config, note });
  try {
    const { onEvent } = reporter;
    const summary = await trainRun({ config, runPath, engine, resume: !!resume, onEvent });
    console.log(describeRunSummary(summary));
    console.log(`The run is in ${runPath}; masks for a folder of photos:`);
    console.log(`  deno task export --model ${runPath} --input <photos> --overlays`);
  } finally {
    reporter.stop();
    stopListening();
    await engine.dispose();
  }
}

async function newConfig(): Promise<Config> {
  const { preset, config: file } = command.opts<{ preset: string; config?: string }>();
  const settings = givenSettings(file ? await readConfigFile(file) : {});
  const config = resolveConfig(preset, settings, { nameOf: fieldNames(command) });
  if (config.data === "") throw noData();
  return config;
}

/** What the command line says, over a `base`. */
function givenSettings(base: ConfigOverrides = {}): ConfigOverrides {
  const [data] = command.args;
  return { ...configOverrides(command, base), ...(data === undefined ? {} : { data }) };
}

function givenFlags(...names: string[]): string[] {
  return names.filter((name) => command.getOptionValueSource(name) === "cli")
    .map((name) => `--${name}`);
}

function outFolder({ data }: Config): string {
  return command.opts<{ out?: string }>().out ?? usualFolder(data);
}

function noData(): PapilioError {
  return new PapilioError({
    cannot: "train",
    expected: "the folder of a data set",
    got: "none",
    remedy: "`deno task data:sample data/sample` makes one to try: deno task train data/sample.",
  });
}

if (import.meta.main) await runMain(main);
