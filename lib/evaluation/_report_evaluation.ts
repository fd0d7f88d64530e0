import type { StoredEvaluation } from "papilio/evaluation/stored_evaluation.ts";
import type { EvaluationSummary } from "papilio/evaluation/summary.ts";
import type { EvaluationPart } from "papilio/report/page/report.ts";

/** Below so many objects to an image, the others are mostly parts of one. */
const SEVERAL_OBJECTS = 1.5;

/** Whether scores of objects say more than those of pixels. */
export function hasSeveralObjects({ objects, images }: EvaluationSummary): boolean {
  return objects.true >= SEVERAL_OBJECTS * images;
}

/** As the page shows it. */
export function evaluationPart({ summary, byId }: StoredEvaluation): EvaluationPart {
  const images = [...byId.values()];
  return {
    ...summary,
    hasSeveralObjects: hasSeveralObjects(summary),
    metrics: summary.metrics.map((metric) => ({
      ...metric,
      perImage: images.map((values) => values[metric.name] ?? NaN),
    })),
  };
}
