import { join } from "@std/path";
import { Command } from "commander";
import { present } from "papilio/core/assert.ts";
import { resolveConfig } from "papilio/core/config.ts";
import { exists } from "papilio/core/files.ts";
import { formatDuration, startProgress } from "papilio/core/progress.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { exitOnInterrupt } from "papilio/cli/interrupt.ts";
import { runMain } from "papilio/cli/main.ts";
import { makeSyntheticDataSet } from "papilio/data/synthetic.ts";
import { openEngine } from "papilio/engine/open_engine.ts";
import type { EngineWish } from "papilio/engine/choose.ts";
import { addEngineOptions } from "papilio/cli/engine_options.ts";
import { metricText } from "papilio/metrics/counts.ts";
import { exportMasks } from "papilio/predict/export.ts";
import { Predictor } from "papilio/predict/predictor.ts";
import { photosOfRun } from "papilio/predict/sources.ts";
import { ConsoleReporter } from "papilio/train/console.ts";
import { trainRun } from "papilio/train/run.ts";
import { readSummary } from "papilio/train/summary.ts";

const command = addEngineOptions(new Command("deno task demo"))
  .description("The whole way in minutes: drawn butterflies, training in two phases, masks.")
  .option("--out <folder>", "where data set and run go", join("outputs", "demo"))
  .exitOverride();

async function main(args: string[]): Promise<void> {
  const { out, ...wish } = command.parse(args, { from: "user" }).opts<
    { out: string } & EngineWish
  >();
  exitOnInterrupt(() => "\nInterrupted. The same command goes on after what is finished.");
  const startMs = performance.now();
  const [data, run] = [join(out, "data"), join(out, "run")];
  await drawButterflies(data);
  if (!await exists(runFolder(run).summary)) await train(data, run, wish);
  await exportTestMasks(run, wish);
  const test = present((await readSummary(runFolder(run).summary)).test, "the test cases");
  const seconds = (performance.now() - startMs) / 1000;
  console.log(`
Test Dice ${metricText(test.dice)}, IoU ${metricText(test.iou)} on drawings that training never saw.
  masks and overlays  ${runFolder(run).predictions}
  a look at them      ${join(runFolder(run).figures, "examples.png")}
  training curves     ${join(runFolder(run).figures, "curves.png")}
  the network         ${runFolder(run).onnx}
Done in ${formatDuration(seconds)}.`);
}

async function drawButterflies(folder: string): Promise<void> {
  const count = 480;
  const progress = startProgress("drawing", count, { unit: "images" });
  const onProgress = (done: number) => progress.update(done);
  await makeSyntheticDataSet(folder, { count, seed: 42, maxButterflies: 2, onProgress });
  progress.stop();
}

/** Trains the run, or goes on with one that was interrupted. */
async function train(data: string, run: string, wish: EngineWish): Promise<void> {
  const reporter = new ConsoleReporter();
  const note = (text: string) => reporter.onEvent({ kind: "note", text });
  const engine = await openEngine({ ...wish, note });
  const resume = await exists(runFolder(run).config);
  const config = resolveConfig("demo", { data, ...wish });
  try {
    await trainRun({ config, runPath: run, engine, resume, onEvent: reporter.onEvent });
  } finally {
    reporter.stop();
    await engine.dispose();
  }
}

async function exportTestMasks(run: string, wish: EngineWish): Promise<void> {
  const predictor = await Predictor.open(run, wish);
  try {
    const { photos } = await photosOfRun(run, "test");
    await exportMasks(predictor, photos, { out: runFolder(run).predictions, overlays: true });
  } finally {
    await predictor.dispose();
  }
}

if (import.meta.main) await runMain(main);
