import { mapAhead } from "papilio/core/parallel.ts";
import type { Case } from "papilio/data/case.ts";
import { decodeImage, decodeResized } from "papilio/data/decode.ts";
import { readMask } from "papilio/data/masks.ts";
import { countPixels, dice, iou, metricText } from "papilio/metrics/counts.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { maskAtSize } from "papilio/predict/resize.ts";
import { fitIntoSquare, type Panel, renderGrid } from "papilio/report/grid.ts";
import { renderOverlay } from "papilio/report/overlay.ts";

const PANEL_PX = 256;

export interface GalleryOptions {
  title: string;
  /** At most so many cases, spread evenly over all. */
  count?: number;
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
  { title, count = 12 }: GalleryOptions,
): Promise<Uint8Array> {
  const panels: Panel[] = [];
  const work = (item: Case) => panelOf(predictor, item);
  for await (const panel of mapAhead(spread(cases, count), work, 2)) panels.push(panel);
  return await renderGrid(panels, { title, panelPx: PANEL_PX });
}

/** Up to `count` of the items, at even distances. */
function spread<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(1, items.length / count);
  return items.filter((_, index) => Math.floor(index / step) > Math.floor((index - 1) / step));
}

async function panelOf(predictor: Predictor, item: Case): Promise<Panel> {
  const image = await decodeImage(item.imagePath);
  const truth = await readMask(item, image);
  const { inputSidePx: sidePx, threshold } = predictor;
  const data = await predictor.predict(await decodeResized(item.imagePath, sidePx));
  const mask = maskAtSize({ data, sidePx }, image, { threshold });
  const counts = countPixels(mask.data, truth.data);
  return {
    // At once, so that a dozen large photos never are in memory together.
    image: await fitIntoSquare(renderOverlay(image, mask, { truth }), PANEL_PX),
    label: `${item.id}\nDice ${metricText(dice(counts))}, IoU ${metricText(iou(counts))}`,
  };
}
