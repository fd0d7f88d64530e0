import fc from "fast-check";
import type { LabelImage } from "papilio/data/labels.ts";

/** Few objects with holes, or many with few pixels. */
const anyLabel = fc.constantFrom(
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom(1, 1, 1, 1, 1, 0, 2),
  fc.constantFrom(0, 0, 0, 0, 3),
);

/** Label images with all that is awkward: holes, corners that touch, single pixels, objects at the edge. */
export const anyLabels: fc.Arbitrary<LabelImage> = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), anyLabel)
  .chain(([widthPx, heightPx, label]) => {
    const length = widthPx * heightPx;
    return fc.array(label, { minLength: length, maxLength: length })
      .map((values) => ({ data: Int32Array.from(values), widthPx, heightPx, count: 3 }));
  });

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
