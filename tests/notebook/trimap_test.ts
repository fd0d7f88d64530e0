import { join } from "@std/path";
import { expect } from "expect";
import {
  complaintAbout,
  maskOfLabels,
  readTrimap,
  toTrimap,
  trimapLabels,
} from "papilio/notebook/trimap.ts";
import { inFolder, writePng } from "../data/_files.ts";

const row = { data: Uint8Array.of(1, 1, 1, 1, 0, 0, 0, 0), widthPx: 8, heightPx: 1 };

Deno.test("a trimap has a border as wide as asked on both sides of the mask's own", () => {
  expect([...toTrimap(row, 1).data]).toEqual([1, 1, 1, 3, 3, 2, 2, 2]);
  expect([...toTrimap(row, 2).data]).toEqual([1, 1, 3, 3, 3, 3, 2, 2]);
});

Deno.test("a trimap is read with its labels, and made into masks by any of them", () =>
  inFolder(async (folder) => {
    const trimap = await readTrimap(await writePng(join(folder, "t.png"), 4, [1, 3, 2, 2]));
    expect(trimap).toEqual({ data: Uint8Array.of(1, 3, 2, 2), widthPx: 4, heightPx: 1 });
    const { object, border } = trimapLabels;
    expect([...maskOfLabels(trimap, [object]).data]).toEqual([1, 0, 0, 0]);
    expect([...maskOfLabels(trimap, [object, border]).data]).toEqual([1, 1, 0, 0]);
  }));

Deno.test("taken for a mask, a trimap is refused with the values that it has", async () => {
  expect(await complaintAbout(toTrimap(row, 1))).toBe(
    "expected a mask: values 0 and 1, or foreground from 128 to 255, got the values 1, 2, 3",
  );
});
