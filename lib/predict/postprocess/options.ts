import { z } from "zod";
import type { Size } from "papilio/data/masks.ts";

/** Below 1 a share of the photo's longer side, from 1 on pixels of the photo. */
const length = z.number().positive();
/** Below 1 a share of the photo's pixels, from 1 on pixels. */
const area = z.number().positive();

/**
 * What is done to a mask after the network, in this order; a step that is not named is left out.
 *
 * Lengths below 1 are shares of the photo's longer side, from 1 on pixels of the photo; areas below 1 are
 * shares of its pixels. The description of a field is its help on the command line.
 */
export const postProcessingSchema = z.strictObject({
  tta: z.enum(["mirror", "flips", "rotations", "all"]).optional()
    .describe("average over views of the photo: mirror, flips, rotations, or all eight"),
  guidedFilter: length.optional()
    .describe("draw borders to edges of the photo's colours, at most so far"),
  smooth: length.optional().describe("smooth contours by a Gaussian of this sigma"),
  open: length.optional().describe("remove what a disk of this radius does not fit into"),
  close: length.optional().describe("fill gaps that a disk of this radius does not fit into"),
  fillHoles: z.union([z.literal(true), area]).optional()
    .describe("fill holes, all or those up to this area"),
  minArea: area.optional().describe("remove connected parts below this area"),
  largest: z.literal(true).optional().describe("keep the largest connected part alone"),
  splitObjects: z.number().min(0).max(1).optional()
    .describe("split objects at necks that are narrower than them by this share"),
});

/** What is done to a mask after the network; `{}` is nothing. */
export type PostProcessing = z.infer<typeof postProcessingSchema>;

type Step = keyof PostProcessing;

const steps = Object.keys(postProcessingSchema.shape) as Step[];

/**
 * The steps in their order, as text: the same for the same masks, and empty where nothing is done.
 *
 * @example
 * ```ts
 * import { postProcessingText } from "papilio/predict/postprocess/options.ts";
 * console.assert(postProcessingText({ fillHoles: true, open: 2 }) === "open=2 fillHoles");
 * console.assert(postProcessingText({}) === "");
 * ```
 */
export function postProcessingText(options: PostProcessing): string {
  return steps.filter((step) => options[step] !== undefined)
    .map((step) => options[step] === true ? step : `${step}=${options[step]}`)
    .join(" ");
}

/**
 * The steps as options of the commands.
 *
 * @example
 * ```ts
 * import { postProcessingFlags } from "papilio/predict/postprocess/options.ts";
 * console.assert(postProcessingFlags({ fillHoles: true, minArea: 20 }) === "--fill-holes --min-area 20");
 * ```
 */
export function postProcessingFlags(options: PostProcessing): string {
  return steps.filter((step) => options[step] !== undefined).map((step) => {
    const flag = `--${step.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return options[step] === true ? flag : `${flag} ${options[step]}`;
  }).join(" ");
}

/** Whether the photo itself is needed, at its own size. */
export function needsImage({ guidedFilter }: PostProcessing): boolean {
  return guidedFilter !== undefined;
}

/**
 * A length in pixels of a photo.
 *
 * @example
 * ```ts
 * import { lengthPx } from "papilio/predict/postprocess/options.ts";
 * const photo = { widthPx: 400, heightPx: 300 };
 * console.assert(lengthPx(2, photo) === 2 && lengthPx(0.01, photo) === 4);
 * ```
 */
export function lengthPx(length: number, { widthPx, heightPx }: Size): number {
  return length < 1 ? length * Math.max(widthPx, heightPx) : length;
}

/** An area in pixels of a photo. */
export function areaPx(area: number, { widthPx, heightPx }: Size): number {
  return area < 1 ? area * widthPx * heightPx : area;
}
