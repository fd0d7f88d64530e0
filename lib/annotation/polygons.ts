import Flatbush from "flatbush";

/**
 * A closed line, flat: `x0, y0, x1, y1, …` in pixels; its first point is not repeated at the end.
 *
 * Pixel `(column, row)` covers `column…column + 1` by `row…row + 1`, so that its centre lies at halves.
 */
export type Ring = Float64Array;

/** An area with holes. */
export interface Polygon {
  /** Of positive signed area. */
  outer: Ring;
  /** Of negative signed area, each within `outer`. */
  holes: readonly Ring[];
}

/**
 * The area that a ring encloses: positive if its points turn from the x axis to the y axis, which looks
 * clockwise on a picture, whose y axis points down.
 *
 * `½ Σ (xᵢ yᵢ₊₁ − xᵢ₊₁ yᵢ)`
 *
 * @example
 * ```ts
 * import { signedArea } from "papilio/annotation/polygons.ts";
 * console.assert(signedArea(Float64Array.of(0, 0, 2, 0, 2, 1, 0, 1)) === 2);
 * ```
 */
export function signedArea(ring: Ring): number {
  let twice = 0;
  let [x0, y0] = [ring.at(-2) as number, ring.at(-1) as number];
  for (let i = 0; i < ring.length; i += 2) {
    const [x1, y1] = [ring[i] as number, ring[i + 1] as number];
    twice += x0 * y1 - x1 * y0;
    [x0, y0] = [x1, y1];
  }
  return twice / 2;
}

/** The area of polygons that do not overlap, their holes taken out. */
export function areaOf(polygons: readonly Polygon[]): number {
  const rings = polygons.flatMap(({ outer, holes }) => [outer, ...holes]);
  return rings.reduce((sum, ring) => sum + signedArea(ring), 0);
}

/** The smallest box around some rings: left, top, right, bottom. */
export function boundsOf(rings: readonly Ring[]): [number, number, number, number] {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      const [x, y] = [ring[i] as number, ring[i + 1] as number];
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return [left, top, right, bottom];
}

/** Whether a point lies within a ring, by the even-odd rule. */
export function contains(ring: Ring, x: number, y: number): boolean {
  let isInside = false;
  let [x0, y0] = [ring.at(-2) as number, ring.at(-1) as number];
  for (let i = 0; i < ring.length; i += 2) {
    const [x1, y1] = [ring[i] as number, ring[i + 1] as number];
    if (y0 > y !== y1 > y && x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)) isInside = !isInside;
    [x0, y0] = [x1, y1];
  }
  return isInside;
}

/**
 * Rings that do not cross, sorted into areas with holes: by its sign a ring is one or the other, and a
 * hole belongs to the smallest area around it.
 */
export function groupRings(rings: readonly Ring[]): Polygon[] {
  const areas = rings.map(signedArea);
  const outers = rings
    .map((outer, index) => ({ outer, area: areas[index] as number, holes: [] as Ring[] }))
    .filter(({ area }) => area > 0)
    .sort((a, b) => a.area - b.area);
  const indicesAround = boxIndex(outers.map(({ outer }) => outer));
  for (const hole of rings.filter((_, index) => (areas[index] as number) < 0)) {
    const [x, y] = pointWithin(hole);
    const around = indicesAround(x, y).map((index) => outers[index]);
    // The last need not be asked, since one must be it; it may be a very long ring.
    const owner = around.slice(0, -1).find((outer) => outer && contains(outer.outer, x, y));
    (owner ?? around.at(-1))?.holes.push(hole);
  }
  return outers.sort((a, b) => b.area - a.area).map(({ outer, holes }) => ({ outer, holes }));
}

/** Finds the rings whose boxes hold a point, in their order. */
function boxIndex(rings: readonly Ring[]): (x: number, y: number) => number[] {
  if (rings.length <= 1) return () => rings.map((_, index) => index);
  const boxes = new Flatbush(rings.length);
  for (const ring of rings) boxes.add(...boundsOf([ring]));
  boxes.finish();
  return (x, y) => boxes.search(x, y, x, y).sort((a, b) => a - b);
}

/**
 * Rings of unknown direction, sorted into areas with holes by the even-odd rule: within an odd number of
 * others, a ring is a hole.
 */
export function evenOddPolygons(rings: readonly Ring[]): Polygon[] {
  const indicesAround = boxIndex(rings);
  const turned = rings.map((ring, index) => {
    const [x, y] = pointWithin(ring);
    const around = indicesAround(x, y)
      .filter((other) => other !== index && contains(rings[other] as Ring, x, y));
    return signedArea(ring) > 0 === (around.length % 2 === 0) ? ring : reversed(ring);
  });
  return groupRings(turned);
}

/** The same ring the other way round. */
export function reversed(ring: Ring): Ring {
  const result = new Float64Array(ring.length);
  for (let i = 0; i < ring.length; i += 2) {
    result[i] = ring[ring.length - 2 - i] as number;
    result[i + 1] = ring[ring.length - 1 - i] as number;
  }
  return result;
}

/** A polygon with its rings turned as they should be, however they came. */
export function oriented([outer, ...holes]: readonly [Ring, ...Ring[]]): Polygon {
  const turn = (ring: Ring, sign: number) => signedArea(ring) * sign < 0 ? reversed(ring) : ring;
  return { outer: turn(outer, 1), holes: holes.map((hole) => turn(hole, -1)) };
}

/**
 * A point inside a ring: on a line at the height of no vertex, right behind the first crossing, since
 * farther in there may be an island.
 */
function pointWithin(ring: Ring): [number, number] {
  const y = heightBetweenVertices(ring);
  const crossings: number[] = [];
  let [x0, y0] = [ring.at(-2) as number, ring.at(-1) as number];
  for (let i = 0; i < ring.length; i += 2) {
    const [x1, y1] = [ring[i] as number, ring[i + 1] as number];
    if (y0 > y !== y1 > y) crossings.push(x0 + (y - y0) / (y1 - y0) * (x1 - x0));
    [x0, y0] = [x1, y1];
  }
  const [first = 0, second = 0] = crossings.sort((a, b) => a - b);
  return [first + 1e-6 * (second - first), y];
}

function heightBetweenVertices(ring: Ring): number {
  const heights = [...new Set(ring.filter((_, index) => index % 2 === 1))].sort((a, b) => a - b);
  return ((heights[0] ?? 0) + (heights[1] ?? 0)) / 2;
}
