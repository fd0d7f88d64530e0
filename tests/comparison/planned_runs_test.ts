import { join } from "@std/path";
import { expect } from "expect";
import { exists } from "papilio/core/files.ts";
import type { Config } from "papilio/core/config.ts";
import { measuredBefore } from "papilio/comparison/files.ts";
import { planRuns } from "papilio/comparison/planned_runs.ts";
import { readSplit } from "papilio/data/split.ts";
import { entriesOn } from "../notebook/_two_entries.ts";
import { makeDataSet } from "../train/_disc_data_set.ts";
import { withFolder } from "../train/_stand_in.ts";

const entriesWith = (data: string, settings: Partial<Config> = {}) =>
  entriesOn(data).map((entry) => ({ ...entry, config: { ...entry.config, ...settings } }));

Deno.test("planRuns: a first try that fails leaves the folder free", () =>
  withFolder(async (folder) => {
    const [data, out] = [join(folder, "data"), join(folder, "out")];
    await makeDataSet(data);
    const [plan, list] = [join(out, "plan.json"), join(out, "split.csv")];
    const missing = entriesWith(data, { split: "listed", splitFile: join(folder, "none.csv") });
    await expect(planRuns(missing, { out })).rejects.toThrow("none.csv");
    expect(await exists(plan)).toBe(false);

    const runs = await planRuns(entriesWith(data), { out });
    expect(runs.map(({ path, config }) => [path, config.splitFile]))
      .toEqual([[join(out, "one"), list], [join(out, "two"), list]]);
    const begun = await readSplit(list);
    await expect(planRuns(entriesWith(data, { seed: 7 }), { out }))
      .rejects.toThrow("got another seed");
    // Killed before its plan was written: the lists may be of other settings.
    await Deno.remove(plan);
    await planRuns(entriesWith(data, { seed: 7 }), { out });
    expect(await readSplit(list)).not.toEqual(begun);
    await expect(planRuns(entriesWith(data), { out })).rejects.toThrow("got another seed");
  }));

Deno.test("planRuns: a list is kept as it is; with folds, its cases are divided anew", () =>
  withFolder(async (folder) => {
    const [data, splitFile] = [join(folder, "data"), join(folder, "list.csv")];
    await makeDataSet(data);
    const rows = ["0,train", "1,train", "2,train", "3,validation", "4,test", "6,test"];
    await Deno.writeTextFile(
      splitFile,
      ["id,split", ...rows.map((row) => `case ${row}`)].join("\n"),
    );
    const entries = entriesWith(data, { split: "listed", splitFile });
    const [once] = await planRuns(entries, { out: join(folder, "once") });
    expect(await readSplit(once?.config.splitFile ?? "")).toEqual(await readSplit(splitFile));

    const runs = await planRuns(entries, { out: join(folder, "folds"), folds: 3 });
    expect(runs.map(({ entry, fold }) => `${entry.name} ${fold}`))
      .toEqual(["one 1", "two 1", "one 2", "two 2", "one 3", "two 3"]);
    const lists = await Promise.all(runs.map(({ config }) => readSplit(config.splitFile)));
    const tested = [0, 2, 4].flatMap((at) => [...lists[at] ?? []])
      .filter(([, part]) => part === "test").map(([id]) => id);
    expect(tested.toSorted()).toEqual([...(await readSplit(splitFile)).keys()]);
    expect(lists[1]).toEqual(lists[0]);
  }));

Deno.test("planRuns: a damaged plan is told with its path; damaged times are none", () =>
  withFolder(async (folder) => {
    const path = join(folder, "plan.json");
    for (const text of ["{", "null", "[]"]) {
      await Deno.writeTextFile(path, text);
      await expect(planRuns(entriesWith("data"), { out: folder }))
        .rejects.toThrow(`Cannot read ${path}: expected the plan of a comparison, got`);
    }
    const times = join(folder, "compare.json");
    for (const text of ["{", "null", "{}", '{"rows": [{}]}']) {
      await Deno.writeTextFile(times, text);
      expect(await measuredBefore(folder)).toEqual(new Map());
    }
    const row = { modelHash: "a", milliseconds: 5 };
    const unknown = { modelHash: "b", milliseconds: null };
    await Deno.writeTextFile(times, JSON.stringify({ rows: [row, unknown] }));
    expect(await measuredBefore(folder)).toEqual(new Map([["a", 5]]));
  }));
