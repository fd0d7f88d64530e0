import { expect } from "expect";
import type { LabelImage } from "papilio/data/labels.ts";
import { describeSweep } from "papilio/predict/postprocess/describe_sweep.ts";
import { sweepPostProcessing, verdictOf } from "papilio/predict/postprocess/sweep.ts";
import type { SweepCase } from "papilio/predict/postprocess/sweep_cases.ts";
import { truthOf } from "papilio/metrics/mask_tally.ts";
import { scoreImage } from "papilio/predict/postprocess/sweep_scores.ts";
import { labelsOf, maskOf } from "./_pictures.ts";

/** A truth, and a prediction that differs from it by the pixels of `wrong`. */
function caseOf(
  id: string,
  truth: LabelImage,
  wrong: readonly number[],
  asked: string[] = [],
): SweepCase {
  const { widthPx, heightPx } = truth;
  const data = Float32Array.from(truth.data, (label) => label === 0 ? 0.2 : 0.9);
  for (const i of wrong) data[i] = truth.data[i] === 0 ? 0.9 : 0.2;
  return {
    id,
    truth: truthOf(truth),
    map: (views) => {
      asked.push(`map ${views}`);
      return Promise.resolve({ data, widthPx, heightPx });
    },
    image: () => {
      asked.push("image");
      return Promise.resolve({ data: new Uint8Array(3 * data.length), widthPx, heightPx });
    },
  };
}

async function* each(...cases: SweepCase[]) {
  yield* cases;
}

const square = labelsOf(
  "........",
  "........",
  "..1111..",
  "..1111..",
  "..1111..",
  "..1111..",
  "........",
  "........",
);
/** Pixels in its corners, and one in the middle of the square. */
const [upperLeft, upperRight, lowerLeft, lowerRight, middle] = [0, 7, 56, 63, 27];

Deno.test("scores of an image by hand", () => {
  const truth = truthOf(labelsOf("11..22", "11..22"));
  const perfect = scoreImage({ mask: truth.mask }, truth);
  expect(perfect).toMatchObject({ dice: 1, iou: 1, boundaryF1: 1, hausdorff95Px: 0, dsbScore: 1 });
  const joined = scoreImage({ mask: maskOf("######", "######") }, truth);
  expect(joined.iou).toBeCloseTo(8 / 12, 12);
  expect(joined.dsbScore).toBe(0); // One object in place of two, half of it too much.
  const split = scoreImage({
    mask: maskOf("######", "######"),
    labels: labelsOf("111222", "111222"),
  }, truth);
  // Each pair has IoU 4/6: found at 0.5, 0.55, 0.6 and 0.65.
  expect(split.dsbScore).toBeCloseTo(0.4, 12);
});

Deno.test("a step that mends every case is better, one that ruins them worse, one that does nothing unclear", async () => {
  // A speck in a corner, and a hole in the middle.
  const wrong = [
    [upperLeft],
    [upperRight],
    [lowerLeft, middle],
    [lowerRight],
    [upperLeft, middle],
    [lowerRight],
  ];
  const cases = wrong.map((pixels, i) => caseOf(`${i}`, square, pixels));
  const rows = await sweepPostProcessing(each(...cases), {
    threshold: 0.5,
    settings: [{ minArea: 3 }, { minArea: 30 }, { splitObjects: 0.5 }],
  });
  expect(rows.map(({ setting }) => setting)).toEqual([
    "none",
    "minArea=3",
    "minArea=30",
    "splitObjects=0.5",
  ]);
  const [none, specks, all, split] = rows as [typeof rows[0], ...typeof rows];
  expect(none!.macro.iou).toBeCloseTo((4 * 16 / 17 + 2 * 15 / 17) / 6, 12);
  expect(none!.micro.iou).toBeCloseTo(94 / 102, 12);
  expect(specks!.macro.iou).toBeCloseTo((4 + 2 * 15 / 16) / 6, 12);
  expect(specks!.gain.iou.value).toBeCloseTo(specks!.macro.iou - none!.macro.iou, 12);
  expect(verdictOf("iou", specks!.gain.iou)).toBe("better");
  expect(verdictOf("hausdorff95Px", { value: -2, low: -3, high: -1, resamples: 1 })).toBe("better");
  expect(verdictOf("iou", all!.gain.iou)).toBe("worse");
  expect(all!.macro.iou).toBe(0);
  expect(split!.gain.iou).toMatchObject({ value: 0, low: 0, high: 0 });
  expect(verdictOf("iou", split!.gain.iou)).toBe("unclear");
});

Deno.test("only what a setting needs is computed", async () => {
  const asked: string[] = [];
  const run = (settings: Parameters<typeof sweepPostProcessing>[1]["settings"] & object) =>
    sweepPostProcessing(each(caseOf("a", square, [upperLeft], asked)), {
      threshold: 0.5,
      settings,
    });
  await run([{ open: 1 }]);
  expect(asked).toEqual(["map undefined", "map undefined"]);
  asked.length = 0;
  await run([{ tta: "flips", guidedFilter: 2 }]);
  expect(asked).toEqual(["map undefined", "image", "map flips"]);
});

Deno.test("the table names what helps", async () => {
  const cases = [upperLeft, upperRight, lowerLeft, lowerRight].map((wrong) =>
    caseOf(`${wrong}`, square, [wrong])
  );
  const rows = await sweepPostProcessing(each(...cases), {
    threshold: 0.5,
    settings: [{ minArea: 3 }],
  });
  const lines = describeSweep(rows).split("\n");
  expect(lines.slice(3)).toEqual([
    "better by IoU: --min-area 3",
    expect.stringMatching(/^better by boundary F1: /),
    "better by DSB score: --min-area 3",
  ]);
  expect(lines[1]).toMatch(/^none +0\.9697 +0\.9697 +0\.9412 /);
  expect(lines[2]).toMatch(/^minArea=3 +1\.0000 .*\+0\.0588 \(\+0\.0588…\+0\.0588\) better/);
});

Deno.test("no cases: an error says so", async () => {
  await expect(sweepPostProcessing(each(), { threshold: 0.5 })).rejects.toThrow(
    "at least one image",
  );
});
