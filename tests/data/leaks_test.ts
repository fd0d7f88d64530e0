import { expect } from "expect";
import { fault } from "papilio/data/data_set.ts";
import { examineDataSet } from "papilio/data/faults.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { findLeaks } from "papilio/data/leaks.ts";
import { join } from "@std/path";
import { inFolder, writeInstance } from "./_files.ts";

const blank = { imagePath: "", maskPaths: [], maskEncoding: { kind: "threshold" } } as const;
const cases = (...ids: string[]) => ids.map((id) => ({ id, ...blank }));
const copy = (id: string, originalId: string) =>
  fault("duplicate image", { id, message: "", path: "", originalId });

Deno.test("an image in two parts is a leak; copies within one part are none", () => {
  const faults = [copy("b", "a"), copy("d", "c")];
  const split = { train: cases("a", "c", "d"), validation: cases("b"), test: [] };
  expect(findLeaks(faults, split)).toEqual([
    [{ id: "a", part: "train" }, { id: "b", part: "validation" }],
  ]);
});

Deno.test("copies leak among themselves where the original is in no part", () => {
  const split = { train: cases("b"), validation: cases("x"), test: cases("c") };
  expect(findLeaks([copy("b", "a"), copy("c", "a")], split)).toEqual([
    [{ id: "b", part: "train" }, { id: "c", part: "test" }],
  ]);
});

Deno.test("other faults are none, and an examination names the original of each copy", () =>
  inFolder(async (folder) => {
    for (const id of ["a", "b", "c"]) await writeInstance(folder, id, [[0, 0, 0, 255]]);
    const imageOf = (id: string) => join(folder, id, "images", `${id}.png`);
    await Deno.copyFile(imageOf("a"), imageOf("c"));
    await writeInstance(folder, "d", [[0, 0, 0, 0]]);
    const { faults } = await examineDataSet(await readDataSet(folder));
    expect(faults.map(({ id, originalId }) => [id, originalId]).sort()).toEqual([
      ["c", "a"],
      ["d", undefined],
    ]);
    const split = { train: cases("a", "b"), validation: cases("c", "d"), test: [] };
    expect(findLeaks(faults, split)).toHaveLength(1);
  }));
