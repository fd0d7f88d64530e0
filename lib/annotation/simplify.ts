import simplifyLine from "simplify-js";
import { crossesItself } from "papilio/annotation/_crossings.ts";
import { type Polygon, type Ring, signedArea } from "papilio/annotation/polygons.ts";

/** Of the square root of a polygon's area: no small object is to lose its shape. */
const MOST_SHARE_OF_SIDE = 0.1;

/** How often the tolerance is halved before a polygon is left as it is. */
const MOST_HALVINGS = 4;

/**
 * The polygon with fewer points, none of the left-out ones farther than the tolerance from the new line
 * (Douglas–Peucker).
 *
 * The tolerance is never more than a tenth of the square root of the outer ring's area, so that small
 * objects keep their shape. Rings keep at least three points, and none comes to cross itself or another of the same polygon: where
 * that would happen, the polygon gets half the tolerance, and so on; in the end it stays as it is.
 * Polygons with a side in common are simplified each for itself, and may come to overlap or to leave a
 * gap by as much as the tolerance.
 *
 * Units: `tolerancePx` in pixels; 0 leaves out only points on straight lines. Below 0.5, borders along
 * pixels still draw to the same pixels.
 *
 * Source: Douglas and Peucker 1973; simplify-js.
 *
 * @example
 * ```ts
 * import { simplifyPolygon } from "papilio/annotation/simplify.ts";
 * const outer = Float64Array.of(0, 0, 2, 0.1, 4, 0, 4, 3, 0, 3);
 * const { outer: simple } = simplifyPolygon({ outer, holes: [] }, 0.5);
 * console.assert(simple.length === 2 * 4);
 * ```
 */
export function simplifyPolygon(polygon: Polygon, tolerancePx: number): Polygon {
  let tolerance = Math.min(tolerancePx, MOST_SHARE_OF_SIDE * Math.sqrt(signedArea(polygon.outer)));
  for (let attempt = 0; attempt <= MOST_HALVINGS; attempt++, tolerance /= 2) {
    const simple = attemptSimplify(polygon, tolerance);
    if (simple !== null) return simple;
  }
  return polygon;
}

/** `null` if a ring collapses, turns over, or crosses. */
function attemptSimplify({ outer, holes }: Polygon, tolerance: number): Polygon | null {
  const rings = [outer, ...holes];
  const simple = rings.map((ring) => simplifyRing(ring, tolerance));
  const isSound = simple.every((ring, index) =>
    signedArea(ring) * signedArea(rings[index] as Ring) > 0
  );
  if (!isSound || crossesItself(simple)) return null;
  return { outer: simple[0] as Ring, holes: simple.slice(1) };
}

/** A ring has no ends to keep; the first point and the one farthest from it take their place. */
function simplifyRing(ring: Ring, tolerance: number): Ring {
  const points = Array.from(
    { length: ring.length / 2 },
    (_, i) => ({ x: ring[2 * i] as number, y: ring[2 * i + 1] as number }),
  );
  if (points.length <= 3) return ring;
  const far = farthest(points);
  const there = simplifyLine(points.slice(0, far + 1), tolerance, true);
  const back = simplifyLine([...points.slice(far), points[0] as Point], tolerance, true);
  const kept = [...there.slice(0, -1), ...back.slice(0, -1)];
  return Float64Array.from(kept.flatMap(({ x, y }) => [x, y]));
}

interface Point {
  x: number;
  y: number;
}

function farthest(points: readonly Point[]): number {
  const [first] = points as [Point];
  let [best, index] = [-1, 0];
  for (const [i, { x, y }] of points.entries()) {
    const distance = (x - first.x) ** 2 + (y - first.y) ** 2;
    if (distance > best) [best, index] = [distance, i];
  }
  return index;
}
