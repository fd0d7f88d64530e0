import { expect } from "expect";
import {
  brierScore,
  expectedCalibrationError,
  maximumCalibrationError,
  reliabilityCurve,
} from "papilio/metrics/calibration.ts";
import { countProbabilities } from "papilio/metrics/probability_histogram.ts";
import { precisionRecallArea, rocArea } from "papilio/metrics/ranking.ts";
import { sweepThresholds } from "papilio/metrics/threshold_sweep.ts";

function histogramOf(pixels: readonly (readonly [probability: number, truth: 0 | 1])[]) {
  return countProbabilities(
    Float32Array.from(pixels, ([probability]) => probability),
    Uint8Array.from(pixels, ([, truth]) => truth),
  );
}

/** Half a step, by which the middle of a step lies above its lower bound. */
const half = 1 / 512;

const five = histogramOf([[0.25, 0], [0.25, 0], [0.25, 1], [0.25, 0], [1, 1]]);

Deno.test("reliability: a calibrated range, and certainty in the last one", () => {
  expect(reliabilityCurve(five, { bins: 4 })).toEqual([
    { from: 0.25, to: 0.5, confidence: 0.25 + half, observed: 0.25, weight: 0.8 },
    { from: 0.75, to: 1, confidence: 1, observed: 1, weight: 0.2 },
  ]);
  const rows = reliabilityCurve(five);
  expect(expectedCalibrationError(rows)).toBeCloseTo(0.8 * half, 15);
  expect(maximumCalibrationError(rows)).toBeCloseTo(half, 15);
  expect(brierScore(five)).toBeCloseTo((3 * (0.25 + half) ** 2 + (0.75 - half) ** 2) / 5, 15);
});

Deno.test("ranges that do not divide 256 are taken to the nearest step and hold each pixel once", () => {
  const all = histogramOf(Array.from({ length: 257 }, (_, step) => [step / 256, 0]));
  for (const bins of [1, 3, 10, 256]) {
    const rows = reliabilityCurve(all, { bins });
    expect(rows.length).toBe(bins);
    expect(rows.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    rows.slice(1).forEach(({ from }, k) => expect(from).toBe(rows[k]?.to));
  }
  expect(reliabilityCurve(all, { bins: 10 })[1]?.from).toBe(26 / 256);
});

Deno.test("sure and wrong is the largest error there is; nothing counted is undefined", () => {
  const wrong = histogramOf([[1, 0], [1, 0]]);
  expect(expectedCalibrationError(reliabilityCurve(wrong))).toBe(1);
  expect(brierScore(wrong)).toBe(1);
  const nothing = histogramOf([]);
  expect(expectedCalibrationError(reliabilityCurve(nothing))).toBeNaN();
  expect(maximumCalibrationError(reliabilityCurve(nothing))).toBeNaN();
  expect(brierScore(nothing)).toBeNaN();
});

Deno.test("a number of ranges that is none is refused", () => {
  for (const bins of [0, 2.5, 257]) {
    expect(() => reliabilityCurve(five, { bins })).toThrow(
      `Cannot draw a reliability curve: expected from 1 to 256 bins, got ${bins}. Use 16.`,
    );
  }
});

Deno.test("areas: 1 in perfect order, 0 in reverse, one half where all are equal", () => {
  const areas = (pixels: Parameters<typeof histogramOf>[0]) => {
    const rows = sweepThresholds(histogramOf(pixels));
    return [rocArea(rows), precisionRecallArea(rows)];
  };
  expect(areas([[0.1, 0], [0.2, 0], [0.6, 1], [1, 1]])).toEqual([1, 1]);
  expect(areas([[0.1, 1], [0.6, 0]])).toEqual([0, 0.5]);
  expect(areas([[0.5, 1], [0.5, 0], [0.5, 0], [0.5, 0]])).toEqual([0.5, 0.25]);
  expect(areas([[0.5, 0]])).toEqual([NaN, NaN]);
  expect(areas([[0.5, 1]])).toEqual([NaN, 1]);
});
