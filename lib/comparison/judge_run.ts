import { present } from "papilio/core/assert.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import type { PlannedRun } from "papilio/comparison/planned_runs.ts";
import type { EngineWish } from "papilio/engine/choose.ts";
import { evaluationFolder, findEvaluationCases } from "papilio/evaluation/evaluation_cases.ts";
import { evaluationOf, type ImageMetrics } from "papilio/evaluation/stored_evaluation.ts";
import { Predictor } from "papilio/predict/predictor.ts";
import { plainRecipe } from "papilio/predict/recipe.ts";
import { readSummary } from "papilio/train/summary.ts";

/** What a finished run came to. */
export interface JudgedRun {
  run: PlannedRun;
  /** The cases on which it is judged. */
  part: string;
  /** Metrics of each image at its own size, by the case's id. */
  byId: ReadonlyMap<string, ImageMetrics>;
  modelHash: string;
  bestEpoch: number;
  trainingSeconds: number;
  parameters: number;
  /** Cases that it was trained on. */
  trainingCases: number;
}

/** What computes predictions; 0 threads: one for each processor. */
export type PredictionWish = EngineWish & { threads: number };

/**
 * Judges a finished run on its test cases, and on the validation cases where there are none.
 *
 * The evaluation is the run's own, as `deno task evaluate` writes it; one of this network that is there
 * is taken.
 *
 * @throws {PapilioError} if no case can be judged.
 */
export async function judgeRun(run: PlannedRun, wish: PredictionWish): Promise<JudgedRun> {
  const predictor = await Predictor.open(run.path, wish);
  try {
    const found = await findEvaluationCases(run.path, { takesData: false });
    const stored = present(
      await evaluationOf(evaluationFolder(run.path, found), {
        ...{ predictor, run: run.path, found },
        recipe: plainRecipe(predictor),
      }),
      "the evaluation",
    );
    const { bestEpoch, trainingSeconds, parameters, cases } = await readSummary(
      runFolder(run.path).summary,
    );
    return {
      ...{ run, part: found.part, byId: stored.byId, modelHash: predictor.modelHash },
      ...{ bestEpoch, trainingSeconds, parameters, trainingCases: cases.train },
    };
  } finally {
    await predictor.dispose();
  }
}
