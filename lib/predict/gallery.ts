import { type ClassEntry, namesOf } from "papilio/core/classes.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import type { BinaryMask, Case, ClassMask, RgbImage } from "papilio/data/case.ts";
import { decodeImage, imageSize } from "papilio/data/decode.ts";
import type { IntensityRange } from "papilio/data/intensities.ts";
import { emptyMask, resizeMask } from "papilio/data/masks.ts";
import { meanOverClasses } from "papilio/metrics/class_scores.ts";
import { confusionMatrix, countsOfClass } from "papilio/metrics/confusion_matrix.ts";
import { countPixels, dice, iou, metricText } from "papilio/metrics/counts.ts";
import { ignoreAs, withoutIgnored } from "papilio/metrics/ignored.ts";
import { foregroundOfClasses } from "papilio/predict/class_mask.ts";
import { predictCase, trueShare } from "papilio/predict/predict_cases.ts";
import { drawnClasses, type Predictor } from "papilio/predict/predictor.ts";
import {
  maskByRecipe,
  plainRecipe,
  type Recipe,
  type RecipeSource,
} from "papilio/predict/recipe.ts";
import { hasSeveralClasses, readTruth } from "papilio/predict/truth.ts";
import {
  type DrawnClass,
  drawnOf,
  legendOf,
  renderClassOverlay,
} from "papilio/report/class_overlay.ts";
import { fitIntoSquare, type GridOptions, type Panel, renderGrid } from "papilio/report/grid.ts";
import { ignoredLegend } from "papilio/report/ignored.ts";
import { renderOverlay } from "papilio/report/overlay.ts";

export interface GalleryOptions extends GridOptions {
  title: string;
  /** At most so many cases, spread evenly over all. */
  count?: number;
  /** How masks are made; by default plainly, at the network's threshold or by its likeliest classes. */
  recipe?: Recipe;
  /** How the masks of the cases tell classes; by default as those that the network was trained on. */
  classes?: readonly ClassEntry[];
  /** How photos are drawn; by default as the network sees them. */
  intensityRange?: IntensityRange | undefined;
}

/**
 * A contact sheet of cases: the photo with the predicted mask (blue) and the true one (orange). With several
 * classes the photo twice, with the true ones and with the predicted ones, in their colours.
 *
 * Each picture carries its id, and the Dice and IoU of its mask at the photo's own size; of several classes
 * their means.
 *
 * @throws {PapilioError} if there is no case, or one cannot be read.
 */
export async function renderGallery(
  predictor: Predictor,
  cases: readonly Case[],
  options: GalleryOptions,
): Promise<Uint8Array> {
  const { recipe = plainRecipe(predictor) } = options;
  const shown = { intensityRange: predictor.intensityRange, ...options };
  const panels = recipe.classes ? classPanels : predictedPanels;
  const drawn = recipe.classes ? drawnClasses(predictor) : [];
  return await renderSheet(
    cases,
    (item, sidePx) => panels(predictor, item, { ...shown, sidePx, recipe, drawn }),
    { legend: legendOf(drawn), ...options },
  );
}

/** What a gallery shows: `"Predicted (blue) and true (orange) masks of test cases"`. */
export function galleryTitle(
  network: RecipeSource,
  { part, recipe = plainRecipe(network) }: { part: string; recipe?: Recipe },
): string {
  const shown = recipe.classes
    ? "True and predicted classes"
    : "Predicted (blue) and true (orange) masks";
  return `${shown} of ${part} cases`;
}

/**
 * A contact sheet of cases: the photo with the contour of its true mask (orange), or with its true classes in
 * their colours.
 *
 * Each picture carries its id, and how much of what is judged in it is foreground.
 *
 * @throws {PapilioError} if there is no case, or one cannot be read.
 */
export async function renderCases(
  cases: readonly Case[],
  options: GalleryOptions,
): Promise<Uint8Array> {
  const { classes = [], intensityRange } = options;
  const drawn = hasSeveralClasses(classes) ? drawnOf(classes) : [];
  return await renderSheet(
    cases,
    async (item, sidePx) => [await truePanel(item, { sidePx, classes, drawn, intensityRange })],
    { legend: legendOf(drawn), ...options },
  );
}

/** Panels come at the size at which they are shown: a dozen large photos never are in memory together. */
async function renderSheet(
  cases: readonly Case[],
  toPanels: (item: Case, sidePx: number) => Promise<Panel[]>,
  { count = 12, panelPx = 256, scale = 1, ...grid }: GalleryOptions,
): Promise<Uint8Array> {
  const work = (item: Case) => toPanels(item, panelPx * scale);
  const panels: Panel[] = [];
  for await (const some of mapAhead(spread(cases, count), work, 2)) panels.push(...some);
  return await renderGrid(panels, { ...grid, panelPx, scale });
}

/** Up to `count` of the items, at even distances. */
function spread<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(1, items.length / count);
  return items.filter((_, index) => Math.floor(index / step) > Math.floor((index - 1) / step));
}

interface PanelOptions {
  sidePx: number;
  recipe: Recipe;
  /** Of several classes. */
  drawn: readonly DrawnClass[];
  classes?: readonly ClassEntry[];
  intensityRange?: IntensityRange | undefined;
}

/** How a photo is drawn. */
type Drawing = Pick<PanelOptions, "sidePx" | "intensityRange">;

async function predictedPanels(
  predictor: Predictor,
  item: Case,
  { sidePx, intensityRange, ...options }: PanelOptions,
): Promise<Panel[]> {
  const { truth, found } = await foundAndTrue(predictor, item, options);
  const counts = countPixels(found.data, truth.data);
  return [{
    image: await outlined(item, { sidePx, intensityRange }, { truth, found }),
    legend: ignoredLegend([truth]),
    label: `${item.id}\nDice ${metricText(dice(counts))}, IoU ${metricText(iou(counts))}`,
  }];
}

async function classPanels(
  predictor: Predictor,
  item: Case,
  { sidePx, drawn, intensityRange, ...options }: PanelOptions,
): Promise<Panel[]> {
  const { truth, found } = await foundAndTrue(predictor, item, options);
  const drawing = { sidePx, intensityRange, drawn };
  const names = drawn.map(({ name }) => name);
  const matrix = confusionMatrix(found.data, truth.data, names.length);
  const counts = names.map((_, number) => countsOfClass(matrix, number));
  const mean = (metric: typeof dice) => metricText(meanOverClasses(counts, names, metric));
  return [
    {
      image: await tinted(item, truth, drawing),
      legend: ignoredLegend([truth]),
      label: `${item.id}\ntrue`,
    },
    {
      image: await tinted(item, found, drawing),
      label: `predicted\nmean Dice ${mean(dice)}, IoU ${mean(iou)}`,
    },
  ];
}

async function foundAndTrue(
  predictor: Predictor,
  item: Case,
  options: { recipe: Recipe; classes?: readonly ClassEntry[] },
) {
  const { map, truth } = await predictCase(predictor, item, options);
  const photo = { path: item.imagePath, size: truth };
  return { truth, found: (await maskByRecipe(map, photo, options.recipe)).mask };
}

async function truePanel(
  item: Case,
  { sidePx, classes, drawn, intensityRange }: Omit<PanelOptions, "recipe"> & {
    classes: readonly ClassEntry[];
  },
): Promise<Panel> {
  const truth = await readTruth(item, await imageSize(item.imagePath), classes);
  const isOfClasses = drawn.length > 0;
  const foreground = isOfClasses
    ? foregroundOfClasses(truth, namesOf(classes))
    : withoutIgnored(truth);
  return {
    image: isOfClasses
      ? await tinted(item, truth, { sidePx, drawn, intensityRange })
      : await outlined(item, { sidePx, intensityRange }, { truth, found: emptyMask(truth) }),
    legend: ignoredLegend([truth]),
    label: `${item.id}\nforeground ${shareText(foreground, truth)}`,
  };
}

/** The share of the foreground of what is judged: `"12.5 %"` */
function shareText(foreground: BinaryMask, truth: ClassMask): string {
  const share = trueShare(countPixels(foreground.data, ignoreAs(foreground, truth).data));
  return Number.isNaN(share) ? "–" : `${(share * 100).toFixed(1)} %`;
}

/** The photo with its classes, drawn at the size of the panel. */
async function tinted(
  item: Case,
  mask: ClassMask,
  { drawn, ...drawing }: Drawing & Pick<PanelOptions, "drawn">,
): Promise<RgbImage> {
  const shown = await photoOf(item, drawing);
  const atSize = resizeMask(mask, shown.widthPx, shown.heightPx);
  return renderClassOverlay(shown, atSize, { classes: drawn });
}

async function photoOf(
  { imagePath }: Case,
  { sidePx, intensityRange }: Drawing,
): Promise<RgbImage> {
  return await fitIntoSquare(await decodeImage(imagePath, { intensityRange }), sidePx);
}

/** Drawn at the size of the panel, so that contours are as wide on large photos as on small ones. */
async function outlined(
  item: Case,
  drawing: Drawing,
  { truth, found }: { truth: BinaryMask; found: BinaryMask },
): Promise<RgbImage> {
  const shown = await photoOf(item, drawing);
  const atSize = (mask: BinaryMask) => resizeMask(mask, shown.widthPx, shown.heightPx);
  return renderOverlay(shown, atSize(found), { truth: atSize(truth) });
}
