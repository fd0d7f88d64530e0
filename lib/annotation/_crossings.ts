import type { Ring } from "papilio/annotation/polygons.ts";

/** A side of a ring. */
interface Side {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  left: number;
  right: number;
}

/** Whether any two sides of these rings meet other than at a corner of both. */
export function crossesItself(rings: readonly Ring[]): boolean {
  const sides = rings.flatMap(sidesOf).sort((a, b) => a.left - b.left);
  let active: Side[] = [];
  for (const side of sides) {
    active = active.filter(({ right }) => right >= side.left);
    if (active.some((other) => doMeet(side, other))) return true;
    active.push(side);
  }
  return false;
}

function sidesOf(ring: Ring): Side[] {
  return Array.from({ length: ring.length / 2 }, (_, i) => {
    const next = (2 * i + 2) % ring.length;
    const [x0, y0] = [ring[2 * i] as number, ring[2 * i + 1] as number];
    const [x1, y1] = [ring[next] as number, ring[next + 1] as number];
    return { x0, y0, x1, y1, left: Math.min(x0, x1), right: Math.max(x0, x1) };
  });
}

function doMeet(a: Side, b: Side): boolean {
  if (Math.max(a.y0, a.y1) < Math.min(b.y0, b.y1)) return false;
  if (Math.max(b.y0, b.y1) < Math.min(a.y0, a.y1)) return false;
  const [c, d] = [turn(a, b.x0, b.y0), turn(a, b.x1, b.y1)];
  const [e, f] = [turn(b, a.x0, a.y0), turn(b, a.x1, a.y1)];
  if (c === 0 && d === 0) return overlaps(a, b);
  return c * d <= 0 && e * f <= 0 && !haveCornerInCommon(a, b);
}

function haveCornerInCommon(a: Side, b: Side): boolean {
  const is = (ax: number, ay: number, bx: number, by: number) => ax === bx && ay === by;
  return is(a.x0, a.y0, b.x0, b.y0) || is(a.x0, a.y0, b.x1, b.y1) ||
    is(a.x1, a.y1, b.x0, b.y0) || is(a.x1, a.y1, b.x1, b.y1);
}

/** On which side of the line through `a` a point lies. */
function turn({ x0, y0, x1, y1 }: Side, x: number, y: number): number {
  return Math.sign((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0));
}

/** Of two sides on one line: whether they share more than a point. */
function overlaps(a: Side, b: Side): boolean {
  const isSteep = Math.abs(a.y1 - a.y0) > Math.abs(a.x1 - a.x0);
  const span = ({ x0, y0, x1, y1 }: Side) => isSteep ? [y0, y1] : [x0, x1];
  const [from, to] = [span(a), span(b)];
  return Math.min(Math.max(...from), Math.max(...to)) >
    Math.max(Math.min(...from), Math.min(...to));
}
