import { expect } from "expect";
import { averageOf } from "papilio/metrics/averages.ts";
import { noCounts } from "papilio/metrics/counts.ts";
import { pixelMetrics, pixelSums as sums } from "papilio/metrics/pixel_metrics.ts";

const small = { ...noCounts, truePositives: 1, falseNegatives: 2, trueNegatives: 7 };
const large = { ...noCounts, truePositives: 90, falsePositives: 8, trueNegatives: 2 };
const empty = { ...noCounts, trueNegatives: 5 };

Deno.test("every metric is 1 where all pixels are right", () => {
  const right = { ...noCounts, truePositives: 3, trueNegatives: 4 };
  for (const { of } of Object.values(pixelMetrics)) expect(of(right)).toBe(1);
});

Deno.test("micro sums the counts, macro means the images for which it is defined", () => {
  const images = [small, large, empty];
  const iou = pixelMetrics.iou.of;
  expect(averageOf(images, iou, { averaging: "micro", sums })).toBe(91 / 101);
  expect(averageOf(images, iou, { averaging: "macro", sums })).toBe((1 / 3 + 90 / 98) / 2);
  for (const averaging of ["micro", "macro"] as const) {
    expect(averageOf([], iou, { averaging, sums })).toBeNaN();
    expect(averageOf([empty], iou, { averaging, sums })).toBeNaN();
  }
});

Deno.test("formulas are what the functions compute", () => {
  const [TP, FP, FN, TN] = [6, 2, 4, 88];
  const counts = { truePositives: TP, falsePositives: FP, falseNegatives: FN, trueNegatives: TN };
  for (const { formula, of } of Object.values(pixelMetrics)) {
    const code = formula.replaceAll("·", "*").replaceAll("−", "-").replaceAll("√", "Math.sqrt")
      .replace("all", "(TP + FP + FN + TN)");
    const value = new Function("TP", "FP", "FN", "TN", `return ${code};`)(TP, FP, FN, TN);
    expect(of(counts)).toBeCloseTo(value, 14);
  }
});
