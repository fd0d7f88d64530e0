import { BACKGROUND, classColours, type ClassEntry, IGNORED } from "papilio/core/classes.ts";
import type { LegendEntry } from "papilio/report/_legend.ts";
import { IGNORED_RGB, IGNORED_STRENGTH, ignoredLegend } from "papilio/report/ignored.ts";
import { rgbOf } from "papilio/report/_theme.ts";
import { blend, checkSize, defaultContourPx, type Rgb } from "papilio/report/overlay.ts";
import type { Raster } from "papilio/report/raster.ts";

/** How a class is drawn; its place in a list is its number. */
export interface DrawnClass {
  name: string;
  /** `"#56b4e9"` */
  colour: string;
}

/**
 * The classes of a table as they are drawn.
 *
 * @example
 * ```ts
 * import { parseClasses } from "papilio/core/classes.ts";
 * import { drawnOf } from "papilio/report/class_overlay.ts";
 * const [, pet] = drawnOf(parseClasses("background=2,pet=1"));
 * console.assert(pet?.colour === "#56b4e9");
 * ```
 */
export function drawnOf(classes: readonly ClassEntry[]): DrawnClass[] {
  const colours = classColours(classes);
  return classes.map(({ name }, i) => ({ name, colour: colours[i] as string }));
}

export interface ClassOverlayOptions {
  /** The background is not drawn. */
  classes: readonly DrawnClass[];
  /** The number of each pixel's object: contours run between objects that touch, too. */
  labels?: Int32Array | undefined;
  /** Width of a contour between two classes; by default as in `renderOverlay`. */
  contourPx?: number;
}

const TINT_STRENGTH = 0.35;

/**
 * The image with its classes drawn over it: a tint of each one's colour, and contours where they meet, each
 * side in its own colour.
 *
 * Shapes: image `[H, W, 3]`, mask `[H, W]` of class numbers, or `IGNORED`, which is grey; returns a new
 * `[H, W, 3]`.
 * @throws {PapilioError} if the mask has another size than the image.
 *
 * @example
 * ```ts
 * import { renderClassOverlay } from "papilio/report/class_overlay.ts";
 * const classes = [{ name: "background", colour: "#ffffff" }, { name: "cat", colour: "#0000ff" }];
 * const image = { data: new Uint8Array(12), widthPx: 4, heightPx: 1 };
 * const mask = { data: Uint8Array.of(1, 1, 0, 0), widthPx: 4, heightPx: 1 };
 * const { data } = renderClassOverlay(image, mask, { classes });
 * console.assert(data.join() === "0,0,89,0,0,255,0,0,255,0,0,0");
 * ```
 */
export function renderClassOverlay(
  image: Raster,
  mask: Raster,
  { classes, labels, contourPx = defaultContourPx(image) }: ClassOverlayOptions,
): Raster {
  checkSize(image, mask, "the classes");
  const isDrawn = Uint8Array.from({ length: 256 }, (_, i) => {
    return classes[i] !== undefined && classes[i].name !== BACKGROUND ? 1 : 0;
  });
  const reachPx = Math.max(1, Math.round(contourPx / 2));
  const contours = contoursOf(mask, { labels, isDrawn, reachPx });
  const colours = classes.map(({ colour }) => rgbOf(colour));
  const drawn = { ...image, data: Uint8Array.from(image.data) };
  for (let i = 0; i < contours.length; i++) {
    const [contour, number] = [contours[i] as number, mask.data[i] as number];
    if (contour > 0) blend(drawn.data, i * 3, colours[contour - 1] as Rgb, 1);
    else if (isDrawn[number]) blend(drawn.data, i * 3, colours[number] as Rgb, TINT_STRENGTH);
    else if (number === IGNORED) blend(drawn.data, i * 3, IGNORED_RGB, IGNORED_STRENGTH);
  }
  return drawn;
}

/** What the colours of an overlay stand for: the classes that are in one of the masks, and what is ignored. */
export function classLegend(
  masks: readonly Raster[],
  classes: readonly DrawnClass[],
): LegendEntry[] {
  const isThere = new Uint8Array(256);
  for (const { data } of masks) for (const number of data) isThere[number] = 1;
  return [...legendOf(classes.filter((_, i) => isThere[i] === 1)), ...ignoredLegend(masks)];
}

/** What the colours of the classes stand for: of all but the background. */
export function legendOf(classes: readonly DrawnClass[]): LegendEntry[] {
  return classes.filter(({ name }) => name !== BACKGROUND)
    .map(({ name, colour }) => ({ label: name, colour }));
}

interface ContourSettings {
  labels: Int32Array | undefined;
  isDrawn: Uint8Array;
  reachPx: number;
}

/** One more than the class in whose colour a pixel's contour is; 0 where there is none. */
function contoursOf(
  { data, widthPx, heightPx }: Raster,
  { labels, isDrawn, reachPx }: ContourSettings,
): Uint16Array {
  const contours = new Uint16Array(data.length);
  const mark = (pixel: number, across: number) => {
    const own = data[pixel] as number;
    const number = isDrawn[own] ? own : data[across] as number;
    if (isDrawn[number]) contours[pixel] = number + 1;
  };
  const differ = (i: number, j: number) =>
    data[i] !== data[j] || (labels !== undefined && labels[i] !== labels[j]);
  for (let y = 0, i = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++, i++) {
      if (x > 0 && differ(i, i - 1)) {
        for (let k = 1; k <= Math.min(reachPx, x); k++) mark(i - k, i);
        for (let k = 0; k < Math.min(reachPx, widthPx - x); k++) mark(i + k, i - 1);
      }
      if (y > 0 && differ(i, i - widthPx)) {
        for (let k = 1; k <= Math.min(reachPx, y); k++) mark(i - k * widthPx, i);
        for (let k = 0; k < Math.min(reachPx, heightPx - y); k++) {
          mark(i + k * widthPx, i - widthPx);
        }
      }
    }
  }
  return contours;
}
