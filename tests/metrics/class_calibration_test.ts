import { expect } from "expect";
import { IGNORED } from "papilio/core/classes.ts";
import { sumOf } from "papilio/metrics/averages.ts";
import {
  brierScore,
  expectedCalibrationError,
  maximumCalibrationError,
  reliabilityCurve,
} from "papilio/metrics/calibration.ts";
import {
  classBrierScore,
  confidenceSums,
  countConfidences,
} from "papilio/metrics/class_calibration.ts";
import { countProbabilities } from "papilio/metrics/probability_histogram.ts";
import golden from "../golden/metrics/class_calibration.json" with { type: "json" };

for (const [name, { classes, probabilities, truth, ...values }] of Object.entries(golden)) {
  Deno.test(`calibration of several classes agrees with NumPy: ${name}`, () => {
    const counted = countConfidences(Float32Array.from(probabilities), Uint8Array.from(truth), {
      classes,
    });
    const rows = reliabilityCurve(counted.likeliest);
    const { steps, exact } = values;
    expect(expectedCalibrationError(rows)).toBeCloseTo(steps.expectedError, 12);
    expect(maximumCalibrationError(rows)).toBeCloseTo(steps.maximumError, 12);
    rows.forEach(({ weight, confidence, observed }, i) => {
      const [ofAll, mean, right] = steps.rows[i] as number[];
      expect([weight, confidence, observed]).toEqual([
        ...[ofAll, mean, right].map((value) => expect.closeTo(value as number, 12)),
      ]);
    });
    expect(rows.length).toBe(steps.rows.length);
    // Of the probabilities themselves, as near as half a step.
    const error = Math.abs(expectedCalibrationError(rows) - exact.expectedError);
    expect(error).toBeLessThan(1 / 512);
    expect(classBrierScore(counted)).toBeCloseTo(values.brierScore, 12);
  });
}

Deno.test("confidences: the first of equal classes is the likeliest, and what is ignored is in none", () => {
  const equal = Float32Array.of(0.5, 0.5, 0.5, 0.5, 0.5, 0.5);
  const { likeliest, squaredErrors } = countConfidences(equal, Uint8Array.of(0, 1, IGNORED), {
    classes: 2,
  });
  expect([likeliest.foreground[128], likeliest.background[128]]).toEqual([1, 1]);
  expect(squaredErrors).toBe(1);
});

Deno.test("the Brier score of classes is 2 where all is sure and wrong, and twice that of one class of two", () => {
  const wrong = countConfidences(Float32Array.of(1, 0, 0), Uint8Array.of(2), { classes: 3 });
  expect(classBrierScore(wrong)).toBe(2);
  expect(classBrierScore(confidenceSums.none)).toBeNaN();
  // Middles of steps, which the histogram of one class counts with.
  const p = Float32Array.of(128.5 / 256, 230.5 / 256, 20.5 / 256);
  const truth = Uint8Array.of(1, 0, 0);
  const both = Float32Array.from([...p].flatMap((value) => [1 - value, value]));
  const counted = countConfidences(both, truth, { classes: 2 });
  expect(classBrierScore(counted)).toBeCloseTo(2 * brierScore(countProbabilities(p, truth)), 6);
  const twice = sumOf([counted, counted], confidenceSums);
  expect(classBrierScore(twice)).toBe(classBrierScore(counted));
});
