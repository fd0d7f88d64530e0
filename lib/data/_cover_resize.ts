import { present } from "papilio/core/assert.ts";
import type { BinaryMask } from "papilio/data/case.ts";

/** scikit-image cuts its Gaussian here. */
const TRUNCATE_SIGMAS = 4;

/** The source pixels, both ends included, that have a weight in one target pixel. */
interface Span {
  first: number;
  last: number;
}

/**
 * The target pixels in which any foreground has weight, when a mask is smoothed and interpolated.
 *
 * All weights are positive, so that no weight need be computed: where they reach is enough, and
 * along each axis on its own.
 */
export function coverResize(
  mask: BinaryMask,
  { widthPx, heightPx }: { widthPx: number; heightPx: number },
): BinaryMask {
  const columns = weightSpans(mask.widthPx, widthPx);
  const rows = weightSpans(mask.heightPx, heightPx);
  const narrow = coverRows(mask, columns);
  const data = new Uint8Array(widthPx * heightPx);
  rows.forEach(({ first, last }, y) => {
    for (let source = first; source <= last; source++) {
      for (let x = 0; x < widthPx; x++) {
        if (narrow[source * widthPx + x] === 1) data[y * widthPx + x] = 1;
      }
    }
  });
  return { data, widthPx, heightPx };
}

/** Each row of the mask scaled to the width of the columns. */
function coverRows({ data, widthPx, heightPx }: BinaryMask, columns: readonly Span[]): Uint8Array {
  const covered = new Uint8Array(columns.length * heightPx);
  for (let y = 0; y < heightPx; y++) {
    const before = countBefore(data.subarray(y * widthPx, (y + 1) * widthPx));
    columns.forEach(({ first, last }, x) => {
      const inside = present(before[last + 1]) - present(before[first]);
      covered[y * columns.length + x] = inside > 0 ? 1 : 0;
    });
  }
  return covered;
}

/** How many ones stand before each index, and in all. */
function countBefore(row: Uint8Array): Uint32Array {
  const before = new Uint32Array(row.length + 1);
  row.forEach((value, i) => before[i + 1] = present(before[i]) + value);
  return before;
}

function weightSpans(sourceSide: number, targetSide: number): Span[] {
  const factor = sourceSide / targetSide;
  const sigma = Math.max(0, (factor - 1) / 2);
  const radius = Math.floor(TRUNCATE_SIGMAS * sigma + 0.5);
  return Array.from({ length: targetSide }, (_, target) => {
    const centre = factor * (target + 0.5) - 0.5;
    return {
      first: Math.max(0, Math.floor(centre) - radius),
      last: Math.min(sourceSide - 1, Math.ceil(centre) + radius),
    };
  });
}
