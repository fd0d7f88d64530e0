import { expect } from "expect";
import fc from "fast-check";
import { pixelContours } from "papilio/annotation/contours.ts";
import { areaOf, contains, type Polygon, signedArea } from "papilio/annotation/polygons.ts";
import { redraw } from "papilio/annotation/rasterize.ts";
import { describeObjects } from "papilio/data/objects.ts";
import { anyLabels, labelsOf } from "./_random_labels.ts";

const contoursOf = (...rows: string[]) => pixelContours(labelsOf(...rows));

/** Plain lists, for comparison: outer ring, then holes. */
const plain = (polygons: readonly Polygon[] = []) =>
  polygons.map(({ outer, holes }) => [outer, ...holes].map((ring) => [...ring]));

Deno.test("a pixel's border is its four corners, clockwise from the upper left", () => {
  const [polygons] = contoursOf("...", ".1.");
  expect(plain(polygons)).toEqual([[[1, 1, 2, 1, 2, 2, 1, 2]]]);
});

Deno.test("a hole turns the other way", () => {
  const [polygons] = contoursOf("111", "1.1", "111");
  expect(plain(polygons)).toEqual([[[0, 0, 3, 0, 3, 3, 0, 3], [1, 2, 2, 2, 2, 1, 1, 1]]]);
});

Deno.test("pixels that meet at a corner are two polygons", () => {
  const [polygons] = contoursOf("1.", ".1");
  expect(plain(polygons)).toEqual([[[0, 0, 1, 0, 1, 1, 0, 1]], [[1, 1, 2, 1, 2, 2, 1, 2]]]);
});

Deno.test("a loop closed at a corner alone bounds a hole that touches the outer ring", () => {
  const [polygons] = contoursOf("111", "1.1", "11.");
  expect(plain(polygons)).toEqual([[
    [0, 0, 3, 0, 3, 2, 2, 2, 2, 3, 0, 3],
    [2, 2, 2, 1, 1, 1, 1, 2],
  ]]);
});

Deno.test("two holes that meet at a corner are two rings", () => {
  const [polygons = []] = contoursOf("1111", "1.11", "11.1", "1111");
  expect(polygons.map(({ holes }) => holes.length)).toEqual([2]);
});

Deno.test("an island in a hole is a polygon of its own, and holes stay with their owner", () => {
  const [polygons] = contoursOf("11111", "1...1", "1.1.1", "1...1", "11111");
  expect(plain(polygons)).toEqual([
    [[0, 0, 5, 0, 5, 5, 0, 5], [1, 4, 4, 4, 4, 1, 1, 1]],
    [[2, 2, 3, 2, 3, 3, 2, 3]],
  ]);
});

Deno.test("a number without pixels has no polygon", () => {
  const [first, second] = contoursOf("2");
  expect([first, plain(second)]).toEqual([[], [[[0, 0, 1, 0, 1, 1, 0, 1]]]]);
});

Deno.test("where polygons overlap, the first has the pixel", () => {
  const square = (left: number) => ({
    polygons: [{ outer: Float64Array.of(left, 0, left + 2, 0, left + 2, 1, left, 1), holes: [] }],
  });
  const { data } = redraw([square(0), square(1)], { widthPx: 3, heightPx: 1 });
  expect([...data]).toEqual([1, 1, 2]);
});

Deno.test("drawn again, borders give back every pixel", () => {
  fc.assert(fc.property(anyLabels, (labels) => {
    const objects = pixelContours(labels).map((polygons) => ({ polygons }));
    expect(redraw(objects, labels).data).toEqual(labels.data);
  }));
});

Deno.test("the area of the polygons is the number of pixels", () => {
  fc.assert(fc.property(anyLabels, (labels) => {
    expect(pixelContours(labels).map(areaOf)).toEqual(
      describeObjects(labels).map(({ areaPx }) => areaPx),
    );
  }));
});

Deno.test("no ring comes to a point twice, none is empty, and holes lie within their outer ring", () => {
  fc.assert(fc.property(anyLabels, (labels) => {
    for (const { outer, holes } of pixelContours(labels).flat()) {
      for (const ring of [outer, ...holes]) {
        expect(new Set(pointsOf(ring)).size).toBe(ring.length / 2);
      }
      expect(signedArea(outer)).toBeGreaterThan(0);
      for (const hole of holes) {
        expect(signedArea(hole)).toBeLessThan(0);
        const [x, y] = [hole[0] as number, hole[1] as number];
        // The first corner of a hole is its upper left or, at a saddle, one that touches the outer ring.
        const around = [[x + 0.5, y + 0.5], [x - 0.5, y - 0.5]] as const;
        expect(around.some((point) => contains(outer, ...point))).toBe(true);
      }
    }
  }));
});

function pointsOf(ring: Float64Array): string[] {
  return Array.from({ length: ring.length / 2 }, (_, i) => `${ring[2 * i]},${ring[2 * i + 1]}`);
}
