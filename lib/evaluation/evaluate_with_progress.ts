import { startProgress } from "papilio/core/progress.ts";
import {
  type AnyEvaluation,
  evaluateAny,
  type EvaluationOptions,
} from "papilio/evaluation/evaluate_run.ts";
import type { EvaluationCases } from "papilio/evaluation/evaluation_cases.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { decisionOf } from "papilio/predict/recipe.ts";

/**
 * As `evaluateAny`, and tells how far it is: first in the validation cases, of which the threshold is
 * chosen, then in those that are judged.
 */
export async function evaluateWithProgress(
  predictor: Predictor,
  modelPath: string,
  found: EvaluationCases,
  options: EvaluationOptions,
): Promise<AnyEvaluation> {
  const { cases } = found;
  const validation = decisionOf(predictor).classes ? 0 : found.validation.length;
  const startJudging = () => startProgress("evaluate", cases.length, { unit: "images" });
  let progress = validation > 0
    ? startProgress("threshold", validation, { unit: "validation images" })
    : startJudging();
  const onValidationCase = (done: number) => {
    progress.update(done);
    if (done < validation) return;
    progress.stop();
    progress = startJudging();
  };
  const onCase = (done: number) => progress.update(done);
  return await evaluateAny(predictor, modelPath, found, { ...options, onValidationCase, onCase })
    .finally(() => progress.stop());
}
