import { recipeOfText } from "papilio/evaluation/_recipe_of_text.ts";
import { describeRecipe } from "papilio/predict/describe_recipe.ts";
import type { Recipe } from "papilio/predict/recipe.ts";

/** As much of a summary as says how masks were made. */
interface SaysRecipe {
  recipe: string;
  /** Of several. */
  classes?: readonly { name: string }[];
}

/** How the masks of an evaluation were made; one of another version may name steps that are not known here. */
export function knownRecipe({ recipe, classes }: SaysRecipe): Recipe | undefined {
  try {
    return recipeOfText(recipe, classes?.map(({ name }) => name));
  } catch {
    return undefined;
  }
}

/** The same in words; what is not known as it stands. */
export function recipeWords(summary: SaysRecipe): string {
  const recipe = knownRecipe(summary);
  return recipe ? describeRecipe(recipe) : summary.recipe;
}
