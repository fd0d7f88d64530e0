import { mapAhead } from "papilio/core/parallel.ts";
import type { Case, ClassMask } from "papilio/data/case.ts";
import { decodeWithin } from "papilio/data/decode.ts";
import { resizeMask } from "papilio/data/masks.ts";
import { countPixels, type Counts, iou, metricText } from "papilio/metrics/counts.ts";
import { classNumber, maskOfClass } from "papilio/predict/class_mask.ts";
import type { GalleryOptions } from "papilio/predict/gallery.ts";
import { type CaseOptions, predictCase } from "papilio/predict/predict_cases.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { maskByRecipe, plainRecipe, type Recipe } from "papilio/predict/recipe.ts";
import { errorLegend, renderErrorMap } from "papilio/report/error_map.ts";
import { fitIntoSquare, type Panel, renderGrid } from "papilio/report/grid.ts";
import { ignoredLegend } from "papilio/report/ignored.ts";

export interface ErrorSheetOptions extends GalleryOptions {
  /** Of several classes, the one whose errors are drawn; by default the first that is not the background. */
  className?: string;
}

/**
 * The PNG of the photos of some cases, each beside what is wrong with its mask, or with that of one class.
 *
 * Below stand the missed and the invented pixels, both as shares of the true ones.
 *
 * @throws {PapilioError} if there is no case, or one cannot be read.
 */
export async function renderErrorSheet(
  predictor: Predictor,
  cases: readonly Case[],
  options: ErrorSheetOptions,
): Promise<Uint8Array> {
  const { panelPx = 256, scale = 1, recipe = plainRecipe(predictor), classes, className, ...grid } =
    options;
  const settings = {
    sidePx: panelPx * scale,
    recipe,
    ...(classes && { classes }),
    number: recipe.classes && classNumber(recipe.classes, className),
  };
  const work = (item: Case) => errorPanels(predictor, item, settings);
  const panels: Panel[] = [];
  for await (const pair of mapAhead(cases, work, 2)) panels.push(...pair);
  return await renderGrid(panels, { legend: errorLegend, ...grid, panelPx, scale });
}

async function errorPanels(
  predictor: Predictor,
  item: Case,
  { sidePx, number, ...options }: CaseOptions & {
    recipe: Recipe;
    sidePx: number;
    number: number | undefined;
  },
): Promise<Panel[]> {
  const ofClass = (each: ClassMask) => number === undefined ? each : maskOfClass(each, number);
  const prediction = await predictCase(predictor, item, options);
  const truth = ofClass(prediction.truth);
  const photo = { path: item.imagePath, size: truth };
  const mask = ofClass((await maskByRecipe(prediction.map, photo, options.recipe)).mask);
  const counts = countPixels(mask.data, truth.data);
  const decoded = await decodeWithin(item.imagePath, sidePx, {
    caseId: item.id,
    intensityRange: predictor.intensityRange,
  });
  const image = await fitIntoSquare(decoded, sidePx);
  const atSize = (each: ClassMask) => resizeMask(each, image.widthPx, image.heightPx);
  return [
    { image, label: `${item.id}\nIoU ${metricText(iou(counts))}` },
    {
      image: renderErrorMap(image, atSize(mask), atSize(truth)),
      legend: ignoredLegend([truth]),
      label: errorText(counts),
    },
  ];
}

/** `"missed 12.0 %\ninvented 3.1 %"` */
function errorText({ truePositives, falsePositives, falseNegatives }: Counts): string {
  const there = truePositives + falseNegatives;
  const share = (pixels: number) => there === 0 ? "–" : `${(100 * pixels / there).toFixed(1)} %`;
  return `missed ${share(falseNegatives)}\ninvented ${share(falsePositives)}`;
}
