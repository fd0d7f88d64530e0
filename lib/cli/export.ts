import { join } from "@std/path";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { checkOutputFolder } from "papilio/core/output.ts";
import { startProgress } from "papilio/core/progress.ts";
import { type ExportFlags, parseExportFlags } from "papilio/cli/_export_command.ts";
import { interruptedCode, interruptible } from "papilio/cli/interrupt.ts";
import { runMain } from "papilio/cli/main.ts";
import { annotationFormats } from "papilio/annotation/formats.ts";
import { counted } from "papilio/core/text.ts";
import { writeAnnotationFiles } from "papilio/predict/annotation_files.ts";
import { writeAnnotationSet } from "papilio/predict/annotation_manifest.ts";
import { describeExport, exportMasks, type ExportSummary } from "papilio/predict/export.ts";
import { drawnClasses, Predictor } from "papilio/predict/predictor.ts";
import { describeTiles } from "papilio/predict/recipe.ts";
import { photosAt, type PhotoSet, photosOfRun } from "papilio/predict/sources.ts";

const howToGoOn = "Interrupted. The same command goes on with what is left.";

/** Predicts masks as the arguments say; 0: all done, 1: some photos failed, 130: interrupted. */
export async function main(args: string[]): Promise<number> {
  const flags = parseExportFlags(args);
  const predictor = await Predictor.open(flags.model, { ...flags, note: console.error });
  try {
    const className = objectName(predictor, flags);
    const { photos, description } = await findPhotos(flags);
    if (flags.zooniverse !== undefined) {
      await checkOutputFolder(flags.zooniverse, { option: "--zooniverse" });
    }
    console.error(`${description} → ${flags.out}`);
    if (flags.tiles) console.error(describeTiles(predictor, flags.tiles));
    const summary = await interruptible(howToGoOn, (signal) =>
      exportMasks(predictor, photos, {
        ...flags,
        signal,
        startProgress: (total) => startProgress("export", total, { unit: "images" }),
      }));
    console.log(describeExport(summary));
    if (summary.wasInterrupted) console.log(howToGoOn);
    else {
      await writeForOthers({ ...flags, className }, predictor, summary);
      if (summary.done > 0) await noteEarlierFiles(flags);
      await writeForZooniverse(flags, predictor, summary);
    }
    return summary.wasInterrupted ? interruptedCode : summary.failed > 0 ? 1 : 0;
  } finally {
    await predictor.dispose();
  }
}

/**
 * What objects are called: as was asked for, else as the class that a network tells from the background.
 *
 * @throws {PapilioError} for a name where several classes have theirs.
 */
function objectName({ classes }: Predictor, { className }: ExportFlags): string {
  const [name = ""] = classes;
  if (classes.length === 1) return className ?? (name === "foreground" ? "object" : name);
  if (className === undefined) return "object";
  throw new PapilioError({
    cannot: `call all objects ${className}`,
    expected: "a network of one class",
    got: `one of ${classes.join(", ")}`,
    remedy: "Leave --class-name away: objects have the names of their classes.",
  });
}

/** Without probabilities of every pixel, and between classes, contours run along pixels. */
async function writeForOthers(
  { out, annotations, className, tolerancePx, probabilities, resizeProbabilities }:
    & ExportFlags
    & { className: string },
  predictor: Predictor,
  { settings }: ExportSummary,
): Promise<void> {
  if (annotations === undefined) return;
  const { photos, objects, setFiles, leftOut } = await writeAnnotationFiles(out, {
    formats: annotations,
    className,
    classes: drawnClasses(predictor),
    inputChannels: predictor.inputChannels,
    tolerancePx,
    settings,
    subpixelThreshold: probabilities && resizeProbabilities && predictor.channels === 1
      ? predictor.threshold
      : undefined,
  });
  const where = setFiles.length > 0 ? setFiles.join(", ") : `beside each mask in ${out}`;
  console.log(
    `annotations: ${counted(objects, "object")} in ${counted(photos, "photo")}, ${where}${
      others(leftOut)
    }`,
  );
}

/** The folder may hold masks of other networks, or of other settings. */
function others(leftOut: number): string {
  return leftOut === 0 ? "" : `; without ${counted(leftOut, "photo")}, masked by another export`;
}

/** Files for the whole set stay when masks are made anew without them. */
async function noteEarlierFiles({ out, annotations = [] }: ExportFlags): Promise<void> {
  for (const [name, format] of Object.entries(annotationFormats)) {
    if (format.scope === "photo" || annotations.some((chosen) => chosen === name)) continue;
    if (!await exists(join(out, format.fileName))) continue;
    console.log(`${format.fileName} is of earlier masks: --annotations ${name} writes it anew`);
  }
}

async function writeForZooniverse(
  { out, zooniverse }: ExportFlags,
  predictor: Predictor,
  { settings }: ExportSummary,
): Promise<void> {
  if (zooniverse === undefined) return;
  const { intensityRange } = predictor;
  const classes = drawnClasses(predictor);
  const options = { out: zooniverse, classes, intensityRange, settings };
  const { subjects, manifestPath, leftOut } = await writeAnnotationSet(out, options);
  console.log(`to annotate: ${counted(subjects, "subject")}, ${manifestPath}${others(leftOut)}`);
}

function findPhotos({ model, out, input, split, layout }: ExportFlags): Promise<PhotoSet> {
  return input === undefined ? photosOfRun(model, split) : photosAt(input, { layout, out });
}

if (import.meta.main) await runMain(main);
