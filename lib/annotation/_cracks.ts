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
  const { data, widthPx } = mask;
  const isDone = new Uint8Array(data.length);
  const rings: Ring[] = [];
  for (let pixel = widthPx; pixel < data.length; pixel++) {
    const isTop = data[pixel] === 1 && data[pixel - widthPx] === 0;
    if (isTop && isDone[pixel] === 0) trace(mask, pixel, isDone, rings);
  }
  return rings;
}

/** Follows the line that begins along the top of the pixel `first`, towards the right. */
function trace(mask: BinaryMask, first: number, isDone: Uint8Array, rings: Ring[]): void {
  const { data, widthPx } = mask;
  const [startX, startY] = [first % widthPx, Math.floor(first / widthPx)];
  const path = new Path(rings);
  let [x, y, direction] = [startX, startY, RIGHT];
  path.turn(x, y, isSaddle(data, widthPx, first));
  for (;;) {
    if (direction === RIGHT) isDone[y * widthPx + x] = 1;
    x += STEP_X[direction] as number;
    y += STEP_Y[direction] as number;
    const { right, left } = pixelsAhead(x, y, direction, widthPx);
    if (data[right] === 1 && data[left] === 0) continue;
    direction = (direction + (data[right] === 0 ? 1 : 3)) % 4;
    if (x === startX && y === startY && direction === RIGHT) break;
    path.turn(x, y, data[right] === 0 && data[left] === 1);
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
class Path {
  readonly #points: number[] = [];
  /** Where the line stood at the corners that it may come to twice. */
  readonly #visits = new Map<string, number>();

  constructor(readonly rings: Ring[]) {}

  turn(x: number, y: number, mayReturn: boolean): void {
    if (!mayReturn) return void this.#points.push(x - 1, y - 1);
    const key = `${x},${y}`;
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
