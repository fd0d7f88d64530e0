import { join } from "@std/path";
import { expect } from "expect";
import { usableCases } from "papilio/data/data_set.ts";
import { describeFaults, examineDataSet } from "papilio/data/faults.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { inFolder, writeBytes, writeInstance, writePng } from "./_files.ts";

const MASK = [255, 0, 0, 0];

/** A folder with one case for each fault that only decoding shows, and one good case. */
async function writeFaultyDataSet(folder: string): Promise<void> {
  await writeInstance(folder, "a good", [MASK, [0, 0, 255, 0]]);
  await writeInstance(folder, "b wrong size", [MASK]);
  await writePng(join(folder, "b wrong size", "masks", "1.png"), 3, [255, 0, 0]);
  await writeInstance(folder, "c broken image", [MASK]);
  const broken = join(folder, "c broken image", "images", "c broken image.png");
  await Deno.truncate(broken, (await Deno.stat(broken)).size - 30);
  await writeInstance(folder, "d two broken masks", [MASK]);
  await writeBytes(join(folder, "d two broken masks", "masks", "1.png"), "text");
  await writeBytes(join(folder, "d two broken masks", "masks", "2.png"), "");
  await writeInstance(folder, "e empty", [[0, 0, 0, 0]]);
  await writeInstance(folder, "f labels", [[0, 1, 2, 3]]);
  await writeInstance(folder, "g copy", [MASK]);
  await Deno.copyFile(
    join(folder, "a good", "images", "a good.png"),
    join(folder, "g copy", "images", "g copy.png"),
  );
  await writeInstance(folder, "h grey", [[255, 120, 130, 140]]);
  await writePng(join(folder, "i no image", "masks", "0.png"), 2, MASK);
}

Deno.test("every fault is found, each in its own words, and the rest goes on", () =>
  inFolder(async (folder) => {
    await writeFaultyDataSet(folder);
    const { faults } = await examineDataSet(await readDataSet(folder));
    const found = faults.map(({ severity, kind, id, message }) =>
      `${severity} | ${kind} | ${id} | ${message}`
    );
    const whole = "expected an image file that is whole, got";
    expect(found.toSorted()).toEqual([
      `error | missing image | i no image | there is no image`,
      `error | size mismatch | b wrong size | the mask has 3×1 pixels, its image 2×2`,
      `error | unreadable image | c broken image | ${whole} one that is cut off or damaged`,
      "error | unreadable mask | d two broken masks | expected a file that can be read, got an empty file",
      `error | unreadable mask | d two broken masks | ${whole} a file that is no image, or cut off`,
      "error | unreadable mask | f labels | expected a mask: values 0 and 1, or foreground from 128 to 255, " +
      "got the values 0, 1, 2, 3",
      "warning | duplicate image | g copy | the same file as a good",
      "warning | empty mask | e empty | no pixel is foreground",
      "warning | grey mask | h grey | 75 % of what is not 0 lies in the middle of the range: not a clear mask",
    ]);
  }));

Deno.test("rows: one for each case and for what should have been one; errors make a case unusable", () =>
  inFolder(async (folder) => {
    await writeFaultyDataSet(folder);
    const dataSet = await readDataSet(folder);
    const progress: string[] = [];
    const { rows, faults } = await examineDataSet(dataSet, {
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    expect(rows.map(({ id }) => id[0]).join("")).toBe("abcdefghi");
    expect(rows[0]).toEqual({
      id: "a good",
      widthPx: 2,
      heightPx: 2,
      channels: 3,
      maskCount: 2,
      foregroundFraction: 0.5,
      classPixels: null,
      problem: "",
    });
    expect(rows[8]).toEqual({
      id: "i no image",
      widthPx: null,
      heightPx: null,
      channels: null,
      maskCount: null,
      foregroundFraction: null,
      classPixels: null,
      problem: "missing image: there is no image",
    });
    expect(rows[4]?.foregroundFraction).toBe(0);
    expect(rows[1]?.foregroundFraction).toBe(null);
    const usable = usableCases({ cases: dataSet.cases, faults });
    expect(usable.map(({ id }) => id[0]).join("")).toBe("aegh");
    expect(progress).toEqual(Array.from({ length: 8 }, (_, i) => `${i + 1}/8`));
  }));

Deno.test("faults are grouped by kind, errors first, and cut at the limit", () =>
  inFolder(async (folder) => {
    for (const id of ["a", "b", "c"]) await writeInstance(folder, id, []);
    await writeBytes(join(folder, "notes.txt"), "x");
    const { faults } = await readDataSet(folder);
    const line = (id: string) => `  ${id}: there is no mask [${join(folder, id, "masks")}]`;
    expect(describeFaults(faults, 2)).toEqual([
      "error: missing masks (3)",
      line("a"),
      line("b"),
      "  and 1 more",
      "  → Add the mask under the name of its image, or leave the case for prediction alone.",
      "warning: stray file (1)",
      `  notes.txt is not used [${join(folder, "notes.txt")}]`,
      "  → Move it away, or rename it if it should be part of a case.",
    ]);
  }));
