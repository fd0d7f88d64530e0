import { Command, InvalidArgumentError, Option } from "commander";
import { resolve } from "@std/path";
import { PapilioError } from "papilio/core/errors.ts";
import { formatDuration, startProgress } from "papilio/core/progress.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { runMain } from "papilio/cli/main.ts";
import type { SplitPart } from "papilio/data/split.ts";
import { exportMasks, type ExportOptions, type ExportSummary } from "papilio/predict/export.ts";
import type { Shard } from "papilio/predict/journal.ts";
import { Predictor, type PredictorOptions } from "papilio/predict/predictor.ts";
import {
  type InputOptions,
  photosAt,
  type PhotoSet,
  photosOfRun,
} from "papilio/predict/sources.ts";

interface Flags extends PredictorOptions, Omit<ExportOptions, "out"> {
  model?: string;
  input?: string;
  out?: string;
  split: SplitPart;
  layout: NonNullable<InputOptions["layout"]>;
}

/** Time after Ctrl-C for what is being written; then the program leaves without it. */
const PATIENCE_MS = 1500;

const layouts = ["auto", "photos", "instances", "pets", "leeds", "paired"];
const makeCommand = () =>
  new Command("deno task export")
    .description("Predicts masks for photos and writes them at the photos' own size.")
    .option("--model <path>", "a run folder, or an .onnx file on its own")
    .option("--run <folder>", "the same as --model")
    .option("--input <path>", "folder of photos, data set, list (.txt, .csv) or one photo")
    .addOption(
      new Option("--split <part>", "without --input: the part of the run's own data")
        .choices(["test", "validation", "train"]).default("test"),
    )
    .addOption(
      new Option("--layout <name>", "of the input; photos: every photo below the folder")
        .choices(layouts).default("auto"),
    )
    .option("--out <folder>", "where to write; by default the run's predictions/")
    .option("--threshold <0…1>", "probability from which a pixel is foreground", toFraction)
    .option("--resize-probabilities", "interpolate the probabilities: smoother borders")
    .option("--probabilities", "also write <id>_probability.png: 16-bit grey, 65535 is 1")
    .option("--overlays", "also write <id>_overlay.jpg: tint and contour over the photo")
    .option("--cutouts", "also write <id>_cutout.png: transparent outside the mask")
    .option("--overwrite", "do again what is done")
    .option("--shard <i/n>", "only the i-th of n parts; run without it at the end to join", toShard)
    .option("--input-side <pixels>", "for a model that does not say its own", toCount)
    .option("--threads <count>", "of the network; 0: one for each processor", toCount)
    .exitOverride();

/** Predicts masks as the arguments say; 0: all done, 1: some photos failed, 130: interrupted. */
export async function main(args: string[]): Promise<number> {
  const { run, inputSide, ...given } = makeCommand().parse(args, { from: "user" }).opts();
  const flags: Flags = {
    ...given as Flags,
    ...(run === undefined ? {} : { model: run as string }),
    ...(inputSide === undefined ? {} : { inputSidePx: inputSide as number }),
  };
  if (flags.model === undefined) throw noModel();
  const predictor = await Predictor.open(flags.model, flags);
  try {
    const out = flags.out ?? defaultOut(flags.model);
    const photoSet = await findPhotos(flags.model, out, flags);
    console.error(`${photoSet.description} → ${out}`);
    const summary = await interruptible((signal) =>
      exportMasks(predictor, photoSet.photos, {
        ...flags,
        out,
        signal,
        startProgress: (total) => startProgress("export", total, { unit: "images" }),
      })
    );
    console.log(describe(summary, out));
    return summary.wasInterrupted ? 130 : summary.failed > 0 ? 1 : 0;
  } finally {
    await predictor.dispose();
  }
}

function findPhotos(
  model: string,
  out: string,
  { input, split, layout }: Flags,
): Promise<PhotoSet> {
  return input === undefined ? photosOfRun(model, split) : photosAt(input, { layout, out });
}

function defaultOut(model: string): string {
  if (!model.toLowerCase().endsWith(".onnx")) return runFolder(model).predictions;
  throw new PapilioError({
    cannot: "export masks",
    expected: "a folder to write to",
    got: "none, and a model without a run folder",
    remedy: "Give one with --out.",
  });
}

/** Runs `work` with a signal for Ctrl-C; a second one, or a long wait, leaves at once. */
async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const leave = () => {
    console.error(howToGoOn);
    Deno.exit(130);
  };
  const onInterrupt = () => {
    if (controller.signal.aborted) leave();
    controller.abort();
    Deno.unrefTimer(setTimeout(leave, PATIENCE_MS));
  };
  Deno.addSignalListener("SIGINT", onInterrupt);
  try {
    return await work(controller.signal);
  } finally {
    Deno.removeSignalListener("SIGINT", onInterrupt);
  }
}

const howToGoOn = "Interrupted. The same command goes on with what is left.";

function describe(summary: ExportSummary, out: string): string {
  const { total, done, skipped, failed, seconds, networkShare, wasInterrupted, csvPath } = summary;
  const rate = ((done + failed) / seconds).toPrecision(3);
  const share = Math.round(networkShare * 100);
  return [
    `${done} done, ${skipped} skipped (done before), ${failed} failed, of ${total} photos`,
    `${formatDuration(seconds)}, ${rate} photos/s, network ${share} % of the time`,
    `masks: ${resolve(out)}, table: ${resolve(csvPath)}`,
    ...(failed > 0 ? [`${failed} of ${total} failed: see the column error`] : []),
    ...(wasInterrupted ? [howToGoOn] : []),
  ].join("\n");
}

function noModel(): PapilioError {
  return new PapilioError({
    cannot: "export masks",
    expected: "a trained model",
    got: "none",
    remedy:
      "Give --model <run folder or .onnx file>; `deno task train --data <folder>` makes a run folder.",
  });
}

function toFraction(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError("Give a number from 0 to 1.");
  }
  return value;
}

function toCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Give a whole number.");
  return Number(text);
}

function toShard(text: string): Shard {
  const [index = 0, count = 0] = text.match(/^(\d+)\/(\d+)$/)?.slice(1).map(Number) ?? [];
  if (index < 1 || index > count) {
    throw new InvalidArgumentError("Give i/n with i from 1 to n: 1/4, 2/4, 3/4, 4/4.");
  }
  return { index, count };
}

if (import.meta.main) await runMain(main);
