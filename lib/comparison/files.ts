import pl from "nodejs-polars";
import { join } from "@std/path";
import { z } from "zod";
import { writeFileAtomically } from "papilio/core/files.ts";
import {
  type ComparedMetric,
  comparedMetrics,
  type ComparisonRow,
} from "papilio/comparison/rows.ts";
import { comparisonMarkdown, type ComparisonTable } from "papilio/comparison/table.ts";
import { type AccuracyCostChart, renderAccuracyCost } from "papilio/report/accuracy_cost.ts";

/** Writes `compare.csv`, `compare.json`, `compare.md` and its pictures; returns their paths. */
export async function writeComparison(out: string, comparison: ComparisonTable): Promise<string[]> {
  const pictures = await drawPictures(comparison);
  const files = new Map<string, string | Uint8Array>([
    ["compare.csv", comparisonCsv(comparison.rows)],
    ["compare.json", JSON.stringify(comparison, null, 2) + "\n"],
    ["compare.md", comparisonMarkdown(comparison, [...pictures.keys()])],
    ...pictures,
  ]);
  for (const [name, content] of files) await writeFileAtomically(join(out, name), content);
  return [...files.keys()].map((name) => join(out, name));
}

const timesSchema = z.object({
  rows: z.array(z.object({ modelHash: z.string(), milliseconds: z.number().nullable() })),
});

/**
 * The times for an image that a comparison before this one measured, by the network's hash.
 *
 * A file that is damaged tells none: they can be measured again.
 */
export async function measuredBefore(out: string): Promise<Map<string, number>> {
  try {
    const text = await Deno.readTextFile(join(out, "compare.json"));
    const { rows } = timesSchema.parse(JSON.parse(text));
    return new Map(
      rows.flatMap(({ modelHash, milliseconds: time }) => time === null ? [] : [[modelHash, time]]),
    );
  } catch {
    return new Map();
  }
}

/** One line for each entry; what is not known is an empty cell. */
function comparisonCsv(rows: readonly ComparisonRow[]): Uint8Array {
  const numbers = (name: string, of: (row: ComparisonRow) => number | undefined) =>
    pl.Series(name, rows.map(of).map((value) => finiteOrNull(value)), pl.Float64);
  const whole = (name: string, of: (row: ComparisonRow) => number) =>
    pl.Series(name, rows.map(of), pl.Int32);
  const texts = (name: string, of: (row: ComparisonRow) => string) =>
    pl.Series(name, rows.map(of), pl.Utf8);
  const metrics = Object.keys(comparedMetrics) as ComparedMetric[];
  return pl.DataFrame([
    texts("name", ({ name }) => name),
    texts("folder", ({ folder }) => folder),
    whole("runs", ({ runs }) => runs),
    whole("missing_images", ({ missingImages }) => missingImages),
    ...metrics.flatMap((name) => [
      numbers(name, ({ metrics }) => metrics[name].value),
      numbers(`${name}_low`, ({ metrics }) => metrics[name].low),
      numbers(`${name}_high`, ({ metrics }) => metrics[name].high),
      numbers(`${name}_fold_mean`, ({ metrics }) => metrics[name].overFolds?.mean),
      numbers(`${name}_fold_sd`, ({ metrics }) => metrics[name].overFolds?.standardDeviation),
      whole(`${name}_images`, ({ metrics }) => metrics[name].images),
    ]),
    numbers("iou_difference", ({ difference }) => difference?.value),
    numbers("iou_difference_low", ({ difference }) => difference?.low),
    numbers("iou_difference_high", ({ difference }) => difference?.high),
    numbers("iou_difference_p", ({ difference }) => difference?.pValue),
    numbers("parameters", ({ parameters }) => parameters),
    numbers("multiply_adds", ({ multiplyAdds }) => multiplyAdds),
    numbers("ms_per_image", ({ milliseconds }) => milliseconds),
    numbers("training_seconds", ({ trainingSeconds }) => trainingSeconds),
    numbers("best_epoch", ({ bestEpoch }) => bestEpoch),
  ]).writeCSV();
}

function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** IoU over what a network costs, by each kind of cost; without networks that lack images. */
async function drawPictures(comparison: ComparisonTable): Promise<Map<string, Uint8Array>> {
  const costs: [string, AccuracyCostChart["costTitle"], (row: ComparisonRow) => number][] = [
    ["compare_multiply_adds.png", "multiply-adds for an image", (row) => row.multiplyAdds],
    ["compare_ms.png", "milliseconds for an image", (row) => row.milliseconds],
  ];
  const pictures = new Map<string, Uint8Array>();
  for (const [name, costTitle, costOf] of costs) {
    const whole = comparison.rows.filter(({ missingImages }) => missingImages === 0);
    const points = whole.map((row) => ({
      ...{ name: row.name, cost: costOf(row) },
      accuracy: row.metrics.iou,
    })).filter(({ cost, accuracy }) => cost > 0 && !Number.isNaN(accuracy.value));
    if (points.length === 0) continue;
    const title = "Accuracy and cost";
    const { folds, part } = comparison;
    const images = folds > 0 ? `in ${folds}-fold cross-validation` : `of ${part} images`;
    const accuracyTitle = `IoU ${images}, with its 95 % interval`;
    pictures.set(name, await renderAccuracyCost({ title, costTitle, accuracyTitle, points }));
  }
  return pictures;
}
