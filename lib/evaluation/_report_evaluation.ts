import { recipeWords } from "papilio/evaluation/_recipe_words.ts";
import type { StoredEvaluation } from "papilio/evaluation/stored_evaluation.ts";
import type { EvaluationSummary, MetricSummary } from "papilio/evaluation/summary.ts";
import type { ClassesPart, EvaluationPart } from "papilio/report/page/report.ts";

/** Below so many objects to an image, the others are mostly parts of one. */
const SEVERAL_OBJECTS = 1.5;

/** Whether scores of objects say more than those of pixels. */
export function hasSeveralObjects({ objects, images }: EvaluationSummary): boolean {
  return objects.true >= SEVERAL_OBJECTS * images;
}

/** As the page shows it. */
export function evaluationPart({ summary, byId }: StoredEvaluation): EvaluationPart | ClassesPart {
  const images = [...byId.values()];
  const recipe = recipeWords(summary);
  const withImages = (metric: MetricSummary, column = metric.name) => ({
    ...metric,
    perImage: images.map((values) => values[column] ?? NaN),
  });
  const metrics = summary.metrics.map((metric) => withImages(metric));
  if (!("classes" in summary)) {
    return { ...summary, recipe, hasSeveralObjects: hasSeveralObjects(summary), metrics };
  }
  const classes = summary.classes.map((one) => ({
    ...one,
    metrics: one.metrics.map((metric) => withImages(metric, `${metric.name}_${one.name}`)),
  }));
  return { ...summary, recipe, metrics, classes };
}
