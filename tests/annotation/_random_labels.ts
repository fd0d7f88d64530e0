import fc from "fast-check";
import type { LabelImage } from "papilio/data/labels.ts";

/** Label images with all that is awkward: holes, corners that touch, single pixels, objects at the edge. */
export const anyLabels: fc.Arbitrary<LabelImage> = fc
  .record({
    widthPx: fc.integer({ min: 1, max: 9 }),
    heightPx: fc.integer({ min: 1, max: 9 }),
    count: fc.integer({ min: 1, max: 3 }),
  })
  .chain(({ widthPx, heightPx, count }) =>
    fc.array(fc.integer({ min: 0, max: count }), {
      minLength: widthPx * heightPx,
      maxLength: widthPx * heightPx,
    }).map((values) => ({ data: Int32Array.from(values), widthPx, heightPx, count }))
  );

/** Labels out of rows of digits, with `.` for the background. */
export function labelsOf(...rows: string[]): LabelImage {
  const data = Int32Array.from(rows.join(""), (digit) => digit === "." ? 0 : Number(digit));
  const count = Math.max(0, ...data);
  return { data, widthPx: rows[0]?.length ?? 0, heightPx: rows.length, count };
}

/** The rows of a label image, as `labelsOf` takes them. */
export function rowsOf({ data, widthPx }: { data: ArrayLike<number>; widthPx: number }): string[] {
  const text = Array.from(data, (label) => label === 0 ? "." : String(label)).join("");
  return text.match(new RegExp(`.{${widthPx}}`, "g")) ?? [];
}
