import { z } from "zod";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { groupRings, oriented, type Polygon, type Ring } from "papilio/annotation/polygons.ts";
import { crackRings } from "papilio/annotation/_cracks.ts";
import type { BinaryMask } from "papilio/data/case.ts";
import { moved } from "papilio/annotation/contours.ts";

/** Reads a JSON file of a known form; `what` names the format in the message. */
export async function readJson<S extends z.ZodType>(
  path: string,
  schema: S,
  what: string,
): Promise<z.output<S>> {
  try {
    return schema.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch (error) {
    const got = error instanceof z.ZodError ? firstIssue(error) : messageOf(error);
    throw notOfFormat(path, what, got, error);
  }
}

/** A file is not what it should be. */
export function notOfFormat(
  path: string,
  what: string,
  got: string,
  cause?: unknown,
): PapilioError {
  return new PapilioError({
    cannot: `read ${path}`,
    expected: what,
    got,
    remedy: "Write the file again with the program that made it.",
    cause,
  });
}

function firstIssue({ issues }: z.ZodError): string {
  const [issue] = issues;
  return `at ${issue?.path.join(".") || "its top"}: ${issue?.message ?? "something else"}`;
}

/** Pairs of coordinates, rounded to thousandths of a pixel. */
export function toPoints(ring: Ring): [number, number][] {
  return Array.from(
    { length: ring.length / 2 },
    (_, i) => [rounded(ring[2 * i] as number), rounded(ring[2 * i + 1] as number)],
  );
}

export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** A ring of pairs; one that repeats its first point at the end loses it. */
export function toRing(points: readonly (readonly number[])[]): Ring {
  const [first, last] = [points[0], points.at(-1)];
  const isClosed = points.length > 1 && first?.[0] === last?.[0] && first?.[1] === last?.[1];
  const open = isClosed ? points.slice(0, -1) : points;
  return Float64Array.from(open.flatMap(([x = NaN, y = NaN]) => [x, y]));
}

/** One area without holes. */
export function toPolygon(points: readonly (readonly number[])[]): Polygon {
  return oriented([toRing(points)]);
}

/** A mask's borders, moved to where it lies in the photo. */
export function maskPolygons(mask: BinaryMask, leftPx = 0, topPx = 0): Polygon[] {
  const [widthPx, heightPx] = [mask.widthPx + 2, mask.heightPx + 2];
  const data = new Uint8Array(widthPx * heightPx);
  for (let y = 0; y < mask.heightPx; y++) {
    const row = mask.data.subarray(y * mask.widthPx, (y + 1) * mask.widthPx);
    data.set(row, (y + 1) * widthPx + 1);
  }
  const rings = crackRings({ data, widthPx, heightPx });
  return groupRings(rings.map((ring) => moved(ring, leftPx, topPx)));
}

/** Whether an object is one area without holes, which every format can say as a polygon. */
export function isPlain(polygons: readonly Polygon[]): boolean {
  return polygons.length === 1 && polygons[0]?.holes.length === 0;
}
