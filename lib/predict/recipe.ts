import type { ChannelImage } from "papilio/data/case.ts";
import { decodeImage, decodeResized } from "papilio/data/decode.ts";
import type { IntensityRange } from "papilio/data/intensities.ts";
import type { Predictor, SquarePredictor } from "papilio/predict/predictor.ts";
import { applyPostProcessing, type PostProcessed } from "papilio/predict/postprocess/apply.ts";
import { predictAugmented } from "papilio/predict/postprocess/augmented_prediction.ts";
import {
  needsImage,
  type PostProcessing,
  postProcessingFlags,
  postProcessingText,
} from "papilio/predict/postprocess/options.ts";
import type { SymmetryName } from "papilio/predict/postprocess/symmetries.ts";
import type { Interpolation, ProbabilityMap, Size } from "papilio/predict/resize.ts";
import { decodeForTiles, predictTiled } from "papilio/predict/tiles.ts";

/** How the network slides over a photo, in place of seeing it whole and squeezed. */
export interface Tiles {
  /** Size of objects for the network, of their size in the photo; by default as in training, at most 1. */
  scale?: number | undefined;
  /** Share of a tile that the next one covers too. */
  overlap: number;
}

/** How a photo becomes a mask. */
export interface Recipe {
  /** Probability from which a pixel is foreground, where there are no classes. */
  threshold: number;
  /** Names of the classes, of which each pixel gets the likeliest; none for a binary mask. */
  classes?: readonly string[];
  /** Which of the photo's values become 0…255, where the photo itself is needed. */
  intensityRange?: IntensityRange;
  interpolation: Interpolation;
  /** Without, the photo is squeezed into the network's square. */
  tiles?: Tiles | undefined;
  postProcessing: PostProcessing;
}

/** What a recipe takes from a network. */
export type RecipeSource =
  & Pick<Predictor, "threshold">
  & Partial<Pick<Predictor, "classes" | "intensityRange">>;

/** The network's threshold or its likeliest classes, its pixels repeated, and nothing more. */
export function plainRecipe(network: RecipeSource): Recipe {
  return { ...decisionOf(network), interpolation: "nearest", postProcessing: {} };
}

/** How probabilities decide: by classes where there are several, else by a threshold. */
export function decisionOf(
  { threshold, classes = [], intensityRange = "format" }: RecipeSource,
): Pick<Recipe, "threshold" | "classes" | "intensityRange"> {
  return {
    threshold,
    ...(classes.length > 1 && { classes }),
    ...(intensityRange !== "format" && { intensityRange }),
  };
}

/**
 * The recipe as text: the same for the same masks.
 *
 * @example
 * ```ts
 * import { plainRecipe, recipeText } from "papilio/predict/recipe.ts";
 * console.assert(recipeText(plainRecipe({ threshold: 0.5 })) === "0.5 nearest");
 * ```
 */
export function recipeText(recipe: Recipe): string {
  const { threshold, classes, intensityRange, interpolation, tiles, postProcessing } = recipe;
  return [
    `${classes ? "likeliest" : threshold} ${interpolation}`,
    ...(intensityRange === "image" ? ["range=image"] : []),
    ...(tiles ? [`tiles=${tiles.scale ?? "training"},${tiles.overlap}`] : []),
    postProcessingText(postProcessing),
  ].join(" ").trim();
}

/**
 * The recipe as options of the commands.
 *
 * @example
 * ```ts
 * import { plainRecipe, recipeFlags } from "papilio/predict/recipe.ts";
 * const recipe = { ...plainRecipe({ threshold: 0.5 }), postProcessing: { fillHoles: true } } as const;
 * console.assert(recipeFlags(recipe) === "--threshold 0.5 --fill-holes");
 * ```
 */
export function recipeFlags(recipe: Recipe): string {
  const { threshold, classes, interpolation, tiles, postProcessing } = recipe;
  return [
    ...(classes ? [] : [`--threshold ${threshold}`]),
    ...(interpolation === "bilinear" ? ["--resize-probabilities"] : []),
    ...(tiles ? [`--tiles ${tiles.scale ?? ""}`.trim(), `--tile-overlap ${tiles.overlap}`] : []),
    postProcessingFlags(postProcessing),
  ].join(" ").trim();
}

/** How photos are shown to the network in tiles, in words. */
export function describeTiles(
  { inputSidePx, trainingScale }: Pick<Predictor, "inputSidePx" | "trainingScale">,
  tiles: Tiles,
): string {
  const scale = scaleOf(tiles, trainingScale).toPrecision(3);
  return `tiles of ${inputSidePx}×${inputSidePx} pixels, photos at ${scale} of their own size`;
}

function scaleOf({ scale }: Tiles, trainingScale: number): number {
  return scale ?? Math.min(1, trainingScale);
}

/**
 * Reads a photo as the network wants it: squeezed into its square, or for tiles.
 *
 * @throws {PapilioError} if it cannot be read.
 */
export async function decodeFor(
  path: string,
  { inputSidePx, inputChannels, intensityRange, trainingScale }:
    & Pick<Predictor, "inputSidePx" | "inputChannels" | "trainingScale">
    & Partial<Pick<Predictor, "intensityRange">>,
  { tiles, caseId }: Pick<Recipe, "tiles"> & { caseId?: string },
): Promise<ChannelImage> {
  const options = {
    ...{ channels: inputChannels, intensityRange },
    ...(caseId !== undefined && { caseId }),
  };
  if (tiles) return await decodeForTiles(path, scaleOf(tiles, trainingScale), options);
  return await decodeResized(path, inputSidePx, options);
}

/**
 * The probabilities of a photo, by as many views as the recipe wants.
 *
 * Shapes: `[S, S, inputChannels]`, or for tiles `[H, W, inputChannels]`, uint8 → `[S, S]` or `[H, W]`
 * float32, with several classes `[S, S, channels]` or `[H, W, channels]`.
 * @throws the signal's reason, if it comes between tiles.
 */
export async function predictMap(
  predictor: SquarePredictor,
  image: ChannelImage,
  { tiles, postProcessing: { tta }, signal, onTiles }: Pick<Recipe, "tiles" | "postProcessing"> & {
    signal?: AbortSignal | undefined;
    /** Hears how many tiles are done. */
    onTiles?: ((done: number, total: number) => void) | undefined;
  },
): Promise<ProbabilityMap> {
  const network = tta === undefined ? predictor : withViews(predictor, tta);
  if (tiles) {
    return await predictTiled(network, image, {
      overlap: tiles.overlap,
      signal,
      onProgress: onTiles,
    });
  }
  const { inputSidePx: sidePx, channels } = predictor;
  return { data: await network.predict(image), sidePx, ...(channels > 1 && { channels }) };
}

/** A network that gives the mean over views of each image. */
function withViews(predictor: SquarePredictor, symmetries: SymmetryName): SquarePredictor {
  const predict = async (image: ChannelImage) => {
    const views = (images: readonly ChannelImage[]) => predictor.predictBatch(images);
    return (await predictAugmented(views, image, { symmetries })).mean;
  };
  return {
    inputSidePx: predictor.inputSidePx,
    channels: predictor.channels,
    predict,
    async predictBatch(images) {
      const maps: Float32Array[] = [];
      for (const image of images) maps.push(await predict(image));
      return maps;
    },
  };
}

/**
 * The mask of a photo at its own size, from its probabilities.
 *
 * @throws {PapilioError} if the recipe needs the photo itself and it cannot be read.
 */
export async function maskByRecipe(
  map: ProbabilityMap,
  { path, size }: { path: string; size: Size },
  { postProcessing, intensityRange, ...recipe }: Recipe,
): Promise<PostProcessed> {
  const image = needsImage(postProcessing)
    ? await decodeImage(path, { intensityRange })
    : undefined;
  return await applyPostProcessing(map, { ...recipe, size, image }, postProcessing);
}
