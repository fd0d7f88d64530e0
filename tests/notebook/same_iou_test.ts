import { expect } from "expect";
import { labelParts } from "papilio/data/labels.ts";
import { sameIouErrors } from "papilio/notebook/same_iou.ts";
import { truthOf } from "papilio/metrics/mask_tally.ts";
import { scoreImage } from "papilio/predict/postprocess/sweep_scores.ts";

const { truth, errors } = sameIouErrors();
const [small, cut, blot] = errors.map(({ mask }) =>
  scoreImage({ mask }, truthOf(labelParts(truth)))
);

Deno.test("the three errors have one IoU, below 1", () => {
  for (const score of [small, cut, blot]) {
    expect(score!.iou).toBeLessThan(0.96);
    expect(Math.abs(score!.iou - small!.iou)).toBeLessThan(1.5 / truth.data.length * 4);
  }
});

Deno.test("metrics of borders and of objects tell them apart", () => {
  expect(small!.hausdorff95Px).toBeLessThan(1.5);
  expect(small!.boundaryF1).toBeGreaterThan(0.95);
  expect(cut!.boundaryF1).toBeLessThan(0.9);
  expect(blot!.hausdorff95Px).toBeGreaterThan(20);
  expect([small, cut, blot].map((score) => score!.counts.falsePositives > 0))
    .toEqual([false, false, true]);
  expect(labelParts(errors[2]!.mask).count).toBe(2);
});
