import { join } from "@std/path";
import { expect } from "expect";
import sharp from "sharp";
import { parseClasses } from "papilio/core/classes.ts";
import { type ConfigOverrides, resolveConfig } from "papilio/core/config.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import type { TrainEvent } from "papilio/train/events.ts";
import { dataCommand } from "papilio/train/_data_command.ts";
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
      text: "In no list, and not used: 6 of 8 usable cases: case 2, case 3, case 4, …",
    });
  }));

Deno.test("openRunData: batches have the classes and channels of the configuration", () =>
  withFolder(async (folder) => {
    await makeDataSet(folder);
    const classes = parseClasses("background=0,disc=255,absent=7");
    const config = resolveConfig("smoke", { data: folder, classes, inputChannels: 1 });
    const notes: string[] = [];
    const dataSet = await readDataSet(folder);
    const options = { splitPath: join(folder, "none.csv"), onEvent: noteInto(notes) };
    const { train } = await openRunData(dataSet, { ...options, config });
    const { inputSidePx } = config;
    const epoch = { batchSize: 3, epoch: 0, shuffle: false, augment: false };
    for await (const { images, masks, size } of train.batches.epoch(epoch)) {
      expect([images.length, masks.length]).toEqual(Array(2).fill(size * inputSidePx ** 2));
      expect([...new Set(masks)].toSorted()).toEqual([0, 1]);
    }
    const any = openRunData(dataSet, { ...options, config: { ...config, maskResize: "any" } });
    await expect(any).rejects.toThrow("Cannot resize masks of 3 classes");
    const four = openRunData(dataSet, { ...options, config: { ...config, inputChannels: 4 } });
    await expect(four).rejects.toThrow("8 cases, none of which can be used");
    const command = `\`deno task data ${folder} --input-channels 4 ` +
      "--classes background=0,disc=255,absent=7`";
    await expect(four).rejects.toThrow(command);
    expect(notes.join("\n")).toContain(`… and 3 more (all in the list that ${command} writes)`);
    expect(notes.join()).toContain("expected 4 channels, got 3");
  }));

Deno.test("openRunData: 12 bits in 16 are told, and read over their own range where that is asked for", () =>
  withFolder(async (folder) => {
    await makeDataSet(folder);
    const dataSet = await readDataSet(folder);
    for (const { imagePath } of dataSet.cases) {
      const { data, info } = await sharp(imagePath).toColourspace("b-w").raw()
        .toBuffer({ resolveWithObject: true });
      const raw = { width: info.width, height: info.height, channels: 1 } as const;
      const deep = sharp(Uint16Array.from(data, (value) => 16 * value), { raw });
      await deep.toColourspace("grey16").png().toFile(imagePath);
    }
    const epoch = { batchSize: 8, epoch: 0, shuffle: false, augment: false };
    const brightest = async (intensityRange: "format" | "image", notes: string[]) => {
      const config = resolveConfig("smoke", { data: folder, inputChannels: 1, intensityRange });
      const options = { splitPath: join(folder, "none.csv"), onEvent: noteInto(notes) };
      const { train } = await openRunData(dataSet, { ...options, config });
      let most = 0;
      for await (const { images } of train.batches.epoch(epoch)) {
        most = images.reduce((a, b) => Math.max(a, b), most);
      }
      return most;
    };
    const notes: string[] = [];
    expect(await brightest("image", notes)).toBe(255);
    expect(notes.join()).not.toContain("narrow range");
    expect(await brightest("format", notes)).toBeLessThan(16);
    expect(notes).toContain("warning: narrow range (8)");
  }));

Deno.test("openRunData: pixels of no class are told with their value and their share", () =>
  withFolder(async (folder) => {
    await makeDataSet(folder);
    const notes: string[] = [];
    const config = resolveConfig("smoke", { classes: parseClasses("disc=255,absent=7") });
    await openRunData(await readDataSet(folder), { config, onEvent: noteInto(notes) });
    expect(notes.join("\n")).toMatch(
      /value 0 in 8 of 8 masks, \d\d\.\d % of all pixels, is of no class/,
    );
    expect(notes.join("\n")).toMatch(/^Of no class, and ignored: \d\d\.\d % of all pixels\.$/m);
  }));

Deno.test("the command that finds the same faults: what is as usual is left out, classes may be a list", () => {
  const command = (overrides: ConfigOverrides) =>
    dataCommand("a b", resolveConfig("smoke", overrides));
  expect(command({})).toBe("deno task data 'a b'");
  expect(command({ layout: "paired", inputChannels: 4 })).toBe(
    "deno task data 'a b' --layout paired --input-channels 4",
  );
  expect(command({ classes: [{ name: "a", files: ["3"] }, { name: "b", values: [1] }] })).toBe(
    `deno task data 'a b' --classes '[{"name":"a","values":[],"files":["3"]},` +
      `{"name":"b","values":[1],"files":[]}]'`,
  );
});

function noteInto(notes: string[]) {
  return (event: TrainEvent) => void (event.kind === "note" && notes.push(event.text));
}
