import { join } from "@std/path";
import { expect } from "expect";
import { resolveConfig } from "papilio/core/config.ts";
import { readSplit } from "papilio/data/split.ts";
import { type PartSizes, writeSmallSplit } from "papilio/notebook/small_split.ts";
import { addBrokenCase, makeDataSet } from "../train/_disc_data_set.ts";
import { withFolder } from "../train/_stand_in.ts";

/** How many of eight cases, and a ninth that cannot be read, are in each part; and their ids. */
async function drawn(folder: string, sizes: PartSizes, seed = 1) {
  const config = resolveConfig("smoke", { data: join(folder, "data"), seed });
  const { splitFile } = await writeSmallSplit(folder, config, sizes);
  const parts = await readSplit(splitFile);
  const count = (part: string) => [...parts.values()].filter((one) => one === part).length;
  const counts = ["train", "validation", "test"].map(count);
  return { counts, ids: [...parts.keys()], parts };
}

Deno.test("as many cases are drawn as asked for, at random and always the same ones", () =>
  withFolder(async (folder) => {
    await makeDataSet(join(folder, "data"));
    await addBrokenCase(join(folder, "data"));
    const sizes = { train: 3, validation: 1, test: 2 };
    const first = await drawn(folder, sizes);
    expect(first.counts).toEqual([3, 1, 2]);
    expect(first.ids).not.toContain("broken");
    expect((await drawn(folder, sizes)).parts).toEqual(first.parts);
    expect((await drawn(folder, sizes, 2)).parts).not.toEqual(first.parts);
  }));

Deno.test("of a small set all are taken, in proportion", () =>
  withFolder(async (folder) => {
    await makeDataSet(join(folder, "data"));
    const { counts } = await drawn(folder, { train: 100, validation: 1, test: 99 });
    expect(counts).toEqual([4, 1, 3]);
  }));

Deno.test("a set without enough usable cases is told", () =>
  withFolder(async (folder) => {
    await addBrokenCase(join(folder, "data"));
    await expect(drawn(folder, { train: 1, validation: 1, test: 1 })).rejects.toThrow(
      "expected at least one to train, one to validate and one to test, got 0 that can be used",
    );
  }));
