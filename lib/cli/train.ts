import { basename, join, resolve } from "@std/path";
import { Command } from "commander";
import {
  type Config,
  type ConfigOverrides,
  parseConfig,
  resolveConfig,
} from "papilio/core/config.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { presets } from "papilio/core/presets.ts";
import { formatDuration } from "papilio/core/progress.ts";
import { exitOnInterrupt } from "papilio/cli/interrupt.ts";
import {
  addConfigOptions,
  configOverrides,
  normalizeArguments,
} from "papilio/cli/config_options.ts";
import { runMain } from "papilio/cli/main.ts";
import { OnnxEngine } from "papilio/engine/compiled/onnx_engine.ts";
import { ConsoleReporter } from "papilio/train/console.ts";
import { readRunConfig, trainRun } from "papilio/train/run.ts";

/** Fields that a resumed run may be given anew, since they do not change what it learns. */
const freeOnResume = new Set(["data", "threads", "cacheMegabytes"]);

const command = addConfigOptions(
  new Command("deno task train")
    .description("Trains a U-Net in two phases: the encoder frozen, then all layers.")
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
  const config = resume ? await resumedConfig(resume) : await newConfig();
  const runPath = resume ?? outFolder(config);
  const reporter = new ConsoleReporter();
  const stopListening = exitOnInterrupt(runPath, reporter);
  const engine = await OnnxEngine.create({ threads: config.threads });
  try {
    const { onEvent } = reporter;
    const summary = await trainRun({ config, runPath, engine, resume: !!resume, onEvent });
    const { bestEpoch, validation, test, trainingSeconds } = summary;
    console.log(
      `Best epoch ${bestEpoch}: validation IoU ${validation.valIou.toFixed(4)}` +
        (test ? `, test IoU ${test.iou.toFixed(4)}, test Dice ${test.dice.toFixed(4)}` : "") +
        `; trained for ${formatDuration(trainingSeconds)}`,
    );
    console.log(`The run is in ${runPath}; predict with: deno task export --model ${runPath}`);
  } finally {
    reporter.stop();
    stopListening();
    await engine.dispose();
  }
}

async function newConfig(): Promise<Config> {
  const { preset, config: file } = command.opts<{ preset: string; config?: string }>();
  const overrides = configOverrides(command, file ? await readConfigFile(file) : {});
  const [data] = command.args;
  const config = resolveConfig(preset, data === undefined ? overrides : { ...overrides, data });
  if (config.data === "") throw noData();
  return config;
}

async function resumedConfig(run: string): Promise<Config> {
  const [data] = command.args;
  const overrides = { ...configOverrides(command), ...(data === undefined ? {} : { data }) };
  const fixed = Object.keys(overrides).filter((key) => !freeOnResume.has(key));
  const others = ["preset", "config", "out"].filter((name) =>
    command.getOptionValueSource(name) === "cli"
  );
  if (fixed.length + others.length === 0) {
    return parseConfig({ ...await readRunConfig(run), ...overrides }, "command line");
  }
  throw new PapilioError({
    cannot: `resume ${run} with other settings`,
    expected: `no more than the data folder, --threads and --cache-megabytes`,
    got: [...others, ...fixed].join(", "),
    remedy: "Leave them out, or start a run of its own without --resume.",
  });
}

function outFolder({ data }: Config): string {
  return command.opts<{ out?: string }>().out ?? join("outputs", basename(resolve(data)));
}

async function readConfigFile(path: string): Promise<ConfigOverrides> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    throw new PapilioError({
      cannot: `read the configuration ${path}`,
      expected: "a JSON file",
      got: messageOf(error),
      remedy: "Take the config.json of a run as a pattern.",
      cause: error,
    });
  }
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
