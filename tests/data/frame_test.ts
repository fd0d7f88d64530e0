import { expect } from "expect";
import { isFramed } from "papilio/data/frame.ts";

/** All foreground but what `isBackground` says. */
function mask(widthPx: number, heightPx: number, isBackground: (x: number, y: number) => boolean) {
  const data = Uint8Array.from(
    { length: widthPx * heightPx },
    (_, i) => isBackground(i % widthPx, Math.floor(i / widthPx)) ? 0 : 1,
  );
  return { data, widthPx, heightPx };
}

const isInner = (x: number, y: number) => x > 0 && y > 0 && x < 49 && y < 29;

Deno.test("a frame of one pixel is seen, and one with a small gap", () => {
  expect(isFramed(mask(50, 30, isInner))).toBe(true);
  expect(isFramed(mask(50, 30, (x, y) => isInner(x, y) || (y === 0 && x === 20)))).toBe(true);
});

Deno.test("with one edge free there is no frame", () => {
  const free = [
    (_x: number, y: number) => y === 0,
    (_x: number, y: number) => y === 29,
    (x: number) => x === 0,
    (x: number) => x === 49,
  ];
  for (const isFree of free) {
    // The two corners of a free edge stay with the edges beside it.
    const isBackground = (x: number, y: number) =>
      isInner(x, y) || (isFree(x, y) && !(x % 49 === 0 && y % 29 === 0));
    expect(isFramed(mask(50, 30, isBackground))).toBe(false);
  }
  expect(isFramed(mask(50, 30, () => true))).toBe(false);
});
