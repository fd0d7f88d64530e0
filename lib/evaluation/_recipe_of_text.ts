import { PapilioError } from "papilio/core/errors.ts";
import { postProcessingSchema } from "papilio/predict/postprocess/options.ts";
import { type Recipe, recipeText } from "papilio/predict/recipe.ts";

/** What `recipeText` writes in place of a threshold, where there are classes. */
const OF_CLASSES = "likeliest";

/**
 * The recipe that `recipeText` wrote; `classes` are the names of several.
 *
 * @throws {PapilioError} if the text is of another version, or not of a recipe for these classes.
 */
export function recipeOfText(text: string, classes?: readonly string[]): Recipe {
  const [threshold = "", interpolation = "", ...words] = text.split(" ");
  const steps = new Map(words.map((word) => {
    const [name = "", value = "true"] = word.split("=");
    return [name, value];
  }));
  const tiles = steps.get("tiles")?.split(",");
  const isOwnRange = steps.get("range") === "image";
  for (const name of ["tiles", "range"]) steps.delete(name);
  const parsed = postProcessingSchema.safeParse(
    Object.fromEntries([...steps].map(([name, value]) => [name, valueOf(value)])),
  );
  const recipe: Recipe = {
    threshold: threshold === OF_CLASSES ? 0.5 : Number(threshold),
    ...(classes && { classes }),
    ...(isOwnRange && { intensityRange: "image" }),
    interpolation: interpolation as Recipe["interpolation"],
    postProcessing: parsed.data ?? {},
  };
  if (tiles) recipe.tiles = { scale: scaleOf(tiles[0]), overlap: Number(tiles[1]) };
  const isInterpolation = ["nearest", "bilinear"].includes(interpolation);
  if (parsed.success && isInterpolation && recipeText(recipe) === text) return recipe;
  throw unknownRecipe(text);
}

function valueOf(text: string): unknown {
  if (text === "true") return true;
  return Number.isNaN(Number(text)) ? text : Number(text);
}

function scaleOf(text: string | undefined): number | undefined {
  return text === undefined || text === "training" ? undefined : Number(text);
}

function unknownRecipe(text: string): PapilioError {
  return new PapilioError({
    cannot: "make the masks of an evaluation again",
    expected: "a recipe as `deno task evaluate` writes it",
    got: `"${text}"`,
    remedy: "Evaluate anew: `deno task evaluate <run>`.",
  });
}
