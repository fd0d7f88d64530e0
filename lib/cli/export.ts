import { startProgress } from "papilio/core/progress.ts";
import { type ExportFlags, parseExportFlags } from "papilio/cli/_export_command.ts";
import { interruptedCode, interruptible } from "papilio/cli/interrupt.ts";
import { runMain } from "papilio/cli/main.ts";
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
    else await writeAnnotation(flags);
    return summary.wasInterrupted ? interruptedCode : summary.failed > 0 ? 1 : 0;
  } finally {
    await predictor.dispose();
  }
}

async function writeAnnotation({ out, annotation }: ExportFlags): Promise<void> {
  if (annotation === undefined) return;
  const { subjects, manifestPath } = await writeAnnotationSet(out, { out: annotation });
  console.log(`to annotate: ${subjects} subjects, ${manifestPath}`);
}

function findPhotos({ model, out, input, split, layout }: ExportFlags): Promise<PhotoSet> {
  return input === undefined ? photosOfRun(model, split) : photosAt(input, { layout, out });
}

if (import.meta.main) await runMain(main);
