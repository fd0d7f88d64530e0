import { join } from "@std/path";
import { expect } from "expect";
import sharp, { type Sharp } from "sharp";
import type { Case } from "papilio/data/case.ts";
import { noCounts } from "papilio/metrics/counts.ts";
import {
  type CaseScore,
  countsOf,
  histogramOfCases,
  pickByIou,
  pickLargeGood,
  scoreCases,
} from "papilio/predict/predict_cases.ts";
import { halves, inFolder, withPredictor } from "./_fixtures.ts";

const SIDE_PX = 128;

/** A photo and, as its mask, a bright strip of some width along its right edge. */
async function makeCase(
  folder: string,
  { id, photo, stripPx }: { id: string; photo: Sharp; stripPx: number },
): Promise<Case> {
  const [imagePath, maskPath] = [join(folder, `${id}.png`), join(folder, `${id}_mask.png`)];
  await photo.png().toFile(imagePath);
  const data = Uint8Array.from(
    { length: SIDE_PX ** 2 },
    (_, i) => i % SIDE_PX >= SIDE_PX - stripPx ? 255 : 0,
  );
  await sharp(data, { raw: { width: SIDE_PX, height: SIDE_PX, channels: 1 } }).png()
    .toFile(maskPath);
  return { id, imagePath, maskPaths: [maskPath], maskEncoding: { kind: "threshold" } };
}

const grey = (level: number) =>
  sharp({
    create: {
      width: SIDE_PX,
      height: SIDE_PX,
      channels: 3,
      background: { r: level, g: level, b: level },
    },
  });

/** Half of it found, half of that right; nothing there and nothing found; grey at probability 0.4. */
const makeCases = (folder: string) =>
  Promise.all([
    makeCase(folder, { id: "half", photo: halves(SIDE_PX, SIDE_PX), stripPx: 32 }),
    makeCase(folder, { id: "nothing", photo: grey(0), stripPx: 0 }),
    makeCase(folder, { id: "grey", photo: grey(102), stripPx: 32 }),
  ]);

Deno.test("cases are judged at their own size, in their order", async () => {
  await inFolder(async (folder) => {
    const cases = await makeCases(folder);
    await withPredictor(async (predictor) => {
      const scores = await scoreCases(predictor, cases);
      expect(scores.map(({ item, iou }) => [item.id, iou])).toEqual([
        ["half", 0.5],
        ["nothing", NaN],
        ["grey", 0],
      ]);
      expect(scores.map((score) => score.foregroundFraction)).toEqual([0.25, 0, 0.25]);
      expect(scores[0]?.counts).toEqual({
        truePositives: 32 * SIDE_PX,
        falsePositives: 32 * SIDE_PX,
        falseNegatives: 0,
        trueNegatives: 64 * SIDE_PX,
      });
      const lower = await scoreCases(predictor, cases, { threshold: 0.3 });
      expect(lower.map(({ iou }) => iou)).toEqual([0.5, NaN, 0.25]);
    });
  });
});

Deno.test("the histogram holds all pixels of the network's size, by their true class", async () => {
  await inFolder(async (folder) => {
    const cases = await makeCases(folder);
    await withPredictor(async (predictor) => {
      const { foreground, background } = await histogramOfCases(predictor, cases.slice(1));
      // Of the grey case a quarter of 64² pixels is foreground: probability 0.4 is in bin 102.
      expect([...foreground.entries()].filter(([, count]) => count > 0)).toEqual([[102, 1024]]);
      expect([...background.entries()].filter(([, count]) => count > 0)).toEqual([
        [0, 4096],
        [102, 3072],
      ]);
    });
  });
});

Deno.test("counts follow the interpolation", () => {
  const prediction = {
    item: { id: "", imagePath: "", maskPaths: [], maskEncoding: { kind: "threshold" } } as const,
    map: { data: Float32Array.of(0, 1, 0, 1), sidePx: 2 },
    truth: { data: Uint8Array.of(0, 0, 0, 1), widthPx: 4, heightPx: 1 },
  };
  // At the four centres: 0, 0, 1, 1 by repetition, 0, 1/4, 3/4, 1 between the network's pixels.
  expect(countsOf(prediction, { threshold: 0.8 }).falsePositives).toBe(1);
  const smooth = { threshold: 0.8, interpolation: "bilinear" } as const;
  expect(countsOf(prediction, smooth).falsePositives).toBe(0);
});

Deno.test("the worst, the middle and the best by IoU, ascending, without those that have none", () => {
  const scores = [0.9, NaN, 0.1, 0.5, 0.7, 0.3].map((iou) => ({
    item: { id: String(iou) },
    iou,
  })) as CaseScore[];
  const ids = (count: number) =>
    Object.values(pickByIou(scores, count)).map((cases) => cases.map(({ id }) => id).join(" "));
  expect(ids(1)).toEqual(["0.1", "0.5", "0.9"]);
  expect(ids(2)).toEqual(["0.1 0.3", "0.3 0.5", "0.7 0.9"]);
  expect(ids(9)).toEqual(Array(3).fill("0.1 0.3 0.5 0.7 0.9"));
});

Deno.test("the photo to enlarge is the largest of the better half", () => {
  const sizes = [[0.2, 900], [0.8, 100], [NaN, 999], [0.9, 50], [0.7, 300], [0.95, 70]] as const;
  const scores = sizes.map(([iou, trueNegatives]) => ({
    item: { id: String(iou) },
    iou,
    counts: { ...noCounts, trueNegatives },
  })) as CaseScore[];
  expect(pickLargeGood(scores).id).toBe("0.8");
});
