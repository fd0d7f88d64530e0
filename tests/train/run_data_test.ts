import { join } from "@std/path";
import { expect } from "expect";
import { resolveConfig } from "papilio/core/config.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import type { TrainEvent } from "papilio/train/events.ts";
import { openRunData } from "papilio/train/run_data.ts";
import { makeDataSet } from "./_disc_data_set.ts";
import { withFolder } from "./_stand_in.ts";

Deno.test("openRunData: cases that the list leaves out are told of", () =>
  withFolder(async (folder) => {
    await makeDataSet(folder);
    const splitFile = join(folder, "list.csv");
    const config = resolveConfig("smoke", { data: folder, split: "listed", splitFile });
    const events: TrainEvent[] = [];
    const dataSet = await readDataSet(folder);
    const options = { config, splitPath: join(folder, "none.csv") };
    const open = () => openRunData(dataSet, { ...options, onEvent: (e) => events.push(e) });

    await expect(open()).rejects.toThrow("got no file there");
    expect(events).toEqual([]); // Not after minutes of reading.

    await Deno.writeTextFile(splitFile, "id,split\ncase 0,train\ncase 1,validation\n");
    const { split, test } = await open();
    expect([split.train.length, split.validation.length, test]).toEqual([1, 1, null]);
    expect(events.filter(({ kind }) => kind === "reading").at(-1)).toEqual({
      kind: "reading",
      done: 8,
      total: 8,
    });
    expect(events.at(-1)).toEqual({
      kind: "note",
      text: "6 of 8 usable cases are in no list, and not used: case 2, case 3, case 4, …",
    });
  }));
