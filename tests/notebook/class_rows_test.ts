import { join } from "@std/path";
import { expect } from "expect";
import { parseClasses } from "papilio/core/classes.ts";
import type { Case } from "papilio/data/case.ts";
import type { ClassSummary } from "papilio/evaluation/class_summary.ts";
import { bestIouBySide, classMetricRows, classShareRows } from "papilio/notebook/class_rows.ts";
import { inFolder, writePng } from "../data/_files.ts";

Deno.test("shares of classes stand beside the weights by median frequency", () => {
  const rows = classShareRows({
    classes: [
      { name: "background", share: 0.8, shareWherePresent: 0.8, cases: 10 },
      { name: "wings", share: 0.19, shareWherePresent: 0.2, cases: 9 },
      { name: "antennae", share: 0.001, shareWherePresent: 0.002, cases: 5 },
    ],
    ignoredShare: 0,
    cases: 10,
  });
  expect(rows.map((row) => Object.values(row))).toEqual([
    ["background", "80.00 %", "80.00 %", 10, "0.25"],
    ["wings", "19.00 %", "20.00 %", 9, "1.00"],
    ["antennae", "0.10 %", "0.20 %", 5, "100.00"],
  ]);
  expect(Object.keys(rows[0]!)[3]).toBe("cases (of 10)");
});

Deno.test("a class's metrics are those of all images as one", () => {
  const micro = (value: number) => ({ value, low: value - 0.1, high: value + 0.1, resamples: 9 });
  const metrics = ["iou", "precision", "recall", "boundary_f1"].map((name, i) => ({
    name,
    macro: micro(0.9),
    micro: micro(0.5 + i / 10),
  }));
  const summary = { name: "wings", share: 0.123, metrics } as unknown as ClassSummary;
  expect(classMetricRows([summary, { ...summary, metrics: [] }])).toEqual([
    {
      ...{ class: "wings", share: "12.30 %", IoU: "0.5000", "95 %": "0.4000 … 0.6000" },
      ...{ precision: "0.6000", recall: "0.7000", "boundary F1": "0.8000" },
    },
    {
      ...{ class: "wings", share: "12.30 %", IoU: "–", "95 %": "–" },
      ...{ precision: "–", recall: "–", "boundary F1": "–" },
    },
  ]);
});

/** A photo of 8×8 pixels: a square of 4×4, and a line of one pixel's width in column `line`. */
async function writeCase(folder: string, id: string, line: number): Promise<Case> {
  const pixels = (isThere: (x: number, y: number) => boolean) =>
    Array.from({ length: 64 }, (_, i) => isThere(i % 8, Math.floor(i / 8)) ? 255 : 0);
  const write = (name: string, values: number[]) => writePng(join(folder, name), 8, values);
  return {
    id,
    imagePath: await write(`${id}.png`, pixels(() => true)),
    maskPaths: [
      await write(`${id}_square.png`, pixels((x, y) => x < 4 && y < 4)),
      await write(`${id}_line.png`, pixels((x) => x === line)),
    ],
    maskEncoding: { kind: "threshold" },
  };
}

/*
 * At half the side nearest neighbour keeps every second column: of the line in an odd column all becomes two
 * pixels wide, 8 of 16 right; the line in an even one is gone, so that together 8 of 24 are right. The square is as it was.
 */
Deno.test("thin classes have a low ceiling at a small side, compact ones have not", () =>
  inFolder(async (folder) => {
    const cases = [await writeCase(folder, "a", 5), await writeCase(folder, "b", 6)];
    const classes = parseClasses("background,square=*_square,line=*_line");
    const curves = await bestIouBySide(cases, classes, [4, 8]);
    expect(curves.map(({ label }) => label)).toEqual(["square", "line"]);
    expect(curves[0]?.y).toEqual([1, 1]);
    expect(curves[1]?.y).toEqual([8 / 24, 1]);
    expect(curves[1]?.x).toEqual([4, 8]);
  }));
