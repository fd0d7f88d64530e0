/** A closed line, flat: `x0, y0, x1, y1, …`; its first point is not repeated at the end. */
type Ring = ArrayLike<number>;

/** Places after the point: a tenth of a picture's pixel is not seen. */
const STEPS_PER_PX = 10;

/**
 * The data of an SVG path along closed lines, to a tenth of a pixel; short, since each point is written
 * as its distance from the one before.
 *
 * Units: `scale` pixels of the picture to each unit of the lines.
 *
 * @example
 * ```ts
 * import { pathAlong } from "papilio/report/page/path.ts";
 * console.assert(pathAlong([[0, 0, 4, 0, 4, 3, 0.5, 2]]) === "M0 0h4v3l-3.5-1z");
 * console.assert(pathAlong([[0, 0, 4, 0, 4, 3]], { scale: 0.5 }) === "M0 0h2v1.5z");
 * ```
 */
export function pathAlong(rings: Iterable<Ring>, { scale = 1 }: { scale?: number } = {}): string {
  let path = "";
  for (const ring of rings) path += ringPath(ring, scale * STEPS_PER_PX);
  return path;
}

function ringPath(ring: Ring, steps: number): string {
  // Whole steps, so that rounding does not add up along the line.
  let [x, y] = [Math.round((ring[0] ?? 0) * steps), Math.round((ring[1] ?? 0) * steps)];
  let path = `M${decimal(x)}${joined(y)}`;
  for (let i = 2; i < ring.length; i += 2) {
    const nextX = Math.round((ring[i] as number) * steps);
    const nextY = Math.round((ring[i + 1] as number) * steps);
    path += line(nextX - x, nextY - y);
    [x, y] = [nextX, nextY];
  }
  return `${path}z`;
}

function line(right: number, down: number): string {
  if (right === 0 && down === 0) return "";
  if (down === 0) return `h${decimal(right)}`;
  if (right === 0) return `v${decimal(down)}`;
  return `l${decimal(right)}${joined(down)}`;
}

/** A sign parts numbers as well as a space. */
function joined(steps: number): string {
  return steps < 0 ? decimal(steps) : ` ${decimal(steps)}`;
}

/** @example `decimal(-35)` is `"-3.5"`, `decimal(5)` is `".5"`. */
function decimal(steps: number): string {
  return String(steps / STEPS_PER_PX).replace(/^(-?)0\./, "$1.");
}
