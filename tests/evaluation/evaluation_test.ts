import { join } from "@std/path";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { usableCases } from "papilio/data/data_set.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { type CaseRecord, recordCases } from "papilio/evaluation/case_record.ts";
import { compareRecords } from "papilio/evaluation/comparison.ts";
import { describeComparison, describeEvaluation } from "papilio/evaluation/describe.ts";
import { evaluate } from "papilio/evaluation/evaluate_run.ts";
import { findEvaluationCases } from "papilio/evaluation/evaluation_cases.ts";
import { evaluationMetric, evaluationMetrics } from "papilio/evaluation/metric_table.ts";
import { metricsFrame } from "papilio/evaluation/metrics_file.ts";
import { chooseThreshold, summarizeRecords } from "papilio/evaluation/summary.ts";
import { plainRecipe } from "papilio/predict/recipe.ts";
import { inFolder, withPredictor } from "../predict/_fixtures.ts";
import { writeDataSet } from "./_fixtures.ts";

/** Records of the brightness model on photos whose right half, 400 pixels, is bright. */
async function recordsOf(masks: Record<string, number>, options: object = {}) {
  let result: Awaited<ReturnType<typeof recordCases>> | undefined;
  await inFolder(async (folder) => {
    await writeDataSet(folder, masks);
    const cases = usableCases(await readDataSet(folder));
    await withPredictor(async (predictor) => {
      const recipe = { ...plainRecipe(predictor), ...options };
      result = await recordCases(predictor, cases, { recipe });
    });
  });
  return present(result);
}

const value = (records: readonly CaseRecord[], name: string) =>
  records.map(evaluationMetric(name).ofImage);

Deno.test("records: counts, borders and objects of masks that are right, too small and empty", async () => {
  // Truth begins at column 20 as the prediction does, at 30, or nowhere.
  const { records, failures } = await recordsOf({ a: 20, b: 30, c: 40 });
  expect(failures).toEqual([]);
  expect(records.map(({ id, widthPx, heightPx }) => [id, widthPx, heightPx]))
    .toEqual([["a", 40, 20], ["b", 40, 20], ["c", 40, 20]]);
  expect(value(records, "iou")).toEqual([1, 0.5, 0]);
  expect(value(records, "dice")).toEqual([1, 2 / 3, 0]);
  expect(value(records, "recall")).toEqual([1, 1, NaN]);
  expect(records.map(({ foregroundFraction }) => foregroundFraction)).toEqual([0.5, 0.25, 0]);
  // The left borders lie 10 pixels apart: the farthest of all distances.
  expect(value(records, "hausdorff_px")).toEqual([0, 10, NaN]);
  expect(value(records, "boundary_f1")[0]).toBe(1);
  expect(value(records, "precision_50")).toEqual([1, 0, 0]);
  expect(records.map(({ instances }) => [instances.trueObjects, instances.predictedObjects]))
    .toEqual([[1, 1], [1, 1], [0, 1]]);
});

Deno.test("records: the recipe's post-processing is judged, the probabilities are the network's", async () => {
  const { records } = await recordsOf({ a: 20 }, { postProcessing: { minArea: 500 } });
  expect(value(records, "iou")).toEqual([0]);
  expect(records[0]?.histogram.foreground[256]).toBeGreaterThan(1000);
});

Deno.test("records: a photo that cannot be read is a failure, and the others are judged", async () => {
  await inFolder(async (folder) => {
    await writeDataSet(folder, { a: 20, b: 20 });
    await Deno.writeTextFile(join(folder, "a", "images", "a.png"), "no photo");
    const { cases } = await readDataSet(folder);
    await withPredictor(async (predictor) => {
      const done: number[] = [];
      const onCase = (count: number) => void done.push(count);
      const options = { recipe: plainRecipe(predictor), onCase };
      const { records, failures } = await recordCases(predictor, cases, options);
      expect([records.map(({ id }) => id), failures.map(({ id }) => id)]).toEqual([["b"], ["a"]]);
      expect(failures[0]?.error).toContain("a.png");
      expect(done).toEqual([1, 2]);
    });
  });
});

Deno.test("summary: means over images leave out what is not defined, sums do not", async () => {
  const { records } = await recordsOf({ a: 20, b: 30, c: 40 });
  const summary = summarizeRecords(records, { seed: 1 });
  const metric = (name: string) => present(summary.metrics.find((found) => found.name === name));
  expect(metric("recall").macro).toMatchObject({ value: 1, images: 2, low: 1, high: 1 });
  expect(metric("iou").macro).toMatchObject({ value: 0.5, images: 3 });
  // 600 of 1200 predicted pixels are right, and no true one is missed.
  expect(metric("iou").micro?.value).toBe(0.5);
  expect(metric("dice").micro?.value).toBe(2 / 3);
  expect(metric("hausdorff_px").micro).toBeUndefined();
  expect(metric("iou").leftOut).toBeUndefined();
  const empty = { reason: "nothing there", images: 1 };
  expect([metric("recall").leftOut, metric("hausdorff_px").leftOut]).toEqual([[empty], [empty]]);
  expect(metric("segmentation_quality").leftOut).toEqual([
    { reason: "no object matched", images: 1 },
    empty,
  ]);
  const { low, high } = metric("iou").macro;
  expect([low < 0.5, high > 0.5]).toEqual([true, true]);
  expect(summary.ranked).toEqual(["c", "b", "a"]);
  expect(summary.objects).toMatchObject({ true: 2, predicted: 3 });
  expect(summary.thresholds.dice.length).toBe(257);
  expect(summary).toEqual(summarizeRecords(records, { seed: 1 }));
});

Deno.test("the best threshold is where the Dice is highest, and says on what it was chosen", async () => {
  const { records } = await recordsOf({ a: 20 });
  // Black is 0 and white is 1: all thresholds above 0 do, and 0.5 is the middle one.
  expect(chooseThreshold(records, "validation")).toEqual({
    part: "validation",
    images: 1,
    threshold: 0.5,
    dice: 1,
    flatFrom: expect.any(Number),
    flatTo: expect.any(Number),
  });
});

Deno.test("the metrics of images as a table: what is not defined is empty", async () => {
  const { records } = await recordsOf({ a: 20, c: 40 });
  const frame = metricsFrame(records);
  expect(frame.columns.slice(0, 8)).toEqual([
    ...["id", "width_px", "height_px", "foreground_fraction"],
    ...["true_objects", "predicted_objects", "dice", "iou"],
  ]);
  expect(frame.columns.length).toBe(6 + evaluationMetrics.length);
  expect(frame.getColumn("recall").toArray()).toEqual([1, null]);
  expect(new Set(frame.columns).size).toBe(frame.columns.length);
});

Deno.test("comparison: the same runs do not differ; a better one is ahead with all images", async () => {
  const masks = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`p${i}`, 22 + i]));
  const { records: whole } = await recordsOf(masks);
  const { records: none } = await recordsOf(masks, { postProcessing: { minArea: 500 } });
  const iou = (rows: ReturnType<typeof compareRecords>) =>
    present(rows.find(({ metric, averaging }) => metric.name === "iou" && averaging === "macro"));
  const same = iou(compareRecords(whole, whole, { seed: 1 })).comparison;
  expect([same.difference.value, same.difference.low, same.test.pValue]).toEqual([0, 0, 1]);
  const { first, second, comparison } = iou(compareRecords(none, whole, { seed: 1 }));
  expect([first, comparison.images, comparison.difference.value]).toEqual([0, 8, second]);
  // Of the 2⁸ ways to swap, two are as extreme.
  expect(comparison.test.pValue).toBe(2 / 256);
  expect(describeComparison(compareRecords(none, whole, { seed: 1 }))).toContain("IoU");
  expect(() => compareRecords(whole, [], { seed: 1 })).toThrow("that both were judged on");
});

Deno.test("comparison: a metric that no image has in both runs is told of", async () => {
  const { records: whole } = await recordsOf({ a: 20, b: 30 });
  const { records: none } = await recordsOf({ a: 20, b: 30 }, { postProcessing: { minArea: 500 } });
  const text = describeComparison(compareRecords(none, whole, { seed: 1 }));
  expect(text).not.toMatch(/^Precision/m);
  expect(text).toMatch(/^not compared, since no image has them in both: Precision/m);
  expect(describeComparison(compareRecords(whole, whole, { seed: 1 }))).not.toContain(
    "not compared",
  );
});

Deno.test("evaluation of other data than the run's, with a threshold of the run's own validation cases", async () => {
  await inFolder(async (folder) => {
    await writeDataSet(join(folder, "data"), { a: 20, b: 30 });
    await withPredictor(async (predictor) => {
      const found = await findEvaluationCases("model.onnx", { data: join(folder, "data") });
      expect([found.part, found.cases.length, found.validation]).toEqual(["all", 2, []]);
      const recipe = plainRecipe(predictor);
      const { summary } = await evaluate(predictor, "model.onnx", found, { recipe });
      expect(summary).toMatchObject({ images: 2, part: "all", threshold: 0.5, failures: [] });
      expect(describeEvaluation(summary)).toContain("IoU");
      await expect(evaluate(predictor, "model.onnx", found, { recipe, bestThreshold: true }))
        .rejects.toThrow("Cannot choose the threshold");
      const [a] = found.cases;
      const withValidation = { ...found, validation: [present(a)] };
      const done: string[] = [];
      const best = await evaluate(predictor, "model.onnx", withValidation, {
        recipe: { ...recipe, threshold: 0.9 },
        bestThreshold: true,
        onValidationCase: (count) => void done.push(`validation ${count}`),
        onCase: (count) => void done.push(`judged ${count}`),
      });
      expect(best.summary.threshold).toBe(0.5);
      expect(best.summary.chosenThreshold?.part).toBe("validation");
      expect(done).toEqual(["validation 1", "judged 1", "judged 2"]);
    });
  });
  await expect(findEvaluationCases("model.onnx")).rejects.toThrow("--data");
});
