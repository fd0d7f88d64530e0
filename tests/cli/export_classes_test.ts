import { join } from "@std/path";
import { expect } from "expect";
import { main } from "papilio/cli/export.ts";
import { parseExportFlags } from "papilio/cli/_export_command.ts";
import { exists } from "papilio/core/files.ts";
import { colourModel, mixed, table, writeClassCases } from "../evaluation/_classes.ts";
import { inFolder } from "../predict/_fixtures.ts";
import { run as runCommand } from "./_run.ts";

const twoParts = { found: ["0011", "0111", "0000", "1000"], truth: mixed.truth };

/** Exports one photo by the colour model of a class table. */
async function exportWith(folder: string, classes: string, ...args: string[]) {
  const [model, data] = [join(folder, "model.onnx"), join(folder, "data")];
  await Deno.writeFile(model, colourModel(classes));
  await writeClassCases(data, { photo: classes === table ? mixed : twoParts });
  const out = join(folder, "out");
  const given = ["--model", model, "--input", join(data, "images"), "--out", out, "--threads", "1"];
  return { out, ...await runCommand(main, [...given, "--annotations", "coco", ...args]) };
}

const cocoOf = async (out: string) =>
  JSON.parse(await Deno.readTextFile(join(out, "annotations_coco.json")));

Deno.test("objects of one class beside the background have its name, or the one that is given", () =>
  inFolder(async (folder) => {
    const { out, code, printed } = await exportWith(folder, "background=0,wings=1");
    expect([code, printed]).toEqual([0, expect.stringContaining("2 objects in 1 photo")]);
    const { categories, annotations } = await cocoOf(out);
    expect(categories).toMatchObject([{ id: 1, name: "wings" }]);
    expect(annotations.map(({ area }: { area: number }) => area)).toEqual([5, 1]);
    await exportWith(folder, "background=0,wings=1", "--class-name", "moth");
    expect((await cocoOf(out)).categories).toMatchObject([{ id: 1, name: "moth" }]);
  }));

Deno.test("several classes keep their names: another is refused before anything is written", () =>
  inFolder(async (folder) => {
    const { out, code, printed } = await exportWith(folder, table, "--class-name", "moth");
    expect([code, printed]).toEqual([
      1,
      expect.stringContaining("Leave --class-name away: objects have the names of their classes."),
    ]);
    expect(await exists(out)).toBe(false);
    const second = await exportWith(folder, table);
    expect(second.printed).toContain("2 objects in 1 photo");
  }));

Deno.test("every layout of data sets can be named for photos, too", () => {
  const args = (layout: string) => ["--model", "m.onnx", "--out", "o", "--layout", layout];
  for (const layout of ["auto", "photos", "parts", "instances", "pets", "leeds", "paired"]) {
    expect(parseExportFlags(args(layout)).layout).toBe(layout);
  }
  expect(() => parseExportFlags(args("pearls"))).toThrow("Allowed choices");
});
