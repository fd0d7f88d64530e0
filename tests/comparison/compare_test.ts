import { join } from "@std/path";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import type { Config } from "papilio/core/config.ts";
import { compare } from "papilio/comparison/compare.ts";
import type { ResolvedEntry } from "papilio/comparison/entries.ts";
import { openEngine } from "papilio/engine/open_engine.ts";
import { entriesOn } from "../notebook/_two_entries.ts";
import { makeDataSet } from "../train/_disc_data_set.ts";
import { withFolder } from "../train/_stand_in.ts";

const withSettings = (entries: readonly ResolvedEntry[], settings: Partial<Config>) =>
  entries.map((entry) => ({ ...entry, config: { ...entry.config, ...settings } }));

Deno.test("compare: a table without training is of runs with the settings asked for", () =>
  withFolder(async (folder) => {
    const [data, out] = [join(folder, "data"), join(folder, "out")];
    await makeDataSet(data);
    const [one, two] = entriesOn(data).map((entry) => present(entry));
    const engine = await openEngine(present(one).config);
    try {
      await compare([present(one)], { out, engine });
    } finally {
      await engine.dispose();
    }
    const { rows, failures } = await compare([present(one), present(two)], { out });
    expect(rows.map(({ name }) => name)).toEqual(["one"]);
    expect(failures).toEqual([{ name: "two", fold: undefined, error: "not finished" }]);

    const wider = compare(withSettings([present(one)], { encoderFilters: 3 }), { out });
    await expect(wider).rejects.toThrow(
      "got one: Cannot go on with the run in " + join(out, "one") +
        ": expected the settings that it was begun with, got another encoderFilters.",
    );
    // What computes may differ, and what the optimizer does not take.
    const { optimizer } = present(one).config;
    const same = { threads: 2, optimizer: { ...optimizer, momentum: 0.9, weightDecay: 0.01 } };
    const elsewhere = await compare(withSettings([present(one)], same), { out });
    expect(elsewhere.rows[0]?.multiplyAdds).toBe(rows[0]?.multiplyAdds);
  }));
