import { expect } from "expect";
import {
  countProbabilities,
  percentagesOf,
  shareBetween,
  sumHistograms,
} from "papilio/metrics/probability_histogram.ts";

Deno.test("the sum of two histograms is that of their pixels together", () => {
  const a = { probabilities: Float32Array.of(0.1, 0.9), truth: Uint8Array.of(0, 1) };
  const b = { probabilities: Float32Array.of(0.9, 0.3), truth: Uint8Array.of(0, 1) };
  const sum = sumHistograms(
    [a, b].map(({ probabilities, truth }) => countProbabilities(probabilities, truth)),
  );
  expect(sum).toEqual(
    countProbabilities(Float32Array.of(0.1, 0.9, 0.9, 0.3), Uint8Array.of(0, 1, 0, 1)),
  );
});

/** Four pixels, of which the second and the last are foreground. */
const four = countProbabilities(Float32Array.of(0.25, 0.5, 0.75, 1), Uint8Array.of(0, 1, 0, 1));

Deno.test("shares: a bound below belongs to the range, one above does not", () => {
  expect(shareBetween(four, 0.25, 0.75)).toBe(0.5);
  expect(shareBetween(four, 0.251, 0.76)).toBe(0.75); // 0.251 is nearest to 64/256.
  expect(shareBetween(four, 0, 1)).toBe(0.75);
  const { x, foreground, background } = percentagesOf(four);
  expect([x[0], x[64], x[256]]).toEqual([0, 0.25, 1]);
  expect([background[64], foreground[64], foreground[256]]).toEqual([25, 0, 25]);
  expect([...foreground, ...background].reduce((a, b) => a + b)).toBe(100);
});
