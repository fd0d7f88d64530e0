import { IGNORED, measuredClasses } from "papilio/core/classes.ts";
import type { ClassMask } from "papilio/data/case.ts";
import { type LabelImage, labelParts } from "papilio/data/labels.ts";

/**
 * The connected parts of each class but the background, in the order of their first pixels.
 *
 * @example
 * ```ts
 * import { classesOfLabels, labelClasses } from "papilio/data/class_labels.ts";
 * const mask = { data: Uint8Array.of(1, 2, 2, 0, 1), widthPx: 5, heightPx: 1 };
 * const labels = labelClasses(mask, ["background", "cat", "dog"]);
 * console.assert(labels.data.join() === "1,2,2,0,3");
 * console.assert(classesOfLabels(labels, mask).join() === "1,2,1");
 * ```
 */
export function labelClasses(mask: ClassMask, names: readonly string[]): LabelImage {
  return labelParts(mapMeasured(mask, names, (number) => number + 1));
}

/** Other numbers for all classes but the background, which gets 0 as what is ignored does. */
export function mapMeasured(
  { data, widthPx, heightPx }: ClassMask,
  names: readonly string[],
  change: (number: number) => number,
): ClassMask {
  const table = new Uint8Array(IGNORED + 1);
  for (const number of measuredClasses(names)) table[number] = change(number);
  return { data: data.map((value) => table[value] as number), widthPx, heightPx };
}

/** The class of each object, of label `l` at `l - 1`. */
export function classesOfLabels({ data, count }: LabelImage, mask: ClassMask): Uint8Array {
  const classes = new Uint8Array(count);
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== 0) classes[(data[i] as number) - 1] = mask.data[i] as number;
  }
  return classes;
}
