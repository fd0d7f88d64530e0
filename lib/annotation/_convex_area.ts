// @ts-types="npm:@types/d3-polygon@3.0.2"
import { polygonHull } from "d3-polygon";
import type { BinaryMask } from "papilio/data/case.ts";

type Point = [x: number, y: number];

/** Centres may lie on the hull; so much is left to rounding. */
const TOLERANCE = 1e-9;

/** The pixels whose centres lie within the convex hull of the midpoints of all pixels' sides. */
export function convexAreaPx(mask: BinaryMask): number {
  const hull = polygonHull(sideMidpoints(mask)) ?? [];
  let area = 0;
  for (let row = 0; row < mask.heightPx; row++) {
    const [left, right] = spanAt(hull, row);
    if (left <= right) area += Math.floor(right + TOLERANCE) - Math.ceil(left - TOLERANCE) + 1;
  }
  return area;
}

/** Of the first and last pixel of each row, around centres at whole numbers; others are between these. */
function sideMidpoints({ data, widthPx, heightPx }: BinaryMask): Point[] {
  const points: Point[] = [];
  for (let y = 0; y < heightPx; y++) {
    const row = data.subarray(y * widthPx, (y + 1) * widthPx);
    const [first, last] = [row.indexOf(1), row.lastIndexOf(1)];
    if (first < 0) continue;
    points.push([first - 0.5, y], [last + 0.5, y]);
    points.push([first, y - 0.5], [first, y + 0.5], [last, y - 0.5], [last, y + 0.5]);
  }
  return points;
}

/** Where a horizontal line enters and leaves a convex polygon. */
function spanAt(hull: readonly Point[], y: number): [left: number, right: number] {
  let [left, right] = [Infinity, -Infinity];
  for (const [index, [x1, y1]] of hull.entries()) {
    const [x0, y0] = hull.at(index - 1) as Point;
    if (Math.min(y0, y1) > y || Math.max(y0, y1) < y) continue;
    const crossings = y0 === y1 ? [x0, x1] : [x0 + (y - y0) / (y1 - y0) * (x1 - x0)];
    left = Math.min(left, ...crossings);
    right = Math.max(right, ...crossings);
  }
  return [left, right];
}
