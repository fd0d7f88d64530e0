import { expect } from "expect";
import fc from "fast-check";
import type { BinaryMask } from "papilio/data/case.ts";
import { close, dilate, erode, open } from "papilio/predict/postprocess/disks.ts";
import { maskOf, rowsOf } from "./_pictures.ts";

/** Looks at every pair of pixels. */
function bruteForce({ data, widthPx, heightPx }: BinaryMask, radiusPx: number): BinaryMask {
  const near = Uint8Array.from(data, (_, i) => {
    const isNear = (value: number, j: number) =>
      value === 1 && Math.hypot(
          i % widthPx - j % widthPx,
          Math.trunc(i / widthPx) - Math.trunc(j / widthPx),
        ) <= radiusPx;
    return data.some(isNear) ? 1 : 0;
  });
  return { data: near, widthPx, heightPx };
}

const anyMask = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([widthPx, heightPx]) =>
    fc.array(fc.constantFrom(0, 0, 1), {
      minLength: widthPx * heightPx,
      maxLength: widthPx * heightPx,
    }).map((data) => ({ data: Uint8Array.from(data), widthPx, heightPx }))
  );

const inverse = (mask: BinaryMask) => ({ ...mask, data: mask.data.map((value) => 1 - value) });

Deno.test("dilation adds what a disk reaches; erosion removes what it reaches from outside", () => {
  expect(rowsOf(dilate(maskOf(".....", ".....", "..#..", "....."), 1))).toEqual(
    [".....", "..#..", ".###.", "..#.."],
  );
  expect(rowsOf(dilate(maskOf("#....", "....."), 1.5))).toEqual(["##...", "##..."]);
  expect(rowsOf(erode(maskOf("####", "####", "###."), 1))).toEqual(["####", "###.", "##.."]);
});

Deno.test("dilation is that of looking at every pair of pixels, at any radius", () => {
  const radius = fc.double({ min: 0, max: 12, noNaN: true });
  fc.assert(
    fc.property(anyMask, radius, (mask, radiusPx) => {
      expect(rowsOf(dilate(mask, radiusPx))).toEqual(rowsOf(bruteForce(mask, radiusPx)));
      expect(erode(mask, radiusPx)).toEqual(inverse(dilate(inverse(mask), radiusPx)));
    }),
    { seed: 42, numRuns: 200 },
  );
});

Deno.test("opening removes specks and bridges, closing fills gaps; a second time changes nothing", () => {
  const bridge = maskOf("###....###", "##########", "###....###", "..........", "....#.....");
  expect(rowsOf(open(bridge, 1)).map((row) => row.slice(4, 6))).toEqual(
    ["..", "..", "..", "..", ".."],
  );
  expect(rowsOf(close(maskOf("####", "#..#", "####"), 1))).toEqual(["####", "####", "####"]);
  fc.assert(
    fc.property(anyMask, fc.constantFrom(1, 1.5, 2), (mask, radiusPx) => {
      const [opened, closed] = [open(mask, radiusPx), close(mask, radiusPx)];
      expect(open(opened, radiusPx)).toEqual(opened);
      expect(close(closed, radiusPx)).toEqual(closed);
      expect(mask.data.every((value, i) => opened.data[i]! <= value && value <= closed.data[i]!))
        .toBe(true);
    }),
    { seed: 42, numRuns: 200 },
  );
});
