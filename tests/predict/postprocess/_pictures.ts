import type { BinaryMask } from "papilio/data/case.ts";
import type { LabelImage } from "papilio/data/labels.ts";

/** A mask from rows of `#` and `.`. */
export function maskOf(...rows: string[]): BinaryMask {
  const data = Uint8Array.from(rows.join(""), (character) => character === "#" ? 1 : 0);
  return { data, widthPx: rows[0]!.length, heightPx: rows.length };
}

/** The rows of a mask as `#` and `.`. */
export function rowsOf({ data, widthPx, heightPx }: BinaryMask): string[] {
  return Array.from(
    { length: heightPx },
    (_, y) =>
      [...data.subarray(y * widthPx, (y + 1) * widthPx)].map((v) => v === 0 ? "." : "#").join(""),
  );
}

/** Labels from rows of digits; `.` is 0. */
export function labelsOf(...rows: string[]): LabelImage {
  const data = Int32Array.from(rows.join(""), (digit) => digit === "." ? 0 : Number(digit));
  const count = data.reduce((most, label) => Math.max(most, label), 0);
  return { data, widthPx: rows[0]!.length, heightPx: rows.length, count };
}
