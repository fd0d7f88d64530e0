import type { BinaryMask } from "papilio/data/case.ts";
import { type Connectivity, type LabelImage, labelParts, renumber } from "papilio/data/labels.ts";

/**
 * Removes the connected parts that are smaller than `areaPx`.
 *
 * It is scikit-image's `remove_small_objects(mask, areaPx)`, whose default connectivity is 4.
 *
 * @example
 * ```ts
 * import { removeSmallParts } from "papilio/predict/postprocess/parts.ts";
 * const mask = { data: Uint8Array.of(1, 1, 0, 1), widthPx: 4, heightPx: 1 };
 * console.assert(removeSmallParts(mask, 2).data.join() === "1,1,0,0");
 * ```
 */
export function removeSmallParts(
  mask: BinaryMask,
  areaPx: number,
  connectivity: Connectivity = 8,
): BinaryMask {
  const labels = labelParts(mask, connectivity);
  const areas = areasOf(labels);
  return keepLabels(labels, (label) => label !== 0 && (areas[label] as number) >= areaPx);
}

/** Removes the objects that are smaller than `areaPx`; the others are numbered anew, in their order. */
export function removeSmallObjects(labels: LabelImage, areaPx: number): LabelImage {
  const areas = areasOf(labels);
  const kept = labels.data.map((label) => (areas[label] as number) >= areaPx ? label : 0);
  return renumber(kept, labels);
}

/** Keeps the largest connected part alone; of equals, the first. An empty mask stays empty. */
export function keepLargestPart(mask: BinaryMask, connectivity: Connectivity = 8): BinaryMask {
  const labels = labelParts(mask, connectivity);
  const areas = areasOf(labels);
  areas[0] = 0;
  const largest = areas.indexOf(areas.reduce((most, area) => Math.max(most, area)));
  return keepLabels(labels, (label) => label !== 0 && label === largest);
}

/**
 * Fills the holes of a mask that are at most `areaPx` large, by default all.
 *
 * A hole is a part of the background, connected along sides, that does not touch the image's edge. Without
 * a limit it is SciPy's `binary_fill_holes`.
 *
 * @example
 * ```ts
 * import { fillHoles } from "papilio/predict/postprocess/parts.ts";
 * const ring = { data: Uint8Array.of(1, 1, 1, 1, 0, 1, 1, 1, 1), widthPx: 3, heightPx: 3 };
 * console.assert(fillHoles(ring).data[4] === 1);
 * ```
 */
export function fillHoles(mask: BinaryMask, areaPx = Infinity): BinaryMask {
  const background = { ...mask, data: mask.data.map((value) => 1 - value) };
  const labels = labelParts(background, 4);
  const areas = areasOf(labels);
  const isOpen = touchingEdge(labels);
  return keepLabels(
    labels,
    (label) => label === 0 || (isOpen[label] === 0 && (areas[label] as number) <= areaPx),
  );
}

/** The area of each label in pixels; of the background at 0. */
export function areasOf({ data, count }: LabelImage): Int32Array {
  const areas = new Int32Array(count + 1);
  for (let i = 0; i < data.length; i++) (areas[data[i] as number] as number)++;
  return areas;
}

function keepLabels(labels: LabelImage, isKept: (label: number) => boolean): BinaryMask {
  const { count, widthPx, heightPx } = labels;
  const table = Uint8Array.from(
    { length: count + 1 },
    (_, label) => isKept(label) ? 1 : 0,
  );
  const data = new Uint8Array(labels.data.length);
  for (let i = 0; i < data.length; i++) data[i] = table[labels.data[i] as number] as number;
  return { data, widthPx, heightPx };
}

/** 1 for each label with a pixel on the image's edge. */
function touchingEdge({ data, widthPx, heightPx, count }: LabelImage): Uint8Array {
  const touches = new Uint8Array(count + 1);
  const last = (heightPx - 1) * widthPx;
  for (let x = 0; x < widthPx; x++) {
    touches[data[x] as number] = 1;
    touches[data[last + x] as number] = 1;
  }
  for (let start = 0; start <= last; start += widthPx) {
    touches[data[start] as number] = 1;
    touches[data[start + widthPx - 1] as number] = 1;
  }
  return touches;
}
