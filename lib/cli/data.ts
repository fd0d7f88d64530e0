import { Command } from "commander";
import { parseClasses } from "papilio/core/classes.ts";
import { type Config, configSchema, parseConfig } from "papilio/core/config.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { checkOutputFile } from "papilio/core/output.ts";
import { startProgress } from "papilio/core/progress.ts";
import { usualFolder } from "papilio/core/run_folder.ts";
import { describeShares, summarizeShares } from "papilio/data/class_shares.ts";
import { type DataSet, type Fault, usableCases } from "papilio/data/data_set.ts";
import { describeFaults, type Examination, examineDataSet } from "papilio/data/faults.ts";
import { writeFaults } from "papilio/data/faults_file.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import {
  checkManifestName,
  describeSummary,
  makeManifest,
  summarize,
  writeManifest,
} from "papilio/data/manifest.ts";
import { type Split, splitCases, writeSplit } from "papilio/data/split.ts";
import { fieldNames } from "papilio/cli/config_options.ts";
import { exitOnInterrupt } from "papilio/cli/interrupt.ts";
import { runMain } from "papilio/cli/main.ts";

/** Faults of one kind that are printed; the file has all. */
const LISTED_FAULTS = 5;

const fields = configSchema.shape;
const help = (field: keyof typeof fields) => fields[field].description ?? "";
const command = new Command("deno task data")
  .description("Sums up a data set and finds every fault in it; exit code 1 if one is an error.")
  .argument("<folder>", "folder of the data set")
  .option("--layout <name>", help("layout"))
  .option("--classes <name=rule,…>", help("classes"), (text) => parseClasses(text))
  .option("--input-channels <n>", help("inputChannels"), Number)
  .option("--intensity-range <name>", help("intensityRange"))
  .option("--manifest <file>", "write one row for each case, as .csv or .parquet")
  .option(
    "--faults <file>",
    "write every fault as CSV (default: outputs/<name of the folder>_faults.csv, if there are many)",
  )
  .option("--split <way>", help("split"))
  .option("--validation-fraction <share>", help("validationFraction"), Number)
  .option("--test-fraction <share>", help("testFraction"), Number)
  .option("--split-file <file>", help("splitFile"))
  .option("--seed <integer>", help("seed"), Number)
  .option("--write-split <file>", "write the split as CSV: id,split")
  .exitOverride();

async function main(args: string[]): Promise<number> {
  command.parse(args, { from: "user" });
  const [folder = ""] = command.args;
  const { manifest: manifestPath, writeSplit: splitPath, faults: faultsPath, ...overrides } =
    command
      .opts();
  const config = parseConfig(overrides, "command line", {
    nameOf: fieldNames(command),
    command: "deno task data",
  });
  if (manifestPath) checkManifestName(manifestPath); // Before minutes of reading.
  await checkOutputs({ manifest: manifestPath, faults: faultsPath, "write-split": splitPath });
  exitOnInterrupt(() => "Interrupted; nothing was written.");
  const dataSet = await readDataSet(folder, config.layout);
  const { rows, faults } = await examine(dataSet, config);
  const { split, problem } = await trySplit(dataSet, faults, config);
  const manifest = makeManifest(rows, split, config.classes);
  console.log(`layout               ${dataSet.layout}`);
  const shares = describeShares(summarizeShares(rows, config.classes));
  const lines = [
    ...describeSummary(summarize(manifest)),
    ...(config.classes.length > 0 ? shares : []),
    ...await tellFaults(faults, { folder, path: faultsPath }),
  ];
  console.log(lines.join("\n"));
  if (problem) console.error(problem); // After the faults, which are mostly its cause.
  if (manifestPath) await writeManifest(manifest, manifestPath);
  if (splitPath && split) await writeSplit(splitPath, split);
  return split && !faults.some(({ severity }) => severity === "error") ? 0 : 1;
}

async function checkOutputs(paths: Record<string, string | undefined>): Promise<void> {
  for (const [name, path] of Object.entries(paths)) {
    if (path !== undefined) await checkOutputFile(path, { option: `--${name}` });
  }
}

async function examine(
  dataSet: DataSet,
  { classes, inputChannels: channels, intensityRange }: Config,
): Promise<Examination> {
  const progress = startProgress("reading", dataSet.cases.length, { unit: "cases" });
  try {
    const onProgress = (done: number) => progress.update(done);
    const options = { classes, channels, intensityRange, onProgress };
    return await examineDataSet(dataSet, options);
  } finally {
    progress.stop();
  }
}

/** The faults in lines, and in a file if that is asked for, or they are too many for the screen. */
async function tellFaults(
  faults: readonly Fault[],
  { folder, path }: { folder: string; path: string | undefined },
): Promise<string[]> {
  const groups = [...Map.groupBy(faults, ({ kind }) => kind).values()];
  const areMany = groups.some(({ length }) => length > LISTED_FAULTS);
  const allIn = path ?? `${usualFolder(folder, "faults")}.csv`;
  if (areMany || path !== undefined) {
    await checkOutputFile(allIn, { option: "--faults" });
    await writeFaults(faults, allIn);
  }
  return describeFaults(faults, LISTED_FAULTS, { allIn });
}

/** The split of the usable cases; the summary is of use without one. */
async function trySplit(
  dataSet: DataSet,
  faults: Fault[],
  config: Config,
): Promise<{ split?: Split; problem?: string }> {
  const usable = usableCases({ cases: dataSet.cases, faults });
  try {
    return { split: await splitCases(usable, config, dataSet.listedSplit) };
  } catch (error) {
    if (!(error instanceof PapilioError)) throw error;
    return { problem: messageOf(error) };
  }
}

if (import.meta.main) await runMain(main);
