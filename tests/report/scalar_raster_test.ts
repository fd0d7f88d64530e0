import { expect } from "expect";
import { PapilioError } from "papilio/core/errors.ts";
import {
  channelMap,
  scalarRaster,
  type ScalarRasterOptions,
} from "papilio/report/scalar_raster.ts";

/** The ends of viridis. */
const DARKEST = "68,1,84";
const BRIGHTEST = "253,231,37";

/** The colours of a map's pixels, row by row. */
function coloursOf(map: ArrayLike<number>, options?: ScalarRasterOptions): string[] {
  const { data, widthPx, heightPx } = scalarRaster(map, options);
  return Array.from(
    { length: widthPx * heightPx },
    (_, i) => data.subarray(3 * i, 3 * i + 3).join(),
  );
}

Deno.test("the least value is darkest, the greatest brightest, half-way between is the middle", () => {
  const [low, high, middle, least] = coloursOf([-1, 3, 1, -1]);
  expect([low, high, least]).toEqual([DARKEST, BRIGHTEST, DARKEST]);
  expect(middle).toBe(coloursOf([0.5, 0, 0, 0], { domain: [0, 1] })[0]);
  expect([DARKEST, BRIGHTEST]).not.toContain(middle);
});

Deno.test("a given domain is the scale, and cuts off what lies outside", () => {
  const given = coloursOf([-5, 0, 1, 7], { domain: [0, 1] });
  expect(given).toEqual([DARKEST, DARKEST, BRIGHTEST, BRIGHTEST]);
});

Deno.test("values become blocks of whole pixels, and are not mixed", () => {
  const { widthPx, heightPx } = scalarRaster([0, 1, 1, 0], { sidePx: 7 });
  expect([widthPx, heightPx]).toEqual([6, 6]);
  const colours = coloursOf([0, 1, 1, 0], { sidePx: 7 });
  const row = (first: string, second: string) => [first, first, first, second, second, second];
  expect(colours.slice(0, 6)).toEqual(row(DARKEST, BRIGHTEST));
  expect(colours.slice(12, 18)).toEqual(row(DARKEST, BRIGHTEST));
  expect(colours.slice(18, 24)).toEqual(row(BRIGHTEST, DARKEST));
});

Deno.test("a map larger than the side asked for is drawn pixel by pixel", () => {
  expect(scalarRaster(new Float32Array(81), { sidePx: 4 }).widthPx).toBe(9);
});

Deno.test("what is not a number is grey, and does not stretch the scale", () => {
  const colours = coloursOf([NaN, 0, 1, Infinity]);
  expect(colours).toEqual(["128,128,128", DARKEST, BRIGHTEST, BRIGHTEST]);
  expect(new Set(coloursOf([2, 2, 2, 2]))).toEqual(new Set([DARKEST]));
});

Deno.test("a map that is not square is an error", () => {
  expect(() => scalarRaster([1, 2, 3])).toThrow(PapilioError);
  expect(() => scalarRaster([])).toThrow("as many values as a square has");
});

Deno.test("a channel of a batch: of the image asked for, row by row", () => {
  // Value: 1000 · image + 100 · row + 10 · column + channel.
  const shape = [2, 2, 3, 4];
  const data = Float32Array.from({ length: 48 }, (_, i) => {
    const [image, row, column] = [
      Math.floor(i / 24),
      Math.floor(i / 12) % 2,
      Math.floor(i / 4) % 3,
    ];
    return 1000 * image + 100 * row + 10 * column + i % 4;
  });
  expect([...channelMap({ shape, data }, 2)]).toEqual([2, 12, 22, 102, 112, 122]);
  expect([...channelMap({ shape, data }, 0, 1)]).toEqual([1000, 1010, 1020, 1100, 1110, 1120]);
});
