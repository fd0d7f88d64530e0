import { postProcessingFlags } from "papilio/predict/postprocess/options.ts";
import type { Recipe, Tiles } from "papilio/predict/recipe.ts";

/**
 * How masks are made, in words.
 *
 * @example
 * ```ts
 * import { describeRecipe } from "papilio/predict/describe_recipe.ts";
 * import { plainRecipe } from "papilio/predict/recipe.ts";
 * const words = describeRecipe(plainRecipe({ threshold: 0.5 }));
 * console.assert(words === "threshold 0.5, resized by nearest neighbour");
 * ```
 */
export function describeRecipe(
  { threshold, classes, intensityRange, interpolation, tiles, postProcessing }: Recipe,
): string {
  const flags = postProcessingFlags(postProcessing);
  return [
    classes ? "the likeliest class" : `threshold ${threshold}`,
    interpolation === "nearest"
      ? "resized by nearest neighbour"
      : "of probabilities resized bilinearly",
    ...(intensityRange === "image" ? ["photos read over their own range of values"] : []),
    ...(tiles ? [tilesText(tiles)] : []),
    ...(flags === "" ? [] : [`then ${flags}`]),
  ].join(", ");
}

function tilesText({ scale, overlap }: Tiles): string {
  const size = scale === undefined ? "the scale of training" : `${scale} of the photo's size`;
  return `in tiles at ${size}, which overlap by ${overlap}`;
}
