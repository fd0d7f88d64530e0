import { quoted } from "papilio/core/text.ts";
import type { CommandLine } from "papilio/report/page/report.ts";
import { type Recipe, recipeFlags } from "papilio/predict/recipe.ts";
import type { NearestPreset } from "papilio/evaluation/_nearest_preset.ts";

/** The commands that lead to a run, its evaluation and its report, from nothing. */
export function commandsOf(
  { run, data, nearest, part, recipe, own }: {
    run: string;
    data: string | undefined;
    nearest: NearestPreset | undefined;
    part: string | undefined;
    /** How its masks were made. */
    recipe: Recipe | undefined;
    /** The one that makes the page. */
    own: string | undefined;
  },
): CommandLine[] {
  const lines: CommandLine[] = [];
  if (nearest && data !== undefined) {
    const options = nearest.differences.map(({ name, value }) => `--${name}=${quoted(value)}`);
    lines.push({
      purpose: "Training with these settings:",
      command: [
        `deno task train ${quoted(data)} --preset ${nearest.preset} --out ${quoted(run)}`,
        ...options,
      ].join(" \\\n  "),
    });
  }
  const options = [...(part ? [`--split ${part}`] : []), ...(recipe ? [recipeFlags(recipe)] : [])];
  const evaluation = ["deno task evaluate", quoted(run), ...options].join(" ");
  lines.push({ purpose: "Evaluation:", command: evaluation });
  lines.push({ purpose: "This page:", command: own ?? `deno task report ${quoted(run)}` });
  return lines;
}
