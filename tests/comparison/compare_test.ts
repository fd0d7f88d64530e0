import { join } from "@std/path";
// @ts-types="npm:@types/d3-array@3.2.2"
import { mean } from "d3-array";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { parseClasses } from "papilio/core/classes.ts";
import type { Config } from "papilio/core/config.ts";
import { compare } from "papilio/comparison/compare.ts";
import type { ResolvedEntry } from "papilio/comparison/entries.ts";
import { describeComparison } from "papilio/comparison/table.ts";
import { readSplit } from "papilio/data/split.ts";
import { openEngine } from "papilio/engine/open_engine.ts";
import type { TrainEvent } from "papilio/train/events.ts";
import { readEvaluation } from "papilio/evaluation/stored_evaluation.ts";
import { entriesOn } from "../notebook/_two_entries.ts";
import { makeDataSet } from "../train/_disc_data_set.ts";
import { withFolder } from "../train/_stand_in.ts";

const withSettings = (entries: readonly ResolvedEntry[], settings: Partial<Config>) =>
  entries.map((entry) => ({ ...entry, config: { ...entry.config, ...settings } }));

/** Of a run: over its images, each the mean of its classes' own IoU, background not among them. */
async function meanIou(runPath: string): Promise<number> {
  const { byId } = present(await readEvaluation(join(runPath, "evaluation", "test")));
  return present(mean([...byId.values()], (of) => mean([of.iou_disc, of.iou_absent])));
}

Deno.test("compare: the cases are read through once, whatever the number of runs", () =>
  withFolder(async (folder) => {
    const [data, splitFile] = [join(folder, "data"), join(folder, "list.csv")];
    await makeDataSet(data);
    const parts = ["0,train", "1,train", "2,train", "3,validation", "4,test", "5,test"];
    const rows = parts.map((part) => `case ${part}`);
    await Deno.writeTextFile(splitFile, ["id,split", ...rows].join("\n"));
    const entries = withSettings(entriesOn(data), { split: "listed", splitFile });
    const engine = await openEngine(present(entries[0]).config);
    const notes: string[] = [];
    const onEvent = (event: TrainEvent) => void (event.kind === "note" && notes.push(event.text));
    try {
      for (const folds of [undefined, 2]) {
        const out = join(folder, `out${folds ?? ""}`);
        notes.length = 0;
        const options = { out, folds, engine, onEvent, onRun: () => onEvent };
        const { images, rows, failures } = await compare(entries, options);
        expect([images, rows.length, failures]).toEqual([folds ? 6 : 2, 2, []]);
        for (
          const text of [/^Reading 8 cases/, /^In no list, and not used: 2 of 8 usable cases: /]
        ) {
          expect(notes.filter((note) => text.test(note))).toHaveLength(1);
        }
        const own = runFolder(join(out, "two", ...(folds ? ["fold_2"] : []))).split;
        const planned = join(out, folds ? "folds/fold_2.csv" : "split.csv");
        expect(await readSplit(own)).toEqual(await readSplit(planned));
        if (!folds) expect(await readSplit(own)).toEqual(await readSplit(splitFile));
      }
    } finally {
      await engine.dispose();
    }
  }));

Deno.test("compare: with classes, an image's metrics are means over those that are measured", () =>
  withFolder(async (folder) => {
    const [data, out] = [join(folder, "data"), join(folder, "out")];
    await makeDataSet(data);
    const classes = parseClasses("background=0,disc=255,absent=7");
    const entries = withSettings(entriesOn(data), { classes, loss: "cross-entropy" });
    const engine = await openEngine(present(entries[0]).config);
    try {
      await compare(entries, { out, engine });
    } finally {
      await engine.dispose();
    }
    const comparison = await compare(entries, { out });
    expect([comparison.classes, comparison.images]).toEqual([["disc", "absent"], 2]);
    expect(describeComparison(comparison)).toContain("Each image's are means over disc, absent.");
    for (const { folder: name, metrics: { iou } } of comparison.rows) {
      expect(iou.images).toBe(2);
      expect(iou.value).toBeCloseTo(await meanIou(join(out, name)), 6);
    }
    const others = { classes: parseClasses("background=0,disc=255") };
    await expect(compare(withSettings(entries, others), { out }))
      .rejects.toThrow("got another classes");
  }));

Deno.test("compare: a table without training is of runs with the settings asked for", () =>
  withFolder(async (folder) => {
    const [data, out] = [join(folder, "data"), join(folder, "out")];
    await makeDataSet(data);
    const [one, two] = entriesOn(data).map((entry) => present(entry));
    const engine = await openEngine(present(one).config);
    const [fourChannels] = withSettings([present(two)], { inputChannels: 4 });
    try {
      const { failures } = await compare([present(one), present(fourChannels)], { out, engine });
      expect(failures[0]?.error).toContain("8 cases, none of which can be used");
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

Deno.test("compare: what takes more memory than there is, is told before the data are read", () =>
  withFolder(async (folder) => {
    const entries = withSettings(entriesOn(join(folder, "nowhere")), {
      phase2: { epochs: 1, batchSize: 1e9, learningRate: 1e-3 },
    });
    const engine = await openEngine({ engine: "cpu" });
    const notes: string[] = [];
    const onEvent = (event: TrainEvent) => void (event.kind === "note" && notes.push(event.text));
    const work = compare(entries, { out: join(folder, "out"), engine, onEvent });
    await expect(work).rejects.toThrow("nowhere");
    expect(notes.length).toBe(2);
    expect(notes[1]).toMatch(/^two: Training needs about .* --phase2\.batch-size/);
    await engine.dispose();
  }));
