import { expect } from "expect";
import { edgeMap } from "papilio/data/edges.ts";

/** An RGB image of equal channels, row-major. */
function grey(widthPx: number, values: number[]) {
  const data = Uint8Array.from(values.flatMap((value) => [value, value, value]));
  return { data, widthPx, heightPx: values.length / widthPx };
}

Deno.test("a step of 80 between two pixels is 40 a pixel on both sides of it", () => {
  const { data, mean } = edgeMap(grey(5, Array(3).fill([0, 0, 80, 80, 80]).flat()));
  expect([...data].map(Math.round)).toEqual([0, 0, 0, 0, 0, 0, 40, 40, 0, 0, 0, 0, 0, 0, 0]);
  expect(mean).toBeCloseTo(80 / 3, 4);
});

Deno.test("a lit corner: both directions count, by Sobel's weights", () => {
  // The south-east pixel alone, with weight 1 in both: Gx = Gy = 80.
  const { data } = edgeMap(grey(3, [0, 0, 0, 0, 0, 0, 0, 0, 80]));
  expect(data[4]).toBeCloseTo(Math.hypot(80, 80) / 8, 4);
  const across = edgeMap(grey(3, [0, 0, 0, 0, 0, 80, 0, 0, 0]));
  expect(across.data[4]).toBeCloseTo(160 / 8, 4);
});

Deno.test("colours count by their luminance", () => {
  const values = [[255, 0, 0], [0, 255, 0], [0, 0, 255]].map((colour) => {
    const row = [[0, 0, 0], [0, 0, 0], colour].flat();
    const data = Uint8Array.from([...row, ...row, ...row]);
    return edgeMap({ data, widthPx: 3, heightPx: 3 }).data[4]! * 2 / 255;
  });
  expect(values.map((value) => Number(value.toFixed(4)))).toEqual([0.2126, 0.7152, 0.0722]);
});
