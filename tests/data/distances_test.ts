import { expect } from "expect";
import fc from "fast-check";
import type { BinaryMask } from "papilio/data/case.ts";
import { contourPixels, depths, meanGrowthPx, signedDistances } from "papilio/data/distances.ts";

/** A mask from rows of `#` and `.`. */
function mask(...rows: string[]): BinaryMask {
  const data = Uint8Array.from(rows.join(""), (character) => character === "#" ? 1 : 0);
  return { data, widthPx: rows[0]!.length, heightPx: rows.length };
}

function disc(sidePx: number, radiusPx: number): BinaryMask {
  const middle = (sidePx - 1) / 2;
  const data = Uint8Array.from({ length: sidePx ** 2 }, (_, i) => {
    const [x, y] = [i % sidePx - middle, Math.floor(i / sidePx) - middle];
    return Math.hypot(x, y) < radiusPx ? 1 : 0;
  });
  return { data, widthPx: sidePx, heightPx: sidePx };
}

/** Looks at every pair of pixels. */
function bruteForce({ data, widthPx }: BinaryMask): number[] {
  return [...data].map((value, i) => {
    let nearest = Infinity;
    data.forEach((other, j) => {
      const [dx, dy] = [
        i % widthPx - j % widthPx,
        Math.trunc(i / widthPx) - Math.trunc(j / widthPx),
      ];
      if (other !== value) nearest = Math.min(nearest, Math.hypot(dx, dy));
    });
    return (value === 1 ? -1 : 1) * (nearest - 0.5);
  });
}

Deno.test("distances run from the border, half a pixel beside the nearest centres; diagonals are √2", () => {
  const one = signedDistances(mask("...", ".#.", "..."));
  const diagonal = Math.fround(Math.SQRT2 - 0.5);
  expect([...one]).toEqual([diagonal, 0.5, diagonal, 0.5, -0.5, 0.5, diagonal, 0.5, diagonal]);
});

Deno.test("distances are those of looking at every pair of pixels", () => {
  const masks = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).chain((
    [widthPx, heightPx],
  ) =>
    fc.array(fc.constantFrom(0, 0, 0, 0, 1), {
      minLength: widthPx * heightPx,
      maxLength: widthPx * heightPx,
    }).map((data) => ({ data: Uint8Array.from(data), widthPx, heightPx }))
  );
  fc.assert(
    fc.property(masks, (some) => {
      expect([...signedDistances(some)]).toEqual(bruteForce(some).map(Math.fround));
    }),
    { seed: 42, numRuns: 200 },
  );
});

Deno.test("depths reach from pixel to pixel: half a pixel more than the border's distance, 0 outside", () => {
  const some = mask("###..", "###..", "###.#");
  const expected = [...signedDistances(some)].map((signed) => signed < 0 ? 0.5 - signed : 0);
  expect([...depths(some)].map((depth) => depth.toFixed(5))).toEqual(
    expected.map((depth) => depth.toFixed(5)),
  );
  expect(depths(some)[0]).toBe(3);
  expect([...depths(mask("##"))]).toEqual([Infinity, Infinity]);
});

Deno.test("the contour is on both sides of the border, and not at the image's edge", () => {
  expect([...contourPixels(mask("##..", "##..", "...."))]).toEqual([1, 2, 4, 5, 6, 8, 9]);
  expect(contourPixels(mask("##", "##")).length).toBe(0);
  expect(contourPixels(mask("..", "..")).length).toBe(0);
});

Deno.test("a contour with an offset lies that far outside, or inside", () => {
  const row = mask("......######");
  expect([...contourPixels(row, 0)]).toEqual([5, 6]);
  expect([...contourPixels(row, 2)]).toEqual([3, 4]);
  expect([...contourPixels(row, -3)]).toEqual([8, 9]);
});

Deno.test("growth is how far the border has moved", () => {
  expect(meanGrowthPx(disc(41, 10), disc(41, 10))).toBe(0);
  // Where a border runs slantwise, "less half a pixel" is up to 0.2 off.
  expect(Math.abs(meanGrowthPx(disc(61, 20), disc(61, 17)) - 3)).toBeLessThan(0.1);
  expect(Math.abs(meanGrowthPx(disc(61, 17), disc(61, 20)) + 3)).toBeLessThan(0.1);
  expect(meanGrowthPx(disc(61, 17), mask("."))).toBeNaN();
  expect(meanGrowthPx(mask(".."), mask("#."))).toBeNaN();
});
