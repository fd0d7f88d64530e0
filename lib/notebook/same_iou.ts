import type { BinaryMask } from "papilio/data/case.ts";

const SIDE_PX = 128;
const CENTRE_PX = SIDE_PX / 2;
const RADIUS_PX = 40;
/** By so much the outline is too small; the other errors are as large. */
const SHRINK_PX = 1;

/** A mask with an error of a kind. */
export interface DrawnError {
  label: string;
  mask: BinaryMask;
}

/**
 * A disk, and three masks of it that are wrong in different ways and have the same IoU, to a pixel: its outline one pixel too small, a piece cut off, and a blot elsewhere.
 */
export function sameIouErrors(): { truth: BinaryMask; errors: DrawnError[] } {
  const truth = drawn((x, y) => distance(x, y) <= RADIUS_PX);
  const small = drawn((x, y) => distance(x, y) <= RADIUS_PX - SHRINK_PX);
  const [all, left] = [areaOf(truth), areaOf(small)];
  const cut = truth.data.slice();
  for (let i = 0, removed = 0; removed < all - left; i++) {
    if (cut[i] === 1) removed += 1;
    cut[i] = 0;
  }
  // IoU is `left / all` in the others, so that a blot has to enlarge the union to `all² / left`.
  const blot = withBlot(truth, Math.round(all * all / left - all));
  return {
    truth,
    errors: [
      { label: "one pixel too small", mask: small },
      { label: "a piece cut off", mask: { ...truth, data: cut } },
      { label: "a blot elsewhere", mask: blot },
    ],
  };
}

/** With so many pixels more, in a square in the corner as far as they go. */
function withBlot({ data, ...size }: BinaryMask, pixels: number): BinaryMask {
  const sidePx = Math.ceil(Math.sqrt(pixels));
  const blotted = data.slice();
  for (let k = 0; k < pixels; k++) blotted[Math.floor(k / sidePx) * SIDE_PX + k % sidePx] = 1;
  return { ...size, data: blotted };
}

function drawn(isInside: (x: number, y: number) => boolean): BinaryMask {
  const data = Uint8Array.from(
    { length: SIDE_PX * SIDE_PX },
    (_, i) => isInside(i % SIDE_PX, Math.floor(i / SIDE_PX)) ? 1 : 0,
  );
  return { data, widthPx: SIDE_PX, heightPx: SIDE_PX };
}

/** From the picture's middle to a pixel's. */
function distance(x: number, y: number): number {
  return Math.hypot(x + 0.5 - CENTRE_PX, y + 0.5 - CENTRE_PX);
}

function areaOf({ data }: BinaryMask): number {
  return data.reduce<number>((sum, value) => sum + value, 0);
}
