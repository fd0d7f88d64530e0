import { type ClassEntry, classesText } from "papilio/core/classes.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { checkThreshold } from "papilio/predict/check_threshold.ts";
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
 * @throws {PapilioError} for several classes and what only binary masks have.
 */
export function checkClassOptions(
  predictor: Predictor,
  { recipe, threshold, bestThreshold, sweep }: ClassDependent,
): void {
  const { classes } = decisionOf(predictor);
  if (!classes) return;
  checkClassSteps(recipe.postProcessing, classes);
  checkThreshold(threshold, classes);
  if (bestThreshold) throw ofBinaryMasks("--best-threshold", classes);
  if (sweep) throw ofBinaryMasks("--sweep", classes);
}

/**
 * Finds out, before anything is predicted, whether two networks can be judged by the same true masks.
 *
 * One with a class table and one without may have the same: `compareEvaluations` tells.
 *
 * @throws {PapilioError} if they do not have the same classes, or their tables read masks otherwise.
 */
export function checkSameClasses(first: Predictor, second: Predictor): void {
  const networks = [first, second] as const;
  const [ours, theirs] = networks.map((one) => decisionOf(one).classes ?? ["one class"]);
  if (ours?.join() !== theirs?.join()) {
    throw notTheSame(`the classes of the first, ${ours?.join(", ")}`, `${theirs?.join(", ")}`);
  }
  if (networks.some(({ classTable }) => classTable.length === 0)) return;
  const [ourRules, theirRules] = networks.map(({ classTable }) => rulesOf(classTable));
  if (ourRules === theirRules) return;
  const [ourText, theirText] = networks.map(({ classTable }) => classesText(classTable));
  throw notTheSame(`masks read by the classes of the first, ${ourText}`, `${theirText}`);
}

/** Equal for tables that claim the same, whatever the order of a rule's parts. */
function rulesOf(classes: readonly ClassEntry[]): string {
  return JSON.stringify(
    classes.map(({ name, values, files }) => [name, values.toSorted(), files.toSorted()]),
  );
}

function notTheSame(expected: string, got: string): PapilioError {
  return new PapilioError({
    cannot: "compare two runs",
    ...{ expected, got },
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
