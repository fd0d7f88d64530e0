import type { DataFrame } from "nodejs-polars";

/** A point for `renderScatter`. */
export interface Point {
  x: number | null;
  y: number | null;
  group?: string;
}

/** A column of a frame as numbers; what is missing is `null`. */
export function numbersOf(frame: DataFrame, name: string): (number | null)[] {
  return valuesOf(frame, name).map((value) => value === null ? null : Number(value));
}

/** A column of a frame as texts; what is missing is empty. */
export function textsOf(frame: DataFrame, name: string): string[] {
  return valuesOf(frame, name).map((value) => String(value ?? ""));
}

/** The rows of a frame as points, by the names of its columns. */
export function pointsOf(
  frame: DataFrame,
  { x, y, group }: { x: string; y: string; group?: string },
): Point[] {
  const [xs, ys] = [numbersOf(frame, x), numbersOf(frame, y)];
  const groups = group === undefined ? [] : textsOf(frame, group);
  return xs.map((value, row) => {
    const point = { x: value, y: ys[row] ?? null };
    return group === undefined ? point : { ...point, group: groups[row] ?? "" };
  });
}

function valuesOf(frame: DataFrame, name: string): unknown[] {
  return [...frame.getColumn(name).toArray()];
}
