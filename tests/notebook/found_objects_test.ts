import { expect } from "expect";
import { usableCases } from "papilio/data/data_set.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import type { Case } from "papilio/data/case.ts";
import type { CaseRecord } from "papilio/evaluation/case_record.ts";
import { numbersOf, textsOf } from "papilio/notebook/columns.ts";
import {
  countVerdicts,
  findObjectsOf,
  measureCases,
  mostOftenRight,
  pickCrowded,
  pictureOfObjects,
  recordWays,
  trueObjectsOf,
} from "papilio/notebook/found_objects.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { plainRecipe } from "papilio/predict/recipe.ts";
import { writeDataSet } from "../evaluation/_fixtures.ts";
import { inFolder, withPredictor } from "../predict/_fixtures.ts";

/** Photos of 40×20 pixels; the prediction begins at column 20, the truth at 20 and at 30. */
function withCases(test: (predictor: Predictor, cases: Case[]) => Promise<void>) {
  return inFolder(async (folder) => {
    await writeDataSet(folder, { a: 20, b: 30 });
    const cases = usableCases(await readDataSet(folder));
    await withPredictor((predictor) => test(predictor, cases));
  });
}

const counted = (id: string, trueObjects: number, predictedObjects: number) =>
  ({ id, instances: { trueObjects, predictedObjects } }) as CaseRecord;

Deno.test("found and true objects of all cases are measured in one table", () =>
  withCases(async (predictor, cases) => {
    const recipe = plainRecipe(predictor);
    const found = await measureCases(cases, (item) => findObjectsOf(predictor, item, recipe));
    expect(textsOf(found, "id")).toEqual(["a", "b"]);
    expect(numbersOf(found, "area_px")).toEqual([400, 400]);
    expect(numbersOf(await measureCases(cases, trueObjectsOf), "area_px")).toEqual([400, 200]);
  }));

Deno.test("a recipe's steps decide what is found, in records and in objects", () =>
  withCases(async (predictor, cases) => {
    const plain = plainRecipe(predictor);
    const none = { ...plain, postProcessing: { minArea: 500 } };
    const ways = await recordWays(predictor, cases, { none, plain });
    expect(Object.keys(ways)).toEqual(["none", "plain"]);
    expect(ways.none?.map(({ instances }) => instances.predictedObjects)).toEqual([0, 0]);
    expect(ways.plain?.map(({ instances }) => instances.predictedObjects)).toEqual([1, 1]);
    expect(mostOftenRight(ways)).toBe("plain");
    const found = (item: Case) => findObjectsOf(predictor, item, item.id === "a" ? none : plain);
    expect((await found(cases[0]!)).objects).toEqual([]);
    // A case without objects has no row, also where it is the first.
    expect(textsOf(await measureCases(cases, found), "id")).toEqual(["b"]);
  }));

Deno.test("a picture of objects is coloured where they are, also reduced", () =>
  withCases(async (_, cases) => {
    const { data, widthPx, heightPx } = await pictureOfObjects(await trueObjectsOf(cases[1]!), 20);
    expect([widthPx, heightPx]).toEqual([20, 10]);
    const isGrey = (x: number) =>
      data[x * 3] === data[x * 3 + 1] && data[x * 3] === data[x * 3 + 2];
    // The object begins at column 30 of 40. The first row is above its number.
    expect(Array.from({ length: 20 }, (_, x) => isGrey(x))).toEqual([
      ...Array(15).fill(true),
      ...Array(5).fill(false),
    ]);
  }));

Deno.test("images are counted by whether their number of objects is right", () => {
  const records = [counted("a", 2, 1), counted("b", 2, 2), counted("c", 1, 1), counted("d", 0, 3)];
  expect(countVerdicts(records)).toEqual({ "too few": 1, "as many": 2, "too many": 1 });
});

Deno.test("the crowded image is one with objects that were merged, if any, and not too many", () => {
  const records = [counted("a", 9, 9), counted("b", 3, 2), counted("c", 4, 3), counted("d", 99, 1)];
  expect(pickCrowded(records)).toBe("c");
  expect(pickCrowded([counted("a", 1, 1), counted("b", 3, 3)])).toBe("b");
  expect(pickCrowded([counted("a", 99, 1), counted("b", 120, 3)])).toBe("b");
  expect(() => pickCrowded([])).toThrow("an image is missing");
});

Deno.test("of ways that are right equally often, the nearest is taken, and then the first", () => {
  const [right, wrong, far] = [counted("a", 1, 1), counted("a", 1, 2), counted("a", 1, 5)];
  expect(mostOftenRight({ plain: [right, wrong], split: [wrong, right] })).toBe("plain");
  expect(mostOftenRight({ plain: [right, far], split: [wrong, right] })).toBe("split");
  expect(mostOftenRight({ plain: [wrong, wrong], split: [far, right] })).toBe("split");
});
