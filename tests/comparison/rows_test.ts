import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { type Config, resolveConfig } from "papilio/core/config.ts";
import type { JudgedRun } from "papilio/comparison/judge_run.ts";
import { comparisonRows, type JudgedEntry } from "papilio/comparison/rows.ts";
import {
  comparisonMarkdown,
  type ComparisonTable,
  describeComparison,
} from "papilio/comparison/table.ts";
import { buildSegmentation } from "papilio/model/segmentation.ts";
import { layerCosts, totalCost } from "papilio/model/cost.ts";
import { bootstrap } from "papilio/metrics/bootstrap.ts";
import { compareValues } from "papilio/metrics/paired_comparison.ts";
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");
const config = resolveConfig("smoke", {
  encoder: "double-conv",
  encoderFilters: 4,
  encoderDepth: 2,
  decoderFilters: [],
});

const meanOf = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

/** An entry whose runs have the given IoU of each image. */
function judged(name: string, folds: Record<string, number>[], isFold = false): JudgedEntry {
  const entry = { name, folder: name, config };
  const runs = folds.map((values, i): JudgedRun => ({
    run: { entry, path: name, config, ...(isFold ? { fold: i + 1 } : {}) },
    part: "test",
    byId: new Map(
      Object.entries(values).map(([id, iou]) => [id, { iou, dice: iou / 2, boundary_f1: NaN }]),
    ),
    modelHash: `${name} ${i}`,
    bestEpoch: 4 + i,
    trainingSeconds: 60 * (i + 1),
    parameters: 1000,
    trainingCases: 6,
  }));
  return { entry, runs, milliseconds: 12.5 };
}

Deno.test("comparisonRows: the best first, means over the images for which a metric is defined", () => {
  const low = judged("low", [{ a: 0.2, b: 0.4, c: 0.3 }]);
  const high = judged("high", [{ c: 0.9, b: 0.5, a: 0.4, d: NaN }]);
  const [first, second] = comparisonRows([low, high], { seed: 1 });
  expect([first?.name, second?.name]).toEqual(["high", "low"]);
  expect(first?.metrics.iou).toMatchObject({ value: expect.closeTo(0.6, 12), images: 3 });
  expect(first?.metrics.dice.value).toBeCloseTo(0.3, 12);
  expect(first?.metrics.boundary_f1.value).toBeNaN();
  expect(first).toMatchObject({ runs: 1, bestEpoch: 4, trainingSeconds: 60, modelHash: "high 0" });
  expect(first?.difference).toBeUndefined();
  expect(first?.metrics.iou.overFolds).toBeUndefined();
  // By id: −0.2, −0.1, −0.6.
  expect(second?.difference?.value).toBeCloseTo(-0.3, 12);
  const paired = compareValues([0.9, 0.5, 0.4], [0.3, 0.4, 0.2], { seed: 1 });
  expect(second?.difference).toEqual({ ...paired.difference, pValue: paired.test.pValue });
});

Deno.test("comparisonRows: with folds, the mean over images, and that of the folds apart", () => {
  const [row] = comparisonRows([
    judged("a", [{ a: 0.2, b: 0.4 }, { c: 0.6 }, { d: 0.9 }], true),
  ], { seed: 1 });
  const { images, overFolds, ...interval } = present(row).metrics.iou;
  expect(interval).toEqual(bootstrap([0.2, 0.4, 0.6, 0.9], meanOf, { seed: 1 }));
  expect([interval.value, images]).toEqual([expect.closeTo(2.1 / 4, 12), 4]);
  // Folds 0.3, 0.6, 0.9.
  expect(overFolds).toEqual({
    mean: expect.closeTo(0.6, 12),
    standardDeviation: expect.closeTo(0.3, 12),
  });
  expect(row).toMatchObject({ runs: 3, bestEpoch: 5, trainingSeconds: 120, missingImages: 0 });
});

Deno.test("comparisonRows: what lacks images stands last, by the images that all such have", () => {
  const whole = judged("whole", [{ a: 0.3, b: 0.3 }, { c: 0.3, d: 0.3 }], true);
  // 0.9 over all its images, 0.5 over c, which the next has too.
  const easy = judged("easy", [{ a: 0.98, b: 0.98 }, { c: 0.5 }], true);
  const hard = judged("hard", [{ c: 0.6, d: 0.6 }], true);
  const rows = comparisonRows([easy, hard, whole], { seed: 1 });
  expect(rows.map(({ name, missingImages }) => [name, missingImages]))
    .toEqual([["whole", 0], ["hard", 2], ["easy", 1]]);
  const { value, low, high } = present(rows[1]?.difference); // To the first, by id.
  for (const end of [value, low, high]) expect(end).toBeCloseTo(0.3, 12);
  expect(rows[1]?.metrics.iou.overFolds?.standardDeviation).toBeNaN();
});

Deno.test("comparisonRows: multiply-adds are the network's, and its memory is freed", () => {
  const before = tf.memory().numTensors;
  const [row] = comparisonRows([judged("a", [{ a: 0.5 }])], { seed: 1 });
  expect(tf.memory().numTensors).toBe(before);
  const { model } = buildSegmentation(config);
  expect(row?.multiplyAdds).toBe(totalCost(layerCosts(model)).multiplyAdds);
  model.dispose();
});

const comparison = (entries: JudgedEntry[], folds = 0): ComparisonTable => ({
  ...{ data: "data/x", part: "test", images: 3, seed: 1, folds, classes: [] },
  rows: comparisonRows(entries, { seed: 1 }),
  failures: [{ name: "gone", error: "no weights" }, { name: "b|c", fold: 2, error: "diverged" }],
});

Deno.test("the table says what was judged, and what failed", () => {
  const made = comparison([judged("b|c", [{ a: 0.5 }]), judged("low", [{ a: 0.25 }])]);
  const text = describeComparison(made);
  expect(text).toContain("data/x: judged on 3 test images at their own size");
  expect(text).toMatch(/b\|c +0\.5000 \(0\.5000…0\.5000\) /);
  expect(text).toMatch(/low .*−0\.2500 \(−0\.2500…−0\.2500\) .* 12\.5 +1 min 00 s +4/);
  expect(text).toContain("gone: no weights\nb|c, fold 2: diverged");
  expect(text).toContain("parameters (M)");

  expect(text).not.toContain("Each image's are means over");
  expect(describeComparison({ ...made, classes: ["wings", "body"] }))
    .toContain("Each image's are means over wings, body.");

  const page = comparisonMarkdown(made, ["picture.png"]);
  expect(page).toContain(String.raw`| b\|c | 0.5000 (0.5000…0.5000) |  |  |`);
  expect(page).toContain("](picture.png)");
  const widths = page.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.replaceAll(String.raw`\|`, "").split("|").length);
  expect(new Set(widths).size).toBe(1);
});

Deno.test("the table names the networks that find nothing, and what may help them", () => {
  const from = (name: string, changes: Partial<Config>, values: Record<string, number>) => {
    const made = judged(name, [values]);
    const entry = { ...made.entry, config: { ...config, ...changes } };
    return { ...made, entry };
  };
  const slow = {
    encoderBatchNorm: true,
    encoderWeights: "none",
    batchNormMomentum: 0.999,
  } as const;
  const made = comparison([
    from("good", slow, { a: 0.5, b: 0.5 }),
    from("slow", slow, { a: 0, b: 0 }),
    from("fast", { ...slow, batchNormMomentum: 0.9 }, { a: NaN, b: NaN }),
    from("plain", { encoderBatchNorm: false }, { a: 0, b: 0 }),
  ]);
  const text = describeComparison(made);
  expect(text).not.toContain("good finds nothing");
  // What training says of a network from scratch.
  expect(text).toMatch(
    /\nslow finds nothing on the test images\. Without pretrained weights .* at momentum 0\.999 .* --batch-norm-momentum 0\.9\.\n/,
  );
  for (const name of ["fast", "plain"]) {
    expect(text).toContain(
      `\n${name} finds nothing on the test images. It may need more epochs, or another learning rate.\n`,
    );
  }
  expect(comparisonMarkdown(made, [])).toContain("\n- slow finds nothing on the test images.");
});

Deno.test("the table of folds: the mean over images, and means with deviations apart", () => {
  const entry = judged("a", [{ a: 0.2, b: 0.3 }, { c: 0.7 }], true);
  const text = describeComparison(comparison([entry], 2));
  expect(text).toContain("2-fold cross-validation: each of 3 images judged once");
  expect(text).toMatch(/a +0\.4000 \(0\.2000…0\.7000\) /);
  // Folds 0.25, 0.7; Dice are halves.
  expect(text).toMatch(/a +0\.4750 ± 0\.3182 +0\.2375 ± 0\.1591 +– +2 of 2/);
  expect(comparisonMarkdown(comparison([entry], 2), [])).toContain(
    "| a | 0.4750 ± 0.3182 | 0.2375",
  );
});

Deno.test("the table of folds says which networks lack images", () => {
  const [whole, part] = [
    judged("whole", [{ a: 0.2, b: 0.3 }, { c: 0.7 }], true),
    judged("part", [{ c: 0.9 }], true),
  ];
  const text = describeComparison(comparison([whole, part], 2));
  expect(text).not.toContain("judged once");
  expect(text).toContain(
    "each network judged on the images that its finished folds test, of 3 in all;",
  );
  expect(text).toContain("part: judged on 1 of 3 images alone\nThose that lack images stand last");
  expect(text).toMatch(/part +0\.9000 +0\.4500 +– +1 of 2/);
});
