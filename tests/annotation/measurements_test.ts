import { expect } from "expect";
import { measureObjects } from "papilio/annotation/measurements.ts";
import { golden, goldenLabels } from "./_golden.ts";
import { labelsOf } from "./_random_labels.ts";

const { widthPx, heightPx } = goldenLabels;
const image = { data: Uint8Array.from(golden.image), widthPx, heightPx };

/** All numbers within, in the order of their names. */
function numbersOf(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return Object.entries(value as object).sort(([a], [b]) => a < b ? -1 : 1)
    .flatMap(([, part]) => numbersOf(part));
}

Deno.test("measurements agree with scikit-image", () => {
  const measured = measureObjects(goldenLabels, { image });
  expect(measured.length).toBe(golden.measurements.length);
  for (const [index, values] of golden.measurements.entries()) {
    expect(Object.keys(measured[index] ?? {}).sort()).toEqual(Object.keys(values).sort());
    const expected = numbersOf(values);
    for (const [i, value] of numbersOf(measured[index]).entries()) {
      expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-10);
    }
  }
});

Deno.test("a single pixel: its perimeter and its axes are 0", () => {
  const [pixel] = measureObjects(labelsOf("...", ".1.", "..."));
  expect(pixel).toEqual({
    areaPx: 1,
    box: { leftPx: 1, topPx: 1, widthPx: 1, heightPx: 1 },
    centroid: { xPx: 1.5, yPx: 1.5 },
    perimeterPx: 0,
    equivalentDiameterPx: Math.sqrt(4 / Math.PI),
    majorAxisPx: 0,
    minorAxisPx: 0,
    eccentricity: 0,
    orientationRad: Math.PI / 4,
    solidity: 1,
  });
});

Deno.test("orientation: 0 upright, ±π/4 along the diagonals, π/2 lying", () => {
  const orientationOf = (...rows: string[]) => measureObjects(labelsOf(...rows))[0]?.orientationRad;
  expect(orientationOf("1", "1", "1")).toBe(0);
  expect(orientationOf("111")).toBe(Math.PI / 2);
  // Symmetric, but its moments do not add up to exactly 0.
  expect(orientationOf("11..111", "11111..", "1111111", "11111..", "11..111")).toBe(Math.PI / 2);
  expect(orientationOf("1..", ".1.", "..1")).toBe(Math.PI / 4);
  expect(orientationOf("..1", ".1.", "1..")).toBe(-Math.PI / 4);
});

Deno.test("a number without pixels has no measurements, and keeps its place", () => {
  const [first, second] = measureObjects(labelsOf("22"));
  expect([first, second?.areaPx]).toEqual([null, 2]);
});
