import { PapilioError } from "papilio/core/errors.ts";
import { checkClassSteps } from "papilio/predict/postprocess/class_steps.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { decisionOf, type Recipe } from "papilio/predict/recipe.ts";

/** What of an evaluation depends on whether there are several classes. */
export interface ClassDependent {
  recipe: Recipe;
  /** Given by hand. */
  threshold?: number | undefined;
  bestThreshold?: boolean | undefined;
  sweep?: boolean | undefined;
}

/**
 * Finds out, before anything is predicted, whether a network can be judged so.
 *
 * @throws {PapilioError} for several classes and what only binary masks have, or without a table that says
 * how masks tell them.
 */
export function checkClassOptions(
  predictor: Predictor,
  { recipe, threshold, bestThreshold, sweep }: ClassDependent,
): void {
  const { classes } = decisionOf(predictor);
  if (!classes) return;
  if (predictor.classTable.length === 0) throw noTable(classes);
  checkClassSteps(recipe.postProcessing, classes);
  if (threshold !== undefined) throw ofBinaryMasks("--threshold", classes);
  if (bestThreshold) throw ofBinaryMasks("--best-threshold", classes);
  if (sweep) throw ofBinaryMasks("--sweep", classes);
}

/** @throws {PapilioError} if two networks do not have the same classes. */
export function checkSameClasses(first: Predictor, second: Predictor): void {
  const [ours, theirs] = [first, second].map((one) => decisionOf(one).classes ?? ["one class"]);
  if (ours?.join() === theirs?.join()) return;
  throw new PapilioError({
    cannot: "compare two runs",
    expected: `the classes of the first, ${ours?.join(", ")}`,
    got: `${theirs?.join(", ")}`,
    remedy: "Compare runs that were trained with the same --classes.",
  });
}

function ofBinaryMasks(option: string, classes: readonly string[]): PapilioError {
  return new PapilioError({
    cannot: `evaluate with ${option}`,
    expected: "a network of binary masks, which have a threshold",
    got: `one of the classes ${classes.join(", ")}, of which each pixel gets the likeliest`,
    remedy: `Leave ${option} away.`,
  });
}

function noTable(classes: readonly string[]): PapilioError {
  return new PapilioError({
    cannot: `judge a network of the classes ${classes.join(", ")}`,
    expected: "a table of how masks tell them, in the model's metadata papilio.classTable",
    got: "none",
    remedy:
      "Use a model that `deno task train` has written; masks alone come by `deno task export`.",
  });
}
