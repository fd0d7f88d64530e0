import { expect } from "expect";
import { medianMilliseconds } from "papilio/comparison/speed.ts";

Deno.test("medianMilliseconds: in turns, without the warm-up, each its own median", async () => {
  const order: string[] = [];
  const { now } = performance;
  let clockMs = 0;
  performance.now = () => clockMs;
  // The first two of each are warm-ups; a slow moment hits both networks in one round.
  const network = (name: string, times: number[]) => () => {
    order.push(name);
    clockMs += times[order.filter((each) => each === name).length - 1] ?? NaN;
    return Promise.resolve();
  };
  try {
    const networks = [network("a", [99, 98, 5, 50, 7]), network("b", [97, 96, 1, 40, 3])];
    const medians = await medianMilliseconds(networks, { warmUps: 2, rounds: 3 });
    expect(medians).toEqual([7, 3]);
    expect(order.join("")).toBe("ababababab");
  } finally {
    performance.now = now;
  }
});
