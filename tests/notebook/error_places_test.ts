import { expect } from "expect";
import { usableCases } from "papilio/data/data_set.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { errorDistances } from "papilio/notebook/error_places.ts";
import { writeDataSet } from "../evaluation/_fixtures.ts";
import { inFolder, withPredictor } from "../predict/_fixtures.ts";

/** Photos of 40×20 pixels; the prediction begins at column 20, the truth where it is said. */
async function distancesOf(masks: Record<string, number>, reachPx: readonly number[]) {
  return await inFolder(async (folder) => {
    await writeDataSet(folder, masks);
    const cases = usableCases(await readDataSet(folder));
    const reach = reachPx.map((px) => px / Math.hypot(40, 20));
    let found: Awaited<ReturnType<typeof errorDistances>> | undefined;
    await withPredictor(async (predictor) => {
      found = await errorDistances(predictor, cases, reach);
    });
    return found!;
  });
}

Deno.test("wrong pixels are counted by their distance from the true border", async () => {
  // Ten columns are invented, 0.5 to 9.5 pixels from the true border.
  const { invented, missed } = await distancesOf({ a: 30 }, [2, 5, 20]);
  expect(invented).toEqual([0.2, 0.5, 1]);
  expect(missed).toEqual([NaN, NaN, NaN]);
});

Deno.test("missed and invented pixels are counted apart, and cases are summed", async () => {
  // Five columns are missed in one case, and in two others 10 and 2 are invented.
  const { invented, missed } = await distancesOf({ a: 15, b: 30, c: 22 }, [2, 4]);
  expect(missed).toEqual([2 / 5, 4 / 5]);
  expect(invented).toEqual([4 / 12, 6 / 12]);
});

Deno.test("where nothing is true no wrong pixel is near a border", async () => {
  const { invented } = await distancesOf({ a: 40 }, [5, 1000]);
  expect(invented).toEqual([0, 0]);
});
