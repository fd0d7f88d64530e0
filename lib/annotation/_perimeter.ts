import type { BinaryMask } from "papilio/data/case.ts";

/**
 * How long the border's line is in a border pixel, by `2 · sides + 10 · corners` that it shares with
 * other border pixels; what is not named counts nothing.
 */
const LENGTHS = new Map([
  ...[4, 6, 14, 16, 24, 26].map((neighbours) => [neighbours, 1] as const),
  ...[20, 32].map((neighbours) => [neighbours, Math.SQRT2] as const),
  ...[12, 22].map((neighbours) => [neighbours, (1 + Math.SQRT2) / 2] as const),
]);

/** The perimeter of a mask with an empty margin; border pixels have a background pixel at a side. */
export function perimeterPx(mask: BinaryMask): number {
  const { widthPx } = mask;
  const border = borderOf(mask);
  let length = 0;
  for (let i = widthPx + 1; i < border.length - widthPx - 1; i++) {
    if (border[i] === 0) continue;
    const at = (offset: number) => border[i + offset] as number;
    const sides = at(-1) + at(1) + at(-widthPx) + at(widthPx);
    const corners = at(-widthPx - 1) + at(1 - widthPx) + at(widthPx - 1) + at(widthPx + 1);
    length += LENGTHS.get(2 * sides + 10 * corners) ?? 0;
  }
  return length;
}

function borderOf({ data, widthPx }: BinaryMask): Uint8Array {
  const border = new Uint8Array(data.length);
  for (let i = widthPx; i < data.length - widthPx; i++) {
    if (data[i] === 0) continue;
    const isInside = data[i - 1] === 1 && data[i + 1] === 1 &&
      data[i - widthPx] === 1 && data[i + widthPx] === 1;
    if (!isInside) border[i] = 1;
  }
  return border;
}
