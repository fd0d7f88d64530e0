import pl from "nodejs-polars";
import { writeFileAtomically } from "papilio/core/files.ts";
import { startProgress } from "papilio/core/progress.ts";
import { counted, snakeCase } from "papilio/core/text.ts";
import type { Case } from "papilio/data/case.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { FEW_IMAGES } from "papilio/metrics/bootstrap.ts";
import { describeSweep } from "papilio/predict/postprocess/describe_sweep.ts";
import { sweepPostProcessing, type SweepRow } from "papilio/predict/postprocess/sweep.ts";
import { sweepCases } from "papilio/predict/postprocess/sweep_cases.ts";
import type { Recipe } from "papilio/predict/recipe.ts";

/**
 * Tries settings of post-processing on cases, writes their metrics and gains as CSV, and returns the
 * table for people.
 */
export async function writeSweep(
  path: string,
  predictor: Predictor,
  cases: readonly Case[],
  { threshold, interpolation }: Recipe,
): Promise<string> {
  const progress = startProgress("sweep", cases.length, { unit: "images" });
  let done = 0;
  const rows = await sweepPostProcessing(sweepCases(predictor, cases), {
    threshold,
    interpolation,
    onCase: () => progress.update(++done),
  }).finally(() => progress.stop());
  await writeFileAtomically(path, pl.DataFrame(rows.map(flat)).writeCSV());
  return [describeSweep(rows), ...caution(cases.length), `Written: ${path}`].join("\n");
}

function caution(images: number): string[] {
  if (images >= FEW_IMAGES) return [];
  return [
    `${
      counted(images, "image")
    }: with fewer than about ${FEW_IMAGES} the intervals are too narrow, and "better" is ` +
    "soon said.",
  ];
}

function flat({ setting, micro, macro, gain }: SweepRow): Record<string, string | number | null> {
  const cells: Record<string, string | number | null> = {
    setting,
    dice_micro: micro.dice,
    iou_micro: micro.iou,
  };
  for (const [name, value] of Object.entries(macro)) cells[snakeCase(name)] = orNull(value);
  for (const [name, { value, low, high }] of Object.entries(gain)) {
    cells[`gain_${snakeCase(name)}`] = orNull(value);
    cells[`gain_${snakeCase(name)}_low`] = orNull(low);
    cells[`gain_${snakeCase(name)}_high`] = orNull(high);
  }
  return cells;
}

const orNull = (value: number) => Number.isNaN(value) ? null : value;
