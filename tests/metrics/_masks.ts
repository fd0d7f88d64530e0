import fc from "fast-check";
import type { BinaryMask } from "papilio/data/case.ts";

/** A mask drawn in text, `#` for foreground. */
export function maskOf(...rows: string[]): BinaryMask {
  const data = Uint8Array.from(rows.join(""), (mark) => mark === "#" ? 1 : 0);
  return { data, widthPx: rows[0]?.length ?? 0, heightPx: rows.length };
}

/** Two masks of the same size, up to 12 pixels a side. */
export const anyPair: fc.Arbitrary<[BinaryMask, BinaryMask]> = fc.record({
  widthPx: fc.integer({ min: 1, max: 12 }),
  heightPx: fc.integer({ min: 1, max: 12 }),
}).chain(({ widthPx, heightPx }) => {
  const pixels = widthPx * heightPx;
  const mask = fc.uint8Array({ min: 0, max: 1, minLength: pixels, maxLength: pixels })
    .map((data): BinaryMask => ({ data: Uint8Array.from(data), widthPx, heightPx }));
  return fc.tuple(mask, mask);
});
