import { Command, InvalidArgumentError, Option } from "commander";
import { type AnnotationFormatName, annotationFormats } from "papilio/annotation/formats.ts";
import { addEngineOptions } from "papilio/cli/engine_options.ts";
import { ownFolder } from "papilio/cli/_own_folder.ts";
import { addRecipeOptions, takeRecipe } from "papilio/cli/_recipe_options.ts";
import { configSchema } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import type { SplitPart } from "papilio/data/split.ts";
import type { ExportOptions } from "papilio/predict/export.ts";
import type { Shard } from "papilio/predict/journal.ts";
import type { PredictorOptions } from "papilio/predict/predictor.ts";
import type { InputOptions } from "papilio/predict/sources.ts";

/** What `deno task export` was asked for. */
export interface ExportFlags extends PredictorOptions, ExportOptions {
  /** A run folder or an .onnx file. */
  model: string;
  input?: string;
  split: SplitPart;
  layout: NonNullable<InputOptions["layout"]>;
  /** Files for other programs. */
  annotations?: AnnotationFormatName[];
  /** Of all objects, where there is one class. */
  className?: string;
  tolerancePx: number;
  /** Folder for what people are to annotate. */
  zooniverse?: string;
}

const layouts = ["photos", ...configSchema.shape.layout.unwrap().options];

const formatNames = Object.keys(annotationFormats).join(", ");

const makeCommand = () =>
  addRecipeOptions(addEngineOptions(new Command("deno task export")))
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
    .option(
      "--probabilities",
      "also write <id>_probability.png, or <id>_prob_<class>.png: 16-bit grey, 65535 is 1",
    )
    .option("--overlays", "also write <id>_overlay.jpg: tint and contour over the photo")
    .option("--cutouts", "also write <id>_cutout.png: transparent outside the mask")
    .option(
      "--labels",
      "also write <id>_labels.png: 16-bit numbers of objects; --split-objects does",
    )
    .addOption(
      new Option("--annotations <formats>", `also files for other programs: ${formatNames}`)
        .argParser(toFormats).conflicts("shard"),
    )
    .option(
      "--class-name <name>",
      "of the objects in these files, if there is one class; by default the network's, or object",
    )
    .option("--tolerance <pixels>", "how far their contours may be simplified", toLength, 0.5)
    .addOption(
      new Option("--zooniverse <folder>", "also a set for Zooniverse: pictures and a manifest")
        .conflicts("shard"),
    )
    .option("--overwrite", "do again what is done")
    .option("--shard <i/n>", "only the i-th of n parts; run without it at the end to join", toShard)
    .option("--input-side <pixels>", "for a model that does not say its own", toSide)
    .option("--threads <count>", "of the network; 0: one for each processor", toCount)
    .exitOverride();

/** @throws {PapilioError} without a model, or without a folder to write to. */
export function parseExportFlags(args: string[]): ExportFlags {
  const options = makeCommand().parse(args, { from: "user" }).opts();
  const { recipe, rest: { run, inputSide, tolerance, ...given } } = takeRecipe(options);
  const model = (given.model ?? run) as string | undefined;
  if (model === undefined) throw noModel();
  return {
    ...given as Pick<ExportFlags, "split" | "layout" | "className">,
    ...recipe,
    ...(inputSide === undefined ? {} : { inputSidePx: inputSide as number }),
    ...(recipe.postProcessing.splitObjects === undefined ? {} : { labels: true }),
    tolerancePx: tolerance as number,
    model,
    out: given.out as string | undefined ?? ownFolder(model, "export masks").predictions,
  };
}

function noModel(): PapilioError {
  return new PapilioError({
    cannot: "export masks",
    expected: "a trained model",
    got: "none",
    remedy:
      "Give --model <run folder or .onnx file>; `deno task train <folder>` makes a run folder.",
  });
}

function toFormats(text: string): AnnotationFormatName[] {
  const names = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
  const unknown = names.find((name) => !Object.hasOwn(annotationFormats, name));
  if (unknown !== undefined || names.length === 0) {
    throw new InvalidArgumentError(`Give some of ${formatNames}, with commas between.`);
  }
  return names as AnnotationFormatName[];
}

function toLength(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0)) throw new InvalidArgumentError("Give a number from 0.");
  return value;
}

function toCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Give a whole number.");
  return Number(text);
}

function toSide(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("Give a whole number from 1.");
  return Number(text);
}

function toShard(text: string): Shard {
  const [index = 0, count = 0] = text.match(/^(\d+)\/(\d+)$/)?.slice(1).map(Number) ?? [];
  if (index < 1 || index > count) {
    throw new InvalidArgumentError("Give i/n with i from 1 to n: 1/4, 2/4, 3/4, 4/4.");
  }
  return { index, count };
}
