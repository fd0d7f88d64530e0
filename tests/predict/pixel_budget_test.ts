import { expect } from "expect";
import { PixelBudget } from "papilio/predict/_pixel_budget.ts";

/** Starts work of these sizes; returns which began, and how to end each. */
function start(budget: PixelBudget, sizes: readonly number[]) {
  const began: number[] = [];
  const ends = sizes.map((pixels, index) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    budget.use(pixels, () => {
      began.push(index);
      return promise;
    });
    return resolve;
  });
  return { began, ends };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("work waits until its pixels fit, in order, and a large image comes alone", async () => {
  const { began, ends } = start(new PixelBudget(10), [6, 4, 30, 1]);
  await settle();
  expect(began).toEqual([0, 1]);
  ends[0]?.();
  await settle();
  expect(began).toEqual([0, 1]);
  ends[1]?.();
  await settle();
  expect(began).toEqual([0, 1, 2]);
  ends[2]?.();
  await settle();
  expect(began).toEqual([0, 1, 2, 3]);
});

Deno.test("work that fails gives its room back", async () => {
  const budget = new PixelBudget(10);
  await expect(budget.use(10, () => Promise.reject(new Error("bad photo")))).rejects.toThrow(
    "bad photo",
  );
  expect(await budget.use(10, () => Promise.resolve("next"))).toBe("next");
});
