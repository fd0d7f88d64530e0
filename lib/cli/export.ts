import { startProgress } from "papilio/core/progress.ts";
import { type ExportFlags, parseExportFlags } from "papilio/cli/_export_command.ts";
import { interruptedCode, interruptible } from "papilio/cli/interrupt.ts";
import { runMain } from "papilio/cli/main.ts";
import { writeAnnotationFiles } from "papilio/predict/annotation_files.ts";
import { writeAnnotationSet } from "papilio/predict/annotation_manifest.ts";
import { describeExport, exportMasks } from "papilio/predict/export.ts";
import { Predictor } from "papilio/predict/predictor.ts";
import { photosAt, type PhotoSet, photosOfRun } from "papilio/predict/sources.ts";

const howToGoOn = "Interrupted. The same command goes on with what is left.";

/** Predicts masks as the arguments say; 0: all done, 1: some photos failed, 130: interrupted. */
export async function main(args: string[]): Promise<number> {
  const flags = parseExportFlags(args);
  const predictor = await Predictor.open(flags.model, { ...flags, note: console.error });
  try {
    const { photos, description } = await findPhotos(flags);
    console.error(`${description} → ${flags.out}`);
    const summary = await interruptible(howToGoOn, (signal) =>
      exportMasks(predictor, photos, {
        ...flags,
        signal,
        startProgress: (total) => startProgress("export", total, { unit: "images" }),
      }));
    console.log(describeExport(summary));
    if (summary.wasInterrupted) console.log(howToGoOn);
    else {
      await writeForOthers(flags, predictor.threshold);
      await writeForZooniverse(flags);
    }
    return summary.wasInterrupted ? interruptedCode : summary.failed > 0 ? 1 : 0;
  } finally {
    await predictor.dispose();
  }
}

/** Without probabilities of every pixel, contours run along pixels. */
async function writeForOthers(
  { out, annotations, className, tolerancePx, probabilities, resizeProbabilities }: ExportFlags,
  threshold: number,
): Promise<void> {
  if (annotations === undefined) return;
  const { photos, objects, setFiles } = await writeAnnotationFiles(out, {
    formats: annotations,
    className,
    tolerancePx,
    subpixelThreshold: probabilities && resizeProbabilities ? threshold : undefined,
  });
  const where = setFiles.length > 0 ? setFiles.join(", ") : `beside each mask in ${out}`;
  console.log(`annotations: ${objects} objects in ${photos} photos, ${where}`);
}

async function writeForZooniverse({ out, zooniverse }: ExportFlags): Promise<void> {
  if (zooniverse === undefined) return;
  const { subjects, manifestPath } = await writeAnnotationSet(out, { out: zooniverse });
  console.log(`to annotate: ${subjects} subjects, ${manifestPath}`);
}

function findPhotos({ model, out, input, split, layout }: ExportFlags): Promise<PhotoSet> {
  return input === undefined ? photosOfRun(model, split) : photosAt(input, { layout, out });
}

if (import.meta.main) await runMain(main);
