import { present } from "papilio/core/assert.ts";
import type { BinaryMask } from "papilio/data/case.ts";
import { type LabelImage, renumber } from "papilio/data/labels.ts";

/** The predictions of tests/golden/metrics/metrics.py, by the same recipe. */

type Test = (x: number, y: number) => boolean;

function maskWhere({ widthPx, heightPx }: BinaryMask, isForeground: Test): BinaryMask {
  const data = new Uint8Array(widthPx * heightPx);
  for (let i = 0; i < data.length; i++) {
    data[i] = isForeground(i % widthPx, Math.floor(i / widthPx)) ? 1 : 0;
  }
  return { data, widthPx, heightPx };
}

/** Background beyond the edge. */
function valueAt({ data, widthPx, heightPx }: BinaryMask, x: number, y: number): boolean {
  return x >= 0 && y >= 0 && x < widthPx && y < heightPx && data[y * widthPx + x] === 1;
}

type Step = readonly [right: number, down: number];

const cross: readonly Step[] = [[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1]];

/** The steps of two crosses, one after the other. */
const twoCrosses: readonly Step[] = cross.flatMap(([x, y]) =>
  cross.map(([right, down]): Step => [x + right, y + down])
);

/** The pixels from which an object comes to a pixel, by its number's remainder, if it is at all of them. */
const fates: readonly { steps: readonly Step[]; by: "every" | "some" }[] = [
  { steps: [], by: "some" },
  { steps: [[-2, -1]], by: "every" },
  { steps: twoCrosses, by: "every" },
  { steps: [[0, 0]], by: "every" },
  { steps: [[0, 0]], by: "every" },
  { steps: cross, by: "some" },
];

/** Of several objects that come to a pixel, the first has it; merged ones take the number before. */
export function simulateObjects(labels: LabelImage): LabelImage {
  const { widthPx, heightPx, count } = labels;
  const [top, left] = [Math.floor(heightPx / 3), Math.floor(widthPx / 3)];
  const data = labels.data.map((there, i) => {
    const [x, y] = [i % widthPx, Math.floor(i / widthPx)];
    const first = firstAt(labels, x, y);
    if (first !== undefined) return first % 6 === 4 ? first - 1 : first;
    const isInvented = x >= left && x < left + 7 && y >= top && y < top + 7 && there === 0;
    return isInvented ? count + 1 : 0;
  });
  return renumber(data, { widthPx, heightPx });
}

function firstAt({ data, widthPx, heightPx }: LabelImage, x: number, y: number) {
  const at = ([right, down]: Step) => {
    const [column, row] = [x + right, y + down];
    const isInside = column >= 0 && row >= 0 && column < widthPx && row < heightPx;
    return isInside ? data[row * widthPx + column] as number : 0;
  };
  const near = new Set([...cross, [-2, -1] as const].map(at).filter((label) => label > 0));
  return [...near].sort((a, b) => a - b).find((label) => {
    const { steps, by } = present(fates[label % 6]);
    return steps[by]((step) => at(step) === label);
  });
}

export function simulateMask(mask: BinaryMask, index: number): BinaryMask {
  const left = 10 + 5 * index;
  return maskWhere(mask, (x, y) => {
    if (x >= left && x < left + 20 && y >= 10 && y < 30) return true;
    const isCut = index % 2 === 1 && (Math.floor(x / 16) + Math.floor(y / 16)) % 7 === 0;
    return !isCut && valueAt(mask, x - 3 - index, y + 2);
  });
}

/** Multiples of 1/1024, so that float32 holds them. */
export function simulateProbabilities({ data, widthPx }: BinaryMask): Float32Array {
  return Float32Array.from(data, (value, i) => {
    const [x, y] = [i % widthPx, Math.floor(i / widthPx)];
    return ((value === 1 ? 560 : 80) + (37 * x + 91 * y + x * y) % 420) / 1024;
  });
}
