import { join } from "@std/path";
import type { Config } from "papilio/core/config.ts";
import { messageOf } from "papilio/core/errors.ts";
import { writeFileAtomically } from "papilio/core/files.ts";
import { median } from "papilio/core/median.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import type { RunFolder } from "papilio/core/run_folder.ts";
import type { Case } from "papilio/data/case.ts";
import { imageSize } from "papilio/data/decode.ts";
import type { SegmentationModel } from "papilio/model/segmentation.ts";
import { galleryTitle, renderGallery } from "papilio/predict/gallery.ts";
import { Predictor } from "papilio/predict/predictor.ts";
import { drawnOf } from "papilio/report/class_overlay.ts";
import { renderCurves } from "papilio/report/curves.ts";
import { evaluateCases, type EvaluationOptions } from "papilio/train/evaluate.ts";
import type { TrainListener } from "papilio/train/events.ts";
import { modelCard } from "papilio/train/model_card.ts";
import { writeModelFiles } from "papilio/train/model_files.ts";
import type { RunData } from "papilio/train/run_data.ts";
import type { TrainingState } from "papilio/train/state.ts";
import { type RunSummary, summarize } from "papilio/train/summary.ts";

export interface FinishOptions extends EvaluationOptions {
  config: Config;
  segmentation: SegmentationModel;
  data: RunData;
  state: TrainingState;
  onEvent?: TrainListener | undefined;
}

/** Evaluates the best weights, which the model has, on the test cases and writes all that is for use. */
export async function finishRun(run: RunFolder, options: FinishOptions): Promise<RunSummary> {
  const { config, segmentation, data, state, onEvent } = options;
  onEvent?.({ kind: "note", text: `Writing the model of epoch ${state.best.epoch}` });
  const test = data.test && await evaluateCases(data.test, options);
  const summary = summarize(run.path, segmentation.model, {
    data,
    state,
    test,
  });
  const trainingScale = await squeezeOf(data.split.train, config.inputSidePx);
  await writeModelFiles(run, segmentation.model, { config, trainingScale });
  await writeFileAtomically(join(run.model, "README.md"), modelCard(config, summary));
  const classes = drawnOf(config.classes);
  await drawFigure(run, "curves.png", () => renderCurves(state.history, { classes }), onEvent);
  await drawFigure(run, "examples.png", () => renderExamples(run, data), onEvent);
  // Last, since it is what tells a finished run from one to resume.
  await writeFileAtomically(run.summary, JSON.stringify(summary, null, 2) + "\n");
  return summary;
}

/** At how much of their own size the network saw the training photos; their median. */
async function squeezeOf(cases: readonly Case[], inputSidePx: number): Promise<number> {
  const scales: number[] = [];
  const sizes = mapAhead(cases, ({ imagePath, id }) => imageSize(imagePath, { caseId: id }), 8);
  for await (const { widthPx, heightPx } of sizes) {
    scales.push(inputSidePx / Math.sqrt(widthPx * heightPx));
  }
  return median(scales);
}

/** A picture that cannot be drawn is told of; it must not keep a trained run from being finished. */
async function drawFigure(
  run: RunFolder,
  name: string,
  draw: () => Promise<Uint8Array>,
  onEvent: FinishOptions["onEvent"],
): Promise<void> {
  try {
    await writeFileAtomically(join(run.figures, name), await draw());
  } catch (error) {
    onEvent?.({ kind: "note", text: `${name} is left out: ${messageOf(error)}` });
  }
}

/** What the model that was just written makes of cases it was not trained on. */
async function renderExamples(run: RunFolder, { split }: RunData): Promise<Uint8Array> {
  const [part, cases] = split.test.length > 0
    ? ["test", split.test] as const
    : ["validation", split.validation] as const;
  const predictor = await Predictor.open(run.path);
  try {
    const title = galleryTitle(predictor, { part });
    return await renderGallery(predictor, cases, { title });
  } finally {
    await predictor.dispose();
  }
}
