import { IGNORED } from "papilio/core/classes.ts";
import type { BinaryMask, ClassMask } from "papilio/data/case.ts";
import type { Connectivity } from "papilio/data/labels.ts";

/**
 * The border pixels of a mask: foreground of which a neighbour is background. Beyond the image's edge
 * there is background, so that an object that the frame cuts has a border there.
 *
 * By 4 neighbours it is the mask less its erosion by a cross, as in MedPy; by 8
 * the mask less its erosion by a square of 3×3, as the boundary of width 1 in Boundary IoU.
 *
 * Of a mask of classes, the foreground is the class `number`. Beside a pixel that is `IGNORED` nothing is
 * known, so that there is no border.
 *
 * Shapes: indices into the mask's data, ascending.
 *
 * Source: MedPy, `medpy.metric.binary`; Cheng et al., Boundary IoU (2021), section 3 and its code.
 *
 * @example
 * ```ts
 * import { borderPixels } from "papilio/metrics/border.ts";
 * const mask = { data: new Uint8Array(9).fill(1), widthPx: 3, heightPx: 3 };
 * console.assert(borderPixels(mask, 4).join() === "0,1,2,3,5,6,7,8");
 * ```
 */
export function borderPixels(
  mask: BinaryMask | ClassMask,
  neighbours: Connectivity,
  { number = 1 }: { number?: number | undefined } = {},
): Uint32Array {
  const { data, widthPx, heightPx } = mask;
  let border = new Uint32Array(1024);
  let count = 0;
  for (let y = 0, i = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++, i++) {
      if (data[i] !== number) continue;
      const onEdge = x === 0 || y === 0 || x === widthPx - 1 || y === heightPx - 1;
      if (!onEdge && isInside(data, i, { widthPx, neighbours, number })) continue;
      if (count === border.length) border = doubled(border);
      border[count++] = i;
    }
  }
  return border.slice(0, count);
}

/** Whether all neighbours of a pixel that is not on the edge are of its class, or ignored. */
function isInside(
  data: Uint8Array,
  i: number,
  { widthPx, neighbours, number }: { widthPx: number; neighbours: Connectivity; number: number },
): boolean {
  const [above, below] = [i - widthPx, i + widthPx];
  const isSame = (pixel: number) => data[pixel] === number || data[pixel] === IGNORED;
  const sides = isSame(i - 1) && isSame(i + 1) && isSame(above) && isSame(below);
  if (!sides || neighbours === 4) return sides;
  return isSame(above - 1) && isSame(above + 1) && isSame(below - 1) && isSame(below + 1);
}

function doubled(values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * values.length);
  larger.set(values);
  return larger;
}
