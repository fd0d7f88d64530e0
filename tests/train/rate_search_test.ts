import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import {
  chosenRate,
  type RateTrial,
  searchRates,
  suggestRates,
} from "papilio/train/rate_search.ts";

/** A search whose losses are given. */
const searchOver = (losses: readonly number[], options: object) => {
  let at = 0;
  return searchRates(() => Promise.resolve(present(losses[at++])), {
    steps: losses.length,
    ...options,
  });
};

Deno.test("searchRates: a quadratic by hand: geometric rates, losses before each step", async () => {
  let weight = 1;
  const asked: number[] = [];
  const trials = await searchRates((rate) => {
    asked.push(rate);
    const loss = weight ** 2;
    weight *= 1 - 2 * rate;
    return Promise.resolve(loss);
  }, { lowest: 1 / 64, highest: 1 / 4, steps: 5 });
  expect(asked).toEqual([1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4]);
  expect(trials.map(({ rate }) => rate)).toEqual(asked);
  const weights = [1, 31 / 32, 31 / 32 * 15 / 16, 31 / 32 * 15 / 16 * 7 / 8];
  const losses = [...weights, present(weights[3]) * 3 / 4].map((w) => w * w);
  expect(trials.map(({ loss }) => loss)).toEqual(losses.map((loss) => expect.closeTo(loss, 12)));
});

Deno.test("searchRates: by default 100 rates from 1e-7 to 10, each 10^(8/99) times the one before", async () => {
  const trials = await searchRates(() => Promise.resolve(1));
  const rates = trials.map(({ rate }) => rate);
  expect(rates).toHaveLength(100);
  expect(rates[0]).toBe(1e-7);
  expect(rates[99]).toBeCloseTo(10, 10);
  rates.slice(1).forEach((rate, i) =>
    expect(rate / present(rates[i])).toBeCloseTo(10 ** (8 / 99), 10)
  );
});

Deno.test("searchRates: the smoothed loss is the corrected average, by hand", async () => {
  const trials = await searchOver([8, 4, 6], { smoothing: 0.5 });
  // Weights 1/2, 1/4, 1/8 from the newest on, divided by their sum.
  expect(trials.map(({ smoothedLoss }) => smoothedLoss)).toEqual([
    8,
    expect.closeTo((4 / 2 + 8 / 4) / (3 / 4), 12),
    expect.closeTo((6 / 2 + 4 / 4 + 8 / 8) / (7 / 8), 12),
  ]);
});

Deno.test("searchRates: ends above four times the lowest smoothed loss, and before a loss that is none", async () => {
  const diverging = await searchOver([4, 2, 8, 8.01, 1], { smoothing: 0 });
  expect(diverging.map(({ loss }) => loss)).toEqual([4, 2, 8, 8.01]);
  const lost = await searchOver([4, 2, NaN, 1], { smoothing: 0 });
  expect(lost.map(({ loss }) => loss)).toEqual([4, 2]);
  const endless = await searchOver([4, Infinity], { smoothing: 0 });
  expect(endless).toHaveLength(1);
});

Deno.test("searchRates: options out of range are refused by name", async () => {
  const search = (options: object) => searchRates(() => Promise.resolve(1), options);
  await expect(search({ lowest: 0 })).rejects.toThrow("the search's lowest rate");
  await expect(search({ lowest: 1, highest: 0.5 })).rejects.toThrow("the search's highest rate");
  await expect(search({ steps: 1 })).rejects.toThrow("the search's steps");
  await expect(search({ smoothing: 1 })).rejects.toThrow("the search's smoothing");
  await expect(search({ divergence: 0.5 })).rejects.toThrow("the search's divergence");
});

/** Trials at the rates 1, 2, 4, … with these smoothed losses. */
const trialsOf = (losses: readonly number[]): RateTrial[] =>
  losses.map((smoothedLoss, i) => ({ rate: 2 ** i, loss: smoothedLoss, smoothedLoss }));

Deno.test("suggestRates: the middle of the steepest descent, and a tenth of the lowest", () => {
  const suggestion = suggestRates(trialsOf([9, 9, 9, 8, 5, 3, 2.5, 4, 9]));
  expect(suggestion).toEqual({ steepest: 2 ** 4, minimumTenth: 2 ** 6 / 10 });
  expect(chosenRate(present(suggestion))).toBe(6.4);
  expect(chosenRate({ steepest: 1, minimumTenth: 2 })).toBe(1);
});

Deno.test("suggestRates: what falls in the first tenth, or after the lowest loss, does not count", () => {
  const early = trialsOf([99, 50, 10, 10, 10, 8, 6, ...Array(13).fill(7)]);
  expect(suggestRates(early)).toEqual({ steepest: 2 ** 5, minimumTenth: 2 ** 6 / 10 });
  const late = suggestRates(trialsOf([5, 5, 5, 4, 3, 9, 30, 3.5, 3.2]));
  expect(late).toEqual({ steepest: 2 ** 3, minimumTenth: 2 ** 4 / 10 });
});

Deno.test("suggestRates: nothing where the loss never fell", () => {
  expect(suggestRates(trialsOf([1, 1, 2, 3, 4, 5]))).toBeUndefined();
  expect(suggestRates([])).toBeUndefined();
});
