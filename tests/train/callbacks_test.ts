import { expect } from "expect";
import {
  noBest,
  startPlateau,
  startStopping,
  updateBest,
  updatePlateau,
  updateStopping,
} from "papilio/train/callbacks.ts";

/** Every state that a series of validation losses leads through. */
function through<S>(
  start: S,
  losses: number[],
  update: (state: S, loss: number, epoch: number) => S,
) {
  let state = start;
  return losses.map((loss, i) => state = update(state, loss, i + 1));
}

Deno.test("updateBest: the first of equal losses stays the best; NaN never is", () => {
  const states = through(noBest, [NaN, 0.5, 0.7, 0.4, 0.4, NaN], updateBest);
  expect(states.map(({ epoch }) => epoch)).toEqual([0, 2, 2, 4, 4, 4]);
});

const stop = (patience: number) => (losses: number[]) =>
  through(startStopping, losses, (state, loss) => updateStopping(state, loss, { patience }))
    .map(({ stopped }) => stopped);

Deno.test("updateStopping: patience counts epochs in a row without a better loss", () => {
  expect(stop(2)([0.5, 0.6, 0.4, 0.4, 0.5])).toEqual([false, false, false, false, true]);
  expect(stop(2)([0.5, 0.6, 0.49, 0.6, 0.48])).toEqual([false, false, false, false, false]);
});

Deno.test("updateStopping: patience 0 stops at the first epoch that is no better, not at the first", () => {
  expect(stop(0)([0.5, 0.4, 0.4])).toEqual([false, false, true]);
});

const plateau = { factor: 0.5, patience: 2, minimum: 1e-6 };
const rates = (losses: number[], start = 1, options = plateau) =>
  through(startPlateau(start), losses, (state, loss) => updatePlateau(state, loss, options))
    .map(({ learningRate }) => learningRate);

Deno.test("updatePlateau: halves after two epochs without an improvement, then counts anew", () => {
  expect(rates([0.5, 0.5, 0.5, 0.5, 0.5, 0.5])).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25]);
});

Deno.test("updatePlateau: an improvement must exceed 1e-4", () => {
  expect(rates([0.5, 0.49995, 0.49991])).toEqual([1, 1, 0.5]);
  expect(rates([0.5, 0.49995, 0.49989])).toEqual([1, 1, 1]);
});

Deno.test("updatePlateau: never below the minimum, and stays there", () => {
  const losses = Array(8).fill(0.5);
  expect(rates(losses, 3e-6)).toEqual([3e-6, 3e-6, 1.5e-6, 1.5e-6, 1e-6, 1e-6, 1e-6, 1e-6]);
});

Deno.test("callbacks: states survive JSON, the fresh ones too", () => {
  for (const state of [noBest, startStopping, startPlateau(0.1)]) {
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  }
});
