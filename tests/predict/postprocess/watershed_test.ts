import { expect } from "expect";
import { watershed } from "papilio/predict/postprocess/watershed.ts";
import { labelsOf, maskOf } from "./_pictures.ts";

Deno.test("markers meet at the lowest line between them, and stay in the mask", () => {
  const mask = maskOf("#######", "...#...");
  const heights = Float32Array.of(3, 2, 1, 2, 3, 3, 3, 9, 9, 9, 0, 9, 9, 9);
  const { data } = watershed(heights, labelsOf("1.....2", "......."), { mask });
  expect([...data].slice(0, 7)).toEqual([1, 1, 1, 2, 2, 2, 2]);
  expect([...data].slice(7)).toEqual([0, 0, 0, 2, 0, 0, 0]);
});

Deno.test("at equal heights the markers advance alike; what none reaches stays 0", () => {
  const mask = maskOf("#####.#");
  const { data, count } = watershed(new Float32Array(7), labelsOf("1...2.."), { mask });
  expect([...data]).toEqual([1, 1, 1, 2, 2, 0, 0]);
  expect(count).toBe(2);
});

Deno.test("corners connect only where they shall", () => {
  const mask = maskOf("#.", ".#");
  const spread = (
    connectivity: 4 | 8,
  ) => [...watershed(new Float32Array(4), labelsOf("1.", ".."), { mask, connectivity }).data];
  expect(spread(4)).toEqual([1, 0, 0, 0]);
  expect(spread(8)).toEqual([1, 0, 0, 1]);
});

Deno.test("thousands of pixels wait in the right order", () => {
  const sidePx = 120;
  const data = new Uint8Array(sidePx ** 2).fill(1);
  const mask = { data, widthPx: sidePx, heightPx: sidePx };
  const markers = { ...mask, data: new Int32Array(sidePx ** 2), count: 2 };
  markers.data[0] = 1;
  markers.data[sidePx - 1] = 2;
  // Two hills, and between them a valley at column 70.
  const heights = Float32Array.from(data, (_, i) => Math.abs(i % sidePx - 70));
  const labels = watershed(heights, markers, { mask });
  labels.data.forEach((label, i) => {
    if (i % sidePx !== 70) expect(label).toBe(i % sidePx < 70 ? 1 : 2);
  });
});
