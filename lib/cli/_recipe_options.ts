import { type Command, InvalidArgumentError, Option } from "commander";
import { PapilioError } from "papilio/core/errors.ts";
import { type PostProcessing, postProcessingSchema } from "papilio/predict/postprocess/options.ts";
import { decisionOf, type Recipe, type RecipeSource, type Tiles } from "papilio/predict/recipe.ts";

/** What the command line says of how a photo becomes a mask. */
export interface RecipeFlags {
  threshold?: number;
  resizeProbabilities?: boolean;
  tiles?: Tiles;
  postProcessing: PostProcessing;
}

type Step = keyof PostProcessing;

const steps = Object.keys(postProcessingSchema.shape) as Step[];

/** How each step's value is shown in the help, and what stands for one that is left away. */
const values: Record<Step, [shown: string, preset?: number]> = {
  tta: ["<views>"],
  guidedFilter: ["[length]", 0.016],
  smooth: ["<length>"],
  open: ["<length>"],
  close: ["<length>"],
  fillHoles: ["[area]"],
  minArea: ["<area>"],
  largest: [""],
  splitObjects: ["[share]", 0.15],
};

/** Adds the options of threshold, tiles and post-processing to a command. */
export function addRecipeOptions(command: Command): Command {
  command
    .option("--threshold <0…1>", "probability from which a pixel is foreground", toFraction)
    .option("--resize-probabilities", "interpolate the probabilities: smoother borders")
    .option(
      "--tiles [scale]",
      "slide over large photos instead of squeezing them, at this scale or as in training",
      toScale,
    )
    .option("--tile-overlap <0…0.9>", "share of a tile that the next one covers too", toFraction);
  for (const step of steps) {
    const { description = "" } = postProcessingSchema.shape[step];
    const [shown, preset] = values[step];
    const option = new Option(`--${kebab(step)} ${shown}`.trim(), description);
    command.addOption(preset === undefined ? option : option.preset(String(preset)));
  }
  return command;
}

/**
 * Takes the recipe out of a command's options, and leaves the others.
 *
 * @throws {PapilioError} for a value that a step does not take.
 */
export function takeRecipe<Given extends Record<string, unknown>>(
  given: Given,
): { recipe: RecipeFlags; rest: Record<string, unknown> } {
  const { threshold, resizeProbabilities, tiles, tileOverlap, ...others } = given;
  const isStep = (name: string) => steps.includes(name as Step);
  const chosen = Object.entries(others).filter(([name]) => isStep(name));
  const rest = Object.fromEntries(Object.entries(others).filter(([name]) => !isStep(name)));
  const recipe: RecipeFlags = { postProcessing: parseSteps(chosen) };
  if (threshold !== undefined) recipe.threshold = threshold as number;
  if (resizeProbabilities) recipe.resizeProbabilities = true;
  if (tiles !== undefined || tileOverlap !== undefined) {
    recipe.tiles = {
      scale: typeof tiles === "number" ? tiles : undefined,
      overlap: (tileOverlap as number | undefined) ?? 0.25,
    };
  }
  return { recipe, rest };
}

/**
 * The recipe that the flags describe, for a network.
 *
 * @example
 * ```ts
 * import { recipeOf } from "papilio/cli/_recipe_options.ts";
 * const recipe = recipeOf({ postProcessing: { largest: true } }, { threshold: 0.5 });
 * console.assert(recipe.threshold === 0.5 && recipe.interpolation === "nearest");
 * ```
 */
export function recipeOf(
  { threshold, resizeProbabilities = false, tiles, postProcessing }: RecipeFlags,
  predictor: RecipeSource,
): Recipe {
  return {
    ...decisionOf({ ...predictor, threshold: threshold ?? predictor.threshold }),
    interpolation: resizeProbabilities ? "bilinear" : "nearest",
    tiles,
    postProcessing,
  };
}

function parseSteps(chosen: [string, unknown][]): PostProcessing {
  const numbers = chosen.map(([name, value]) => {
    const isNumber = typeof value === "string" && value.trim() !== "" && name !== "tta";
    return [name, isNumber ? Number(value) : value];
  });
  const parsed = postProcessingSchema.safeParse(Object.fromEntries(numbers));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0] ?? "");
  throw new PapilioError({
    cannot: "post-process masks",
    expected: `a value that --${kebab(name)} takes`,
    got: `${chosen.find(([step]) => step === name)?.[1]} (${issue?.message})`,
    remedy: "`--help` says what each option takes.",
  });
}

/** `fillHoles` → `fill-holes`. */
function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function toFraction(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError("Give a number from 0 to 1.");
  }
  return value;
}

function toScale(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) {
    throw new InvalidArgumentError("Give a number above 0, at most 1.");
  }
  return value;
}
