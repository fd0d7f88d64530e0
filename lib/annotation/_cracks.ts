import type { BinaryMask } from "papilio/data/case.ts";
import type { Ring } from "papilio/annotation/polygons.ts";

/** Right, down, left, up. */
const STEP_X = [1, 0, -1, 0] as const;
const STEP_Y = [0, 1, 0, -1] as const;
const RIGHT = 0;

/**
 * The rings that run between the pixels of a mask and the others, on the pixels' corners.
 *
 * The foreground lies on the right, so that outer rings look clockwise. Where two foreground pixels meet
 * at a corner alone, the line turns towards its own pixel, and what it cuts off there becomes a ring of
 * its own: no ring touches itself, as readers of polygons demand.
 *
 * The mask must have an empty margin of one pixel; coordinates are those without the margin.
 */
export function crackRings(mask: BinaryMask): Ring[] {
  const rings: Ring[] = [];
  traceAll(mask, () => new CornerPath(rings));
  return rings;
}

/**
 * The same lines through one point for each pixel side that they follow, between the centres of the two
 * pixels there: `shareOf` says how far from the one inside, 0…1. Lines that would meet at a corner stay
 * apart.
 *
 * As `crackRings`, the mask must have a margin of one pixel, and coordinates are those without it.
 */
export function crossingRings(
  mask: BinaryMask,
  shareOf: (inside: number, outside: number) => number,
): Ring[] {
  const rings: Ring[] = [];
  traceAll(mask, () => new CrossingPath(rings, mask.widthPx, shareOf));
  return rings;
}

/** What becomes of a line while it is followed. */
interface Path {
  /** Along a pixel's side, with the one pixel inside and the other outside. */
  step(inside: number, outside: number): void;
  /** At a corner of the line. */
  turn(x: number, y: number, mayReturn: boolean): void;
  close(): void;
}

function traceAll(mask: BinaryMask, newPath: () => Path): void {
  const { data, widthPx } = mask;
  const isDone = new Uint8Array(data.length);
  for (let pixel = widthPx; pixel < data.length; pixel++) {
    const isTop = data[pixel] === 1 && data[pixel - widthPx] === 0;
    if (isTop && isDone[pixel] === 0) trace(mask, pixel, isDone, newPath());
  }
}

/** Follows the line that begins along the top of the pixel `first`, towards the right. */
function trace(mask: BinaryMask, first: number, isDone: Uint8Array, path: Path): void {
  const { data, widthPx } = mask;
  const [startX, startY] = [first % widthPx, Math.floor(first / widthPx)];
  let [x, y, direction] = [startX, startY, RIGHT];
  let [inside, outside] = [first, first - widthPx];
  path.turn(x, y, isSaddle(data, widthPx, first));
  for (;;) {
    if (direction === RIGHT) isDone[inside] = 1;
    path.step(inside, outside);
    x += STEP_X[direction] as number;
    y += STEP_Y[direction] as number;
    const ahead = pixelsAhead(x, y, direction, widthPx);
    const isOpen = data[ahead.right] === 0;
    const isCorner = isOpen || data[ahead.left] === 1;
    if (isCorner) {
      direction = (direction + (isOpen ? 1 : 3)) % 4;
      if (x === startX && y === startY && direction === RIGHT) break;
      path.turn(x, y, isOpen && data[ahead.left] === 1);
    }
    ({ right: inside, left: outside } = pixelsAhead(x, y, direction, widthPx));
  }
  path.close();
}

/** The pixels on both sides of the next step, seen from the corner `(x, y)`. */
function pixelsAhead(x: number, y: number, direction: number, widthPx: number) {
  const lowerRight = y * widthPx + x;
  switch (direction) {
    case 0:
      return { right: lowerRight, left: lowerRight - widthPx };
    case 1:
      return { right: lowerRight - 1, left: lowerRight };
    case 2:
      return { right: lowerRight - widthPx - 1, left: lowerRight - 1 };
    default:
      return { right: lowerRight - widthPx, left: lowerRight - widthPx - 1 };
  }
}

/** Whether the upper left corner of a pixel joins it to another at that corner alone. */
function isSaddle(data: Uint8Array, widthPx: number, pixel: number): boolean {
  return data[pixel - 1] === 0 && data[pixel - widthPx - 1] === 1;
}

/** The corners of a line; where it comes to a corner again, what lies between is cut off as a ring. */
class CornerPath implements Path {
  readonly #points: number[] = [];
  /** Where the line stood at the corners that it may come to twice. */
  readonly #visits = new Map<number, number>();

  constructor(readonly rings: Ring[]) {}

  step(): void {}

  turn(x: number, y: number, mayReturn: boolean): void {
    if (!mayReturn) return void this.#points.push(x - 1, y - 1);
    const key = y * 2 ** 26 + x;
    const visit = this.#visits.get(key);
    if (visit === undefined) {
      this.#visits.set(key, this.#points.length);
      this.#points.push(x - 1, y - 1);
    } else {
      this.#cut(visit);
    }
  }

  close(): void {
    this.rings.push(Float64Array.from(this.#points));
  }

  /** Corners within the loop cannot be come to any more: each is passed twice at most. */
  #cut(from: number): void {
    this.rings.push(Float64Array.from(this.#points.slice(from)));
    this.#points.length = from + 2;
  }
}

/** A point for each side. */
class CrossingPath implements Path {
  readonly #points: number[] = [];

  constructor(
    readonly rings: Ring[],
    readonly widthPx: number,
    readonly shareOf: (inside: number, outside: number) => number,
  ) {}

  step(inside: number, outside: number): void {
    const share = this.shareOf(inside, outside);
    const down = (outside - inside) / this.widthPx;
    const isVertical = Number.isInteger(down);
    const x = inside % this.widthPx - 0.5 + (isVertical ? 0 : share * (outside - inside));
    const y = Math.floor(inside / this.widthPx) - 0.5 + (isVertical ? share * down : 0);
    this.#points.push(x, y);
  }

  turn(): void {}

  close(): void {
    this.rings.push(Float64Array.from(this.#points));
  }
}
