import type { ChannelImage } from "papilio/data/case.ts";

/** A way to turn or mirror a square: first the mirror, left to right, then quarter turns clockwise. */
export interface Symmetry {
  isMirrored: boolean;
  quarterTurns: 0 | 1 | 2 | 3;
}

const identity: Symmetry = { isMirrored: false, quarterTurns: 0 };
const mirror: Symmetry = { isMirrored: true, quarterTurns: 0 };
const turns = ([1, 2, 3] as const).map((quarterTurns) => ({ isMirrored: false, quarterTurns }));
const mirroredTurns = turns.map((turn) => ({ ...turn, isMirrored: true }));

/**
 * Sets of symmetries: `mirror` left to right; `flips` also up and down, and both; `rotations` the quarter
 * turns; `all` the eight of the square.
 */
export const symmetries = {
  mirror: [identity, mirror],
  // A half turn of what is mirrored is upside down.
  flips: [identity, mirror, { isMirrored: true, quarterTurns: 2 }, {
    isMirrored: false,
    quarterTurns: 2,
  }],
  rotations: [identity, ...turns],
  all: [identity, mirror, ...turns, ...mirroredTurns],
} as const satisfies Record<string, readonly Symmetry[]>;

export type SymmetryName = keyof typeof symmetries;

/** A square image, turned or mirrored. Shapes: `[S, S, C]` to the same. */
export function applySymmetry(image: ChannelImage, symmetry: Symmetry): ChannelImage {
  const data = new Uint8Array(image.data.length);
  const channels = data.length / image.widthPx ** 2;
  forEachPixel(image.widthPx, symmetry, (source, target) => {
    const [from, to] = [source * channels, target * channels];
    for (let c = 0; c < channels; c++) data[to + c] = image.data[from + c] as number;
  });
  return { ...image, data };
}

/**
 * Brings what was predicted of a turned or mirrored image back in place, exactly.
 *
 * Shapes: `[sidePx, sidePx]` or `[sidePx, sidePx, C]` float32 to the same.
 *
 * @example
 * ```ts
 * import { undoSymmetry } from "papilio/predict/postprocess/symmetries.ts";
 * const turned = Float32Array.of(3, 1, 4, 2); // 1 2 over 3 4, turned clockwise.
 * const back = undoSymmetry(turned, 2, { isMirrored: false, quarterTurns: 1 });
 * console.assert(back.join() === "1,2,3,4");
 * ```
 */
export function undoSymmetry(
  map: Float32Array,
  sidePx: number,
  symmetry: Symmetry,
): Float32Array<ArrayBuffer> {
  const data = new Float32Array(map.length);
  const channels = data.length / sidePx ** 2;
  forEachPixel(sidePx, symmetry, (source, target) => {
    const [from, to] = [target * channels, source * channels];
    for (let c = 0; c < channels; c++) data[to + c] = map[from + c] as number;
  });
  return data;
}

/** Calls `use` with each pixel and where it comes to lie. */
function forEachPixel(
  sidePx: number,
  { isMirrored, quarterTurns }: Symmetry,
  use: (source: number, target: number) => void,
): void {
  const last = sidePx - 1;
  for (let y = 0, source = 0; y < sidePx; y++) {
    for (let column = 0; column < sidePx; column++, source++) {
      const x = isMirrored ? last - column : column;
      if (quarterTurns === 0) use(source, y * sidePx + x);
      else if (quarterTurns === 1) use(source, x * sidePx + last - y);
      else if (quarterTurns === 2) use(source, (last - y) * sidePx + last - x);
      else use(source, (last - x) * sidePx + y);
    }
  }
}
