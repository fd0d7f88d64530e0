import type { BinaryMask } from "papilio/data/case.ts";

/**
 * Adds every pixel that lies within `radiusPx` of the mask: `dx² + dy² ≤ radiusPx²`.
 *
 * Exact for any radius in three passes: the distances along columns say how far each row's pixels reach
 * along the row. Beyond the image's edge there is nothing.
 *
 * Units: pixels, between pixel centres; the radius need not be whole.
 *
 * @example
 * ```ts
 * import { dilate } from "papilio/predict/postprocess/disks.ts";
 * const mask = { data: Uint8Array.of(0, 0, 1, 0, 0), widthPx: 5, heightPx: 1 };
 * console.assert(dilate(mask, 1).data.join() === "0,1,1,1,0");
 * ```
 */
export function dilate(mask: BinaryMask, radiusPx: number): BinaryMask {
  return within(mask, 1, radiusPx);
}

/** Removes every pixel within `radiusPx` of the background; beyond the image's edge there is none. */
export function erode(mask: BinaryMask, radiusPx: number): BinaryMask {
  const background = within(mask, 0, radiusPx);
  for (let i = 0; i < background.data.length; i++) (background.data[i] as number) ^= 1;
  return background;
}

/**
 * Erosion, then dilation: what a disk of that radius does not fit into is gone, such as specks, hairs and
 * thin bridges.
 *
 * It is scikit-image's `binary_opening(mask, disk(radiusPx))`.
 *
 * Source: Serra, Image Analysis and Mathematical Morphology (1982), chapter II.
 */
export function open(mask: BinaryMask, radiusPx: number): BinaryMask {
  return dilate(erode(mask, radiusPx), radiusPx);
}

/** Dilation, then erosion: gaps that a disk of that radius does not fit into are filled. */
export function close(mask: BinaryMask, radiusPx: number): BinaryMask {
  return erode(dilate(mask, radiusPx), radiusPx);
}

/** The pixels with one of that class within the radius. */
function within(mask: BinaryMask, value: 0 | 1, radiusPx: number): BinaryMask {
  const { widthPx, heightPx } = mask;
  const data = new Uint8Array(mask.data.length);
  const reaches = reachesAt(radiusPx);
  const columns = columnDistances(mask, value, reaches.length);
  const changes = new Int32Array(widthPx + 1);
  for (let start = 0; start < data.length; start += widthPx) {
    changes.fill(0);
    for (let x = 0; x < widthPx; x++) {
      const reach = reaches[columns[start + x] as number];
      if (reach === undefined) continue;
      (changes[Math.max(0, x - reach)] as number)++;
      (changes[Math.min(widthPx, x + reach + 1)] as number)--;
    }
    for (let x = 0, covering = 0; x < widthPx; x++) {
      covering += changes[x] as number;
      if (covering > 0) data[start + x] = 1;
    }
  }
  return { data, widthPx, heightPx };
}

/** How far a disk reaches along the rows 0, 1, 2, … from its centre; nothing where it does not reach. */
function reachesAt(radiusPx: number): number[] {
  return Array.from(
    { length: Math.floor(radiusPx) + 1 },
    (_, dy) => Math.floor(Math.sqrt(radiusPx ** 2 - dy ** 2)),
  );
}

/** The distance to the nearest pixel of the class in the column, at most `farthest`. */
function columnDistances(mask: BinaryMask, value: 0 | 1, farthest: number): Uint16Array {
  const { data, widthPx } = mask;
  const distances = new Uint16Array(data.length);
  const step = (i: number, before: number) => {
    if (data[i] === value) distances[i] = 0;
    else {
      const onward = Math.min(farthest, (distances[before] ?? farthest) + 1);
      distances[i] = Math.min(distances[i] as number, onward);
    }
  };
  distances.fill(farthest);
  for (let i = 0; i < data.length; i++) step(i, i - widthPx);
  for (let i = data.length - 1; i >= 0; i--) step(i, i + widthPx);
  return distances;
}
