import { present } from "papilio/core/assert.ts";
import type { Case } from "papilio/data/case.ts";
import { startProgress } from "papilio/core/progress.ts";
import { outlinedPhotos } from "papilio/evaluation/_case_pictures.ts";
import type { ClassSummary } from "papilio/evaluation/class_summary.ts";
import { hasSeveralObjects } from "papilio/evaluation/_report_evaluation.ts";
import type { ImageMetrics, StoredEvaluation } from "papilio/evaluation/stored_evaluation.ts";
import { recipeOfText } from "papilio/evaluation/_recipe_of_text.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import type { CaseSheet, Fact } from "papilio/report/page/report.ts";

/** A sheet before its pictures are made. */
export interface PlannedSheet {
  title: string;
  ids: readonly string[];
}

/**
 * The worst, middle and best `count` of the ids, which rise by IoU; fewer of each where they would
 * overlap, and a single sheet where all fit on one.
 */
export function planSheets(
  ranked: readonly string[],
  count: number,
  metric = "IoU",
): PlannedSheet[] {
  if (ranked.length === 0) return [];
  if (ranked.length <= count) return [{ title: `All cases, by rising ${metric}`, ids: ranked }];
  const size = Math.min(count, Math.floor(ranked.length / 3)) || 1;
  const middle = Math.floor((ranked.length - size) / 2);
  const sheets = [
    { title: `Worst by ${metric}`, ids: ranked.slice(0, size) },
    { title: "Around the median", ids: ranked.slice(middle, middle + size) },
    { title: `Best by ${metric}`, ids: ranked.slice(-size).reverse() },
  ];
  return ranked.length < 3 ? sheets.filter((_, index) => index !== 1) : sheets;
}

/** The sheets of an evaluation with photo, outlines and figures of each case. */
export async function makeSheets(
  predictor: Predictor,
  cases: readonly Case[],
  { stored: { summary, byId }, count }: { stored: StoredEvaluation; count: number },
): Promise<CaseSheet[]> {
  const known = new Map(cases.map((item) => [item.id, item]));
  const classes = "classes" in summary ? summary.classes : undefined;
  const ranked = summary.ranked.filter((id) => known.has(id));
  const planned = planSheets(ranked, count, classes ? "mean IoU" : "IoU");
  const shown = planned.flatMap(({ ids }) => ids.map((id) => present(known.get(id))));
  const progress = startProgress("pictures", shown.length, { unit: "cases" });
  const photos = await outlinedPhotos(predictor, shown, {
    recipe: recipeOfText(summary.recipe, classes?.map(({ name }) => name)),
    onPicture: (done) => progress.update(done),
  }).finally(() => progress.stop());
  const pictures = new Map(photos.map((photo) => [photo.id, photo]));
  const factsOf = "classes" in summary
    ? (values: ImageMetrics) => classFacts(values, summary.classes)
    : (values: ImageMetrics) => metricFacts(values, hasSeveralObjects(summary));
  return planned.map(({ title, ids }) => ({
    title,
    cases: ids.map((id) => ({
      ...present(pictures.get(id)),
      metrics: factsOf(byId.get(id) ?? {}),
    })),
  }));
}

/** The means, and the IoU of each class that is there or was found. */
function classFacts(values: ImageMetrics, classes: readonly ClassSummary[]): Fact[] {
  const fixed = fixedOf(values);
  const iouOf = (name: string) => values[`iou_${name}`] ?? NaN;
  const [worst] = classes.filter(({ name, isMeasured }) => isMeasured && iouOf(name) >= 0)
    .sort((a, b) => iouOf(a.name) - iouOf(b.name));
  return [
    { label: "mean IoU", value: fixed("iou", 3) },
    { label: "worst", value: worst ? `${worst.name} ${fixed(`iou_${worst.name}`, 3)}` : "–" },
    { label: "mean Dice", value: fixed("dice", 3) },
    ...classes.map(({ name }) => ({ label: `IoU ${name}`, value: fixed(`iou_${name}`, 3) })),
    { label: "mean boundary F1", value: fixed("boundary_f1", 3) },
    { label: "accuracy", value: fixed("accuracy", 3) },
    { label: "size", value: `${fixed("width_px", 0)}×${fixed("height_px", 0)} px` },
  ];
}

function fixedOf(values: ImageMetrics) {
  return (name: string, digits: number, factor = 1): string => {
    const value = (values[name] ?? NaN) * factor;
    return Number.isFinite(value) ? value.toFixed(digits) : "–";
  };
}

function metricFacts(values: ImageMetrics, hasObjects: boolean): Fact[] {
  const fixed = fixedOf(values);
  const facts: [string, string][] = [
    ["IoU", fixed("iou", 3)],
    ["Dice", fixed("dice", 3)],
    ["precision", fixed("precision", 3)],
    ["recall", fixed("recall", 3)],
    ["boundary F1", fixed("boundary_f1", 3)],
    ["Hausdorff 95 %", `${fixed("hausdorff_95_px", 1)} px`],
    ["true foreground", `${fixed("foreground_fraction", 1, 100)} %`],
    ["size", `${fixed("width_px", 0)}×${fixed("height_px", 0)} px`],
  ];
  if (hasObjects) {
    facts.push(
      ["DSB score", fixed("dsb_score", 3)],
      ["objects, true", fixed("true_objects", 0)],
      ["objects, predicted", fixed("predicted_objects", 0)],
    );
  }
  return facts.map(([label, value]) => ({ label, value }));
}
