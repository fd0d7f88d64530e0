import { expect } from "expect";
import fc from "fast-check";
import { maskAtSize, probabilitiesAtSize } from "papilio/predict/resize.ts";

const map = { data: new Float32Array([0.9, 0.1, 0.4, 0.5]), sidePx: 2 };

Deno.test("a mask enlarged by 2 and by 3 repeats the network's pixels", () => {
  const mask = maskAtSize(map, { widthPx: 4, heightPx: 6 }, { threshold: 0.5 });
  expect([...mask.data]).toEqual([
    ...[1, 1, 0, 0],
    ...[1, 1, 0, 0],
    ...[1, 1, 0, 0],
    ...[0, 0, 1, 1],
    ...[0, 0, 1, 1],
    ...[0, 0, 1, 1],
  ]);
});

Deno.test("nearest takes the pixel whose area the target's centre lies in", () => {
  const ramp = {
    data: new Float32Array([0, 0.25, 0.5, 0.75, 1].flatMap((p) => Array(5).fill(p))),
    sidePx: 5,
  };
  // Centres of 3 rows over 5: 5/6, 2.5, 25/6: rows 0, 2, 4.
  const values = probabilitiesAtSize(ramp, { widthPx: 1, heightPx: 3 });
  expect([...values]).toEqual([0, Math.round(0.5 * 65535), 65535]);
});

Deno.test("bilinear interpolates between the pixels' centres and stays flat at the rim", () => {
  const step = { data: new Float32Array([0, 1, 0, 1]), sidePx: 2 };
  const values = probabilitiesAtSize(step, { widthPx: 4, heightPx: 1 }, "bilinear");
  // Centres at -0.25, 0.25, 0.75, 1.25 of the source: 0, 1/4, 3/4, 1.
  expect([...values]).toEqual([0, 16384, 49151, 65535]);
});

Deno.test("bilinear goes down the columns as it does along the rows", () => {
  const step = { data: new Float32Array([0, 0, 1, 1]), sidePx: 2 };
  const values = probabilitiesAtSize(step, { widthPx: 2, heightPx: 4 }, "bilinear");
  expect([...values]).toEqual([0, 0, 16384, 16384, 49151, 49151, 65535, 65535]);
});

Deno.test("a map need not be square", () => {
  const wide = { data: new Float32Array([0, 1, 0, 1, 0, 1]), widthPx: 3, heightPx: 2 };
  expect([...probabilitiesAtSize(wide, wide)]).toEqual([0, 65535, 0, 65535, 0, 65535]);
  const values = probabilitiesAtSize(wide, { widthPx: 3, heightPx: 4 }, "bilinear");
  expect([...values]).toEqual([
    ...[0, 65535, 0],
    ...[16384, 49151, 16384],
    ...[49151, 16384, 49151],
    ...[65535, 0, 65535],
  ]);
  const mask = maskAtSize(wide, { widthPx: 6, heightPx: 2 }, { threshold: 0.5 });
  expect([...mask.data]).toEqual([0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1]);
});

Deno.test("a probability equal to the threshold is foreground", () => {
  const mask = maskAtSize(map, { widthPx: 2, heightPx: 2 }, { threshold: 0.5 });
  expect([...mask.data]).toEqual([1, 0, 0, 1]);
});

Deno.test("nearest at any size equals the definition, pixel by pixel", () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 40 }),
    (sidePx, widthPx, heightPx) => {
      const data = Float32Array.from({ length: sidePx ** 2 }, (_, i) => (i * 7919 % 101) / 101);
      const mask = maskAtSize({ data, sidePx }, { widthPx, heightPx }, { threshold: 0.5 });
      mask.data.forEach((value, i) => {
        const row = Math.floor((Math.floor(i / widthPx) + 0.5) * sidePx / heightPx);
        const column = Math.floor((i % widthPx + 0.5) * sidePx / widthPx);
        expect(value).toBe((data[row * sidePx + column] as number) >= 0.5 ? 1 : 0);
      });
    },
  );
  fc.assert(property, { numRuns: 60, seed: 1 });
});
