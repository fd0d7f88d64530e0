import { expect } from "expect";
import { instanceColour } from "papilio/report/mask_pictures.ts";
import { renderObjects } from "papilio/report/numbered_objects.ts";
import type { Raster } from "papilio/report/raster.ts";

const black = { data: new Uint8Array(60 * 20 * 3), widthPx: 60, heightPx: 20 };
/** Object 1 is the left third, object 2 the right one. */
const labels = Int32Array.from({ length: 60 * 20 }, (_, i) => [1, 0, 2][Math.floor(i % 60 / 20)]!);

function at({ data, widthPx }: Raster, x: number, y: number): number[] {
  return [...data.subarray((y * widthPx + x) * 3, (y * widthPx + x) * 3 + 3)];
}

Deno.test("each object is tinted in its own colour, and the ground is grey", async () => {
  const photo = { ...black, data: black.data.map((_, i) => i % 3 === 0 ? 200 : 0) };
  const drawn = await renderObjects(photo, labels);
  const [red, green, blue] = at(drawn, 30, 10);
  expect(red).toBeGreaterThan(0);
  expect([green, blue]).toEqual([red, red]);
  const tinted = (index: number) => instanceColour(index).map((value) => Math.round(0.65 * value));
  const onBlack = await renderObjects(black, labels);
  expect(at(onBlack, 5, 10)).toEqual(tinted(0));
  expect(at(onBlack, 55, 10)).toEqual(tinted(1));
  expect(at(onBlack, 30, 10)).toEqual([0, 0, 0]);
  expect(photo.data[0]).toBe(200); // The photo stays as it is.
});

Deno.test("numbers stand in white around their places, and nowhere else", async () => {
  const numbers = [{ label: 8, xPx: 30, yPx: 10 }];
  const drawn = await renderObjects(black, new Int32Array(labels.length), { numbers });
  const white: [number, number][] = [];
  for (let y = 0; y < 20; y++) {
    for (let x = 0; x < 60; x++) if (Math.min(...at(drawn, x, y)) > 200) white.push([x, y]);
  }
  expect(white.length).toBeGreaterThan(3);
  const mean = (k: 0 | 1) => white.reduce((sum, place) => sum + place[k], 0) / white.length;
  expect(Math.abs(mean(0) + 0.5 - 30)).toBeLessThan(1);
  expect(Math.abs(mean(1) + 0.5 - 10)).toBeLessThan(1.5);
  for (const [x, y] of white) expect(Math.hypot(x - 30, y - 10)).toBeLessThan(8);
});
