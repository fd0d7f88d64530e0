import { expect } from "expect";
import fc from "fast-check";
import { pixelContours } from "papilio/annotation/contours.ts";
import { areaOf, type Ring, signedArea } from "papilio/annotation/polygons.ts";
import { redraw } from "papilio/annotation/rasterize.ts";
import { simplifyPolygon } from "papilio/annotation/simplify.ts";
import { anyLabels } from "./_random_labels.ts";

const ring = (...values: number[]) => Float64Array.from(values);

function distance(ring: Ring, x: number, y: number): number {
  let least = Infinity;
  for (let i = 0; i < ring.length; i += 2) {
    const j = (i + 2) % ring.length;
    const [x0, y0, x1, y1] = [ring[i], ring[i + 1], ring[j], ring[j + 1]] as [
      number,
      number,
      number,
      number,
    ];
    const along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2);
    const t = Math.min(1, Math.max(0, along));
    least = Math.min(least, Math.hypot(x0 + t * (x1 - x0) - x, y0 + t * (y1 - y0) - y));
  }
  return least;
}

/** Whether two sides cross, asked of every pair with another formula than the library's. */
function anyCrossing(rings: readonly Ring[]): boolean {
  const sides = rings.flatMap((ring) =>
    Array.from({ length: ring.length / 2 }, (_, i) => {
      const j = (2 * i + 2) % ring.length;
      return [ring[2 * i], ring[2 * i + 1], ring[j], ring[j + 1]] as [
        number,
        number,
        number,
        number,
      ];
    })
  );
  return sides.some(([ax, ay, bx, by], i) =>
    sides.slice(i + 1).some(([cx, cy, dx, dy]) => {
      const scale = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx);
      if (scale === 0) return false;
      const t = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / scale;
      const u = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / scale;
      const isOn = (value: number) => value > -1e-9 && value < 1 + 1e-9;
      const isEnd = (value: number) => Math.abs(value) < 1e-9 || Math.abs(value - 1) < 1e-9;
      return isOn(t) && isOn(u) && !(isEnd(t) && isEnd(u));
    })
  );
}

Deno.test("a staircase becomes its slope within the tolerance", () => {
  const stairs = ring(0, -20, 4, -20, 4, 4, 3, 4, 3, 3, 2, 3, 2, 2, 1, 2, 1, 1, 0, 1);
  const { outer } = simplifyPolygon({ outer: stairs, holes: [] }, 0.75);
  expect([...outer]).toEqual([0, -20, 4, -20, 4, 4, 0, 1]);
});

Deno.test("tolerance 0 leaves out what lies on straight lines, and nothing else", () => {
  const outer = ring(0, 0, 1, 0, 2, 0, 2, 2, 0, 2);
  expect([...simplifyPolygon({ outer, holes: [] }, 0).outer]).toEqual([0, 0, 2, 0, 2, 2, 0, 2]);
});

Deno.test("a pixel stays a pixel at any tolerance", () => {
  const outer = ring(0, 0, 1, 0, 1, 1, 0, 1);
  expect(simplifyPolygon({ outer, holes: [] }, 100).outer).toEqual(outer);
});

Deno.test("a disc stays round at any tolerance", () => {
  const angles = Array.from({ length: 100 }, (_, i) => i * Math.PI / 50);
  const disc = ring(...angles.flatMap((angle) => [10 * Math.cos(angle), 10 * Math.sin(angle)]));
  const { outer } = simplifyPolygon({ outer: disc, holes: [] }, 100);
  expect(outer.length).toBeLessThan(2 * 20);
  expect(signedArea(outer)).toBeGreaterThan(0.85 * Math.PI * 10 ** 2);
});

/** A roof whose ridge, at (50, 50), is within a tolerance of 6 of the eaves' line at 45. */
const roof = ring(0, 0, 100, 0, 100, 45, 50, 50, 0, 45);

Deno.test("the ridge of a roof goes, if nothing is below it", () => {
  expect([...simplifyPolygon({ outer: roof, holes: [] }, 6).outer])
    .toEqual([0, 0, 100, 0, 100, 45, 0, 45]);
});

Deno.test("a hole that reaches below the ridge keeps it", () => {
  const hole = ring(46, 47, 54, 47, 50, 30);
  expect(simplifyPolygon({ outer: roof, holes: [hole] }, 6).outer).toEqual(roof);
});

Deno.test("so does one with corners on the eaves' line itself", () => {
  const hole = ring(50, 48, 60, 45, 50, 30, 40, 45);
  expect(simplifyPolygon({ outer: roof, holes: [hole] }, 6).outer).toEqual(roof);
});

Deno.test("below half a pixel, borders along pixels draw to the same pixels", () => {
  fc.assert(fc.property(anyLabels, (labels) => {
    const objects = pixelContours(labels).map((polygons) => ({
      polygons: polygons.map((polygon) => simplifyPolygon(polygon, 0.49)),
    }));
    expect(redraw(objects, labels).data).toEqual(labels.data);
  }));
});

Deno.test("every point stays within the tolerance of the new line; no crossings; no ring is lost", () => {
  const anyTolerance = fc.double({ min: 0.1, max: 3, noNaN: true });
  fc.assert(fc.property(anyLabels, anyTolerance, (labels, tolerancePx) => {
    for (const polygon of pixelContours(labels).flat()) {
      const simple = simplifyPolygon(polygon, tolerancePx);
      const [before, after] = [[polygon.outer, ...polygon.holes], [simple.outer, ...simple.holes]];
      expect(after.length).toBe(before.length);
      expect(anyCrossing(after)).toBe(false);
      expect(areaOf([simple])).toBeGreaterThan(0);
      for (const [index, line] of before.entries()) {
        expect(after[index]?.length).toBeGreaterThanOrEqual(6);
        for (let i = 0; i < line.length; i += 2) {
          const away = distance(after[index] as Ring, line[i] as number, line[i + 1] as number);
          expect(away).toBeLessThanOrEqual(tolerancePx + 1e-9);
        }
      }
    }
  }));
});
