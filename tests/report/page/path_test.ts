import { expect } from "expect";
import fc from "fast-check";
import { pathAlong } from "papilio/report/page/path.ts";

/** The corners of a path, by another reader of the same few commands. */
function cornersOf(path: string): number[][][] {
  const rings: number[][][] = [];
  for (const [, command, text = ""] of path.matchAll(/([Mhvlz])([^Mhvlz]*)/g)) {
    const [first = 0, second = 0] = (text.match(/-?\d*\.?\d+/g) ?? []).map(Number);
    const [x = 0, y = 0] = rings.at(-1)?.at(-1) ?? [];
    if (command === "M") rings.push([[first, second]]);
    if (command === "h") rings.at(-1)?.push([x + first, y]);
    if (command === "v") rings.at(-1)?.push([x, y + first]);
    if (command === "l") rings.at(-1)?.push([x + first, y + second]);
  }
  return rings;
}

Deno.test("pathAlong: every corner comes back within half a tenth of a pixel, however long the ring", () => {
  const coordinate = fc.double({ min: 0, max: 5000, noNaN: true });
  const ring = fc.array(coordinate, { minLength: 6, maxLength: 200 })
    .map((values) => Float64Array.from(values.slice(0, values.length - values.length % 2)));
  fc.assert(fc.property(ring, fc.constantFrom(1, 0.25, 0.107), (points, scale) => {
    const [corners = []] = cornersOf(pathAlong([points], { scale }));
    const last = corners.at(-1) ?? [];
    expect(Math.abs((last[0] ?? 0) - (points.at(-2) as number) * scale)).toBeLessThan(0.0501);
    expect(Math.abs((last[1] ?? 0) - (points.at(-1) as number) * scale)).toBeLessThan(0.0501);
  }));
});

Deno.test("pathAlong: rings follow each other, points on one place are one", () => {
  expect(pathAlong([])).toBe("");
  expect(pathAlong([[0, 0, 2, 0, 2, 0.01, 2, 2], [5, 5, 4, 5, 4, 6.25]]))
    .toBe("M0 0h2v2zM5 5h-1v1.3z");
  expect(cornersOf("M-1-.5l.5-2z")).toEqual([[[-1, -0.5], [-0.5, -2.5]]]);
});
