import { expect } from "expect";
import { medianMs } from "papilio/engine/timing.ts";

/** Work that takes so long, one duration after the other, on a clock of its own. */
function work(durations: readonly number[]) {
  let clock = 100;
  let runs = 0;
  return {
    run: () => Promise.resolve(void (clock += durations[runs++] ?? NaN)),
    now: () => clock,
    count: () => runs,
  };
}

Deno.test("the median of the timed runs, without those that warm up", async () => {
  const { run, now, count } = work([900, 800, 7, 1, 30, 3, 5]);
  expect(await medianMs(run, { now })).toBe(5);
  expect(count()).toBe(7);
});

Deno.test("of an even number of runs, the mean of the middle two", async () => {
  const { run, now } = work([50, 2, 10, 4, 1000]);
  expect(await medianMs(run, { now, times: 4, warmUps: 1 })).toBe(7);
});

Deno.test("a single run is its own median", async () => {
  const { run, now } = work([12]);
  expect(await medianMs(run, { now, times: 1, warmUps: 0 })).toBe(12);
});
