import { expect } from "expect";
import type { BinaryMask } from "papilio/data/case.ts";
import { isFramed } from "papilio/data/frame.ts";
import { resizeMask } from "papilio/data/masks.ts";
import {
  changeText,
  foregroundFrom,
  overlapText,
  resizedFromCorners,
  savedAsJpeg,
  savedSmoothed,
  withFrame,
} from "papilio/notebook/mask_traps.ts";
import { busiestBox } from "papilio/notebook/crop.ts";

/** Foreground where `isForeground` says. */
function mask(
  widthPx: number,
  heightPx: number,
  isForeground: (x: number, y: number) => boolean,
): BinaryMask {
  const data = Uint8Array.from(
    { length: widthPx * heightPx },
    (_, i) => isForeground(i % widthPx, Math.floor(i / widthPx)) ? 1 : 0,
  );
  return { data, widthPx, heightPx };
}

const disc = mask(65, 48, (x, y) => Math.hypot(x - 30, y - 22) < 15);

Deno.test("a smoothed mask has greys; its upper half is nearly the mask, above 0 it has grown", async () => {
  const grey = await savedSmoothed(disc);
  expect([grey.widthPx, grey.heightPx, grey.data.length]).toEqual([65, 48, 65 * 48]);
  expect(grey.data.filter((value) => value > 0 && value < 255).length).toBeGreaterThan(100);
  expect(Math.abs(growthOf(foregroundFrom(grey, 128)))).toBeLessThan(0.4);
  expect(growthOf(foregroundFrom(grey, 1))).toBeGreaterThan(0.8);
});

Deno.test("a JPEG file gives values back that were not put in; half of 255 tells them apart again", async () => {
  const grey = await savedAsJpeg(disc);
  expect(new Set(grey.data).size).toBeGreaterThan(10);
  expect(foregroundFrom(grey, 128).data).toEqual(disc.data);
  expect(growthOf(foregroundFrom(grey, 1))).toBeGreaterThan(1);
});

/** How far the border has moved outwards, out of the text that says so. */
function growthOf(changed: BinaryMask): number {
  const [, number = ""] = changeText(changed, disc).match(/border (\S+) px/) ?? [];
  return Number(number.replace("−", "-"));
}

Deno.test("foreground is from the level on, itself included", () => {
  const grey = { data: Uint8Array.of(0, 127, 128, 255), widthPx: 4, heightPx: 1 };
  expect([...foregroundFrom(grey, 128).data]).toEqual([0, 0, 1, 1]);
});

Deno.test("counted from corners, the first of each four pixels is taken, not one in the middle", () => {
  const row = mask(12, 1, (x) => x % 4 === 0);
  expect([...resizedFromCorners(row, 3, 1).data]).toEqual([1, 1, 1]);
  expect([...resizeMask(row, 3, 1).data]).toEqual([0, 0, 0]);
  const column = mask(1, 12, (_, y) => y % 4 === 0);
  expect([...resizedFromCorners(column, 1, 3).data]).toEqual([1, 1, 1]);
  expect(resizedFromCorners(disc, 65, 48)).toEqual(disc);
});

Deno.test("a frame is as thick as asked, and leaves the rest", () => {
  const framed = withFrame(mask(6, 5, (x) => x === 3), 2);
  const rows = Array.from({ length: 5 }, (_, y) => framed.data.slice(6 * y, 6 * y + 6).join(""));
  expect(rows).toEqual(["111111", "111111", "110111", "111111", "111111"]);
  expect([isFramed(withFrame(disc, 1)), isFramed(disc)]).toEqual([true, false]);
});

Deno.test("changes in words: signs, nothing at all, and what is not defined", () => {
  const bar = (from: number, to: number) => mask(20, 4, (x) => x >= from && x < to);
  expect(changeText(bar(0, 12), bar(0, 10))).toBe("area +20.0 %, border +2.00 px");
  expect(changeText(bar(0, 8), bar(0, 10))).toBe("area −20.0 %, border −2.00 px");
  expect(changeText(bar(0, 10), bar(0, 10))).toBe("area 0.0 %, border 0.00 px");
  expect(changeText(bar(0, 10), bar(0, 0))).toBe("area –, border –");
  expect(overlapText(bar(0, 12), bar(0, 9))).toBe("IoU 0.7500");
});

Deno.test("the crop is where the border is longest, and inside the picture", () => {
  const comb = mask(100, 60, (x, y) => x > 70 && y > 30 && x % 2 === 0);
  const { leftPx, topPx, widthPx, heightPx } = busiestBox(comb, 20);
  expect([widthPx, heightPx]).toEqual([20, 20]);
  expect(leftPx).toBeGreaterThanOrEqual(70);
  expect(leftPx).toBeLessThanOrEqual(80);
  expect(topPx).toBeGreaterThan(30);
  expect(topPx).toBeLessThanOrEqual(40);
  expect(busiestBox(mask(5, 5, () => true), 20)).toMatchObject({ leftPx: 0, topPx: 0 });
});
