import { resolveConfig } from "papilio/core/config.ts";
import { checkOutputFolder } from "papilio/core/output.ts";
import { usualFolder } from "papilio/core/run_folder.ts";
import { parseRate, type RateFlags } from "papilio/cli/_rate_command.ts";
import { configOverrides, fieldNames } from "papilio/cli/config_options.ts";
import { exitOnInterrupt } from "papilio/cli/interrupt.ts";
import { runMain } from "papilio/cli/main.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { openEngine } from "papilio/engine/open_engine.ts";
import { checkRecipe } from "papilio/train/check_recipe.ts";
import { ConsoleReporter } from "papilio/train/console.ts";
import {
  describeRateSearch,
  searchLearningRate,
  writeRateSearch,
} from "papilio/train/rate_search_run.ts";
import { readConfigFile } from "papilio/train/run_config.ts";

export async function main(args: string[]): Promise<void> {
  const command = parseRate(args);
  const { preset, config: file, phase, steps, from, out } = command.opts<RateFlags>();
  const [data = ""] = command.args;
  const base = file ? await readConfigFile(file) : {};
  const settings = { ...configOverrides(command, base), data };
  const config = resolveConfig(preset, settings, { nameOf: fieldNames(command) });
  checkRecipe(config);
  await readDataSet(data, config.layout); // Mistakes are told before an engine is chosen.
  const folder = out ?? usualFolder(data, "rate");
  await checkOutputFolder(folder, { option: "--out" });
  const stopListening = exitOnInterrupt(() => "\nInterrupted; nothing was written.");
  const reporter = new ConsoleReporter();
  const note = (text: string) => reporter.onEvent({ kind: "note", text });
  const engine = await openEngine({ ...config, note });
  try {
    const context = { config, engine, onEvent: reporter.onEvent };
    const trials = await searchLearningRate(context, { phase, steps, from });
    const written = await writeRateSearch(folder, trials, { phase });
    console.log(describeRateSearch(trials, { phase, steps }));
    console.log(`Written: ${written.join(", ")}`);
  } finally {
    reporter.stop();
    stopListening();
    await engine.dispose();
  }
}

if (import.meta.main) await runMain(main);
