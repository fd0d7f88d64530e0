import { mapAhead } from "papilio/core/parallel.ts";
import type { BinaryMask, Case, RgbImage } from "papilio/data/case.ts";
import { decodeImage, imageSize } from "papilio/data/decode.ts";
import { emptyMask, foregroundFraction, readMask, resizeMask } from "papilio/data/masks.ts";
import { countPixels, dice, iou, metricText } from "papilio/metrics/counts.ts";
import { predictCase } from "papilio/predict/predict_cases.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { maskByRecipe, plainRecipe, type Recipe } from "papilio/predict/recipe.ts";
import { fitIntoSquare, type GridOptions, type Panel, renderGrid } from "papilio/report/grid.ts";
import { renderOverlay } from "papilio/report/overlay.ts";

export interface GalleryOptions extends GridOptions {
  title: string;
  /** At most so many cases, spread evenly over all. */
  count?: number;
  /** How masks are made; by default plainly, at the network's threshold. */
  recipe?: Recipe;
}

/**
 * A contact sheet of cases: the photo with the predicted mask (blue) and the true one (orange).
 *
 * Each picture carries its id, and the Dice and IoU of its mask at the photo's own size.
 *
 * @throws {PapilioError} if there is no case, or one cannot be read.
 */
export async function renderGallery(
  predictor: Predictor,
  cases: readonly Case[],
  options: GalleryOptions,
): Promise<Uint8Array> {
  return await renderSheet(
    cases,
    (item, sidePx) => {
      return predictedPanel(predictor, item, {
        sidePx,
        recipe: plainRecipe(predictor),
        ...options,
      });
    },
    options,
  );
}

/**
 * A contact sheet of cases: the photo with the contour of its true mask (orange).
 *
 * Each picture carries its id, and how much of it is foreground.
 *
 * @throws {PapilioError} if there is no case, or one cannot be read.
 */
export async function renderCases(
  cases: readonly Case[],
  options: GalleryOptions,
): Promise<Uint8Array> {
  return await renderSheet(cases, truePanel, options);
}

/** Panels come at the size at which they are shown: a dozen large photos never are in memory together. */
async function renderSheet(
  cases: readonly Case[],
  toPanel: (item: Case, sidePx: number) => Promise<Panel>,
  { count = 12, panelPx = 256, scale = 1, ...grid }: GalleryOptions,
): Promise<Uint8Array> {
  const work = (item: Case) => toPanel(item, panelPx * scale);
  const panels: Panel[] = [];
  for await (const panel of mapAhead(spread(cases, count), work, 2)) panels.push(panel);
  return await renderGrid(panels, { ...grid, panelPx, scale });
}

/** Up to `count` of the items, at even distances. */
function spread<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(1, items.length / count);
  return items.filter((_, index) => Math.floor(index / step) > Math.floor((index - 1) / step));
}

async function predictedPanel(
  predictor: Predictor,
  item: Case,
  { sidePx, recipe }: { sidePx: number; recipe: Recipe },
): Promise<Panel> {
  const { map, truth } = await predictCase(predictor, item, { recipe });
  const photo = { path: item.imagePath, size: truth };
  const { mask: found } = await maskByRecipe(map, photo, recipe);
  const counts = countPixels(found.data, truth.data);
  return {
    image: await outlined(item, sidePx, { truth, found }),
    label: `${item.id}\nDice ${metricText(dice(counts))}, IoU ${metricText(iou(counts))}`,
  };
}

async function truePanel(item: Case, sidePx: number): Promise<Panel> {
  const truth = await readMask(item, await imageSize(item.imagePath));
  const percent = (foregroundFraction(truth) * 100).toFixed(1);
  return {
    image: await outlined(item, sidePx, { truth, found: emptyMask(truth) }),
    label: `${item.id}\nforeground ${percent} %`,
  };
}

/** Drawn at the size of the panel, so that contours are as wide on large photos as on small ones. */
async function outlined(
  item: Case,
  sidePx: number,
  { truth, found }: { truth: BinaryMask; found: BinaryMask },
): Promise<RgbImage> {
  const shown = await fitIntoSquare(await decodeImage(item.imagePath), sidePx);
  const atSize = (mask: BinaryMask) => resizeMask(mask, shown.widthPx, shown.heightPx);
  return renderOverlay(shown, atSize(found), { truth: atSize(truth) });
}
