import type { Connectivity } from "papilio/data/labels.ts";
import type { Size } from "papilio/data/masks.ts";

/** Finds the neighbours of a pixel within the image, those along sides before those at corners. */
export interface Neighbours {
  /** What was found last: as many as `find` said. */
  readonly found: Int32Array;
  find(pixel: number): number;
}

export function neighboursOf(
  { widthPx, heightPx }: Size,
  connectivity: Connectivity,
): Neighbours {
  const found = new Int32Array(connectivity);
  const find = (pixel: number): number => {
    const x = pixel % widthPx;
    const [isLeft, isRight] = [x > 0, x < widthPx - 1];
    const [isAbove, isBelow] = [pixel >= widthPx, pixel < widthPx * (heightPx - 1)];
    let count = 0;
    if (isAbove) found[count++] = pixel - widthPx;
    if (isLeft) found[count++] = pixel - 1;
    if (isRight) found[count++] = pixel + 1;
    if (isBelow) found[count++] = pixel + widthPx;
    if (connectivity === 4) return count;
    if (isAbove && isLeft) found[count++] = pixel - widthPx - 1;
    if (isAbove && isRight) found[count++] = pixel - widthPx + 1;
    if (isBelow && isLeft) found[count++] = pixel + widthPx - 1;
    if (isBelow && isRight) found[count++] = pixel + widthPx + 1;
    return count;
  };
  return { found, find };
}
