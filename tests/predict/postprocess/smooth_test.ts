import { expect } from "expect";
import type { BinaryMask } from "papilio/data/case.ts";
import { smoothContours } from "papilio/predict/postprocess/smooth.ts";
import { maskOf, rowsOf } from "./_pictures.ts";

/** A half plane whose border is a line of a slope, drawn in steps of `stepPx`. */
function stairs(sidePx: number, stepPx: number): BinaryMask {
  const data = Uint8Array.from({ length: sidePx ** 2 }, (_, i) => {
    const [x, y] = [Math.floor((i % sidePx) / stepPx), Math.floor(Math.floor(i / sidePx) / stepPx)];
    return x <= y ? 1 : 0;
  });
  return { data, widthPx: sidePx, heightPx: sidePx };
}

Deno.test("a straight border stays, also where it meets the image's edge", async () => {
  const half = maskOf(...Array.from({ length: 30 }, () => "##########.........."));
  for (const sigmaPx of [0.1, 1, 3]) {
    expect(rowsOf(await smoothContours(half, sigmaPx))).toEqual(rowsOf(half));
  }
});

Deno.test("specks and hairs go, and so does the background's", async () => {
  const rows = Array.from({ length: 15 }, (_, y) => y < 7 ? "......#......" : "######.######");
  const smooth = rowsOf(await smoothContours(maskOf(...rows), 2));
  expect(smooth[0]).toBe(".............");
  expect(smooth[14]).toBe("#############");
});

Deno.test("stairs become a slope", async () => {
  const smooth = await smoothContours(stairs(96, 8), 5);
  const crossings = (mask: BinaryMask, y: number) =>
    mask.data.subarray(y * 96, y * 96 + 96).indexOf(0);
  const steps = Array.from(
    { length: 60 },
    (_, k) => crossings(smooth, 18 + k) - crossings(smooth, 17 + k),
  );
  expect(Math.max(...steps)).toBeLessThanOrEqual(2);
});
