import fc from "fast-check";
import type { BinaryMask } from "papilio/data/case.ts";

/** A mask drawn in text, `#` for foreground. */
export function maskOf(...rows: string[]): BinaryMask {
  const data = Uint8Array.from(rows.join(""), (mark) => mark === "#" ? 1 : 0);
  return { data, widthPx: rows[0]?.length ?? 0, heightPx: rows.length };
}

/** Two masks of the same size, up to 12 pixels a side; of many pixels, or of a few that lie apart. */
export const anyPair: fc.Arbitrary<[BinaryMask, BinaryMask]> = fc.record({
  widthPx: fc.integer({ min: 1, max: 12 }),
  heightPx: fc.integer({ min: 1, max: 12 }),
}).chain((size) => {
  const pixels = size.widthPx * size.heightPx;
  const many = fc.uint8Array({ min: 0, max: 1, minLength: pixels, maxLength: pixels });
  const few = fc.array(fc.integer({ min: 0, max: pixels - 1 }), { maxLength: 3 })
    .map((places) => Uint8Array.from({ length: pixels }, (_, i) => places.includes(i) ? 1 : 0));
  const mask = fc.oneof(many, few).map((data) => ({ data: Uint8Array.from(data), ...size }));
  return fc.tuple(mask, mask);
});
