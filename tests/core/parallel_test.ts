import { expect } from "expect";
import fc from "fast-check";
import { mapAhead } from "papilio/core/parallel.ts";

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

Deno.test("results come in the items' order, whichever ends first", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 12 }),
      fc.integer({ min: 0, max: 5 }),
      async (durations, ahead) => {
        const items = durations.map((duration, index) => ({ duration, index }));
        const work = async ({ duration, index }: { duration: number; index: number }) => {
          await pause(duration);
          return index;
        };
        const results = await Array.fromAsync(mapAhead(items, work, ahead));
        expect(results).toEqual(items.map(({ index }) => index));
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("work runs ahead of what is asked for, by `ahead` items and no more", async () => {
  const started: number[] = [];
  const work = (item: number) => {
    started.push(item);
    return Promise.resolve(item);
  };
  const results = mapAhead([1, 2, 3, 4, 5, 6], work, 2);
  expect(started).toEqual([]);
  expect((await results.next()).value).toBe(1);
  expect(started).toEqual([1, 2, 3]);
  expect((await results.next()).value).toBe(2);
  expect(started).toEqual([1, 2, 3, 4]);
  await results.return(undefined);
  expect(started.length).toBe(4);
});

Deno.test("a failure is thrown in its turn, after the results before it, and none goes unhandled", async () => {
  const work = async (item: number) => {
    if (item === 1) await pause(5);
    if (item >= 2) throw new Error(`item ${item}`);
    return item;
  };
  const seen: number[] = [];
  const all = async () => {
    for await (const result of mapAhead([0, 1, 2, 3], work, 3)) seen.push(result);
  };
  await expect(all()).rejects.toThrow("item 2");
  expect(seen).toEqual([0, 1]);
});

Deno.test("items may come from an async source", async () => {
  async function* source() {
    for (const item of ["a", "b"]) {
      await pause(0);
      yield item;
    }
  }
  const work = (item: string) => Promise.resolve(item.toUpperCase());
  expect(await Array.fromAsync(mapAhead(source(), work, 4))).toEqual(["A", "B"]);
});
