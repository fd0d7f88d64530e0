import { mapAhead } from "papilio/core/parallel.ts";
import type { Case } from "papilio/data/case.ts";
import { decodeWithin } from "papilio/data/decode.ts";
import { resizeMask } from "papilio/data/masks.ts";
import { countPixels, type Counts, iou, metricText } from "papilio/metrics/counts.ts";
import type { GalleryOptions } from "papilio/predict/gallery.ts";
import { predictCase } from "papilio/predict/predict_cases.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { maskByRecipe, plainRecipe } from "papilio/predict/recipe.ts";
import { errorLegend, renderErrorMap } from "papilio/report/error_map.ts";
import { fitIntoSquare, type Panel, renderGrid } from "papilio/report/grid.ts";

/**
 * The PNG of the photos of some cases, each beside what is wrong with its mask.
 *
 * Below stand the missed and the invented pixels, both as shares of the true ones.
 *
 * @throws {PapilioError} if there is no case, or one cannot be read.
 */
export async function renderErrorSheet(
  predictor: Predictor,
  cases: readonly Case[],
  { panelPx = 256, scale = 1, recipe = plainRecipe(predictor), ...grid }: GalleryOptions,
): Promise<Uint8Array> {
  const work = (item: Case) => errorPanels(predictor, item, { sidePx: panelPx * scale, recipe });
  const panels: Panel[] = [];
  for await (const pair of mapAhead(cases, work, 2)) panels.push(...pair);
  return await renderGrid(panels, { legend: errorLegend, ...grid, panelPx, scale });
}

async function errorPanels(
  predictor: Predictor,
  item: Case,
  { sidePx, recipe }: { sidePx: number } & Required<Pick<GalleryOptions, "recipe">>,
): Promise<Panel[]> {
  const { map, truth } = await predictCase(predictor, item, { recipe });
  const { mask } = await maskByRecipe(map, { path: item.imagePath, size: truth }, recipe);
  const counts = countPixels(mask.data, truth.data);
  const decoded = await decodeWithin(item.imagePath, sidePx, { caseId: item.id });
  const image = await fitIntoSquare(decoded, sidePx);
  const [found, expected] = [mask, truth].map((each) =>
    resizeMask(each, image.widthPx, image.heightPx)
  ) as [typeof mask, typeof mask];
  return [
    { image, label: `${item.id}\nIoU ${metricText(iou(counts))}` },
    { image: renderErrorMap(image, found, expected), label: errorText(counts) },
  ];
}

/** `"missed 12.0 %\ninvented 3.1 %"` */
function errorText({ truePositives, falsePositives, falseNegatives }: Counts): string {
  const there = truePositives + falseNegatives;
  const share = (pixels: number) => there === 0 ? "–" : `${(100 * pixels / there).toFixed(1)} %`;
  return `missed ${share(falseNegatives)}\ninvented ${share(falsePositives)}`;
}
