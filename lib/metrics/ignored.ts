import { IGNORED } from "papilio/core/classes.ts";
import type { BinaryMask, ClassMask } from "papilio/data/case.ts";
import { type LabelImage, labelParts, renumber } from "papilio/data/labels.ts";
import { borderPixels } from "papilio/metrics/border.ts";

/**
 * The prediction with what the truth ignores ignored; the prediction itself if that is nothing.
 *
 * @example
 * ```ts
 * import { ignoreAs } from "papilio/metrics/ignored.ts";
 * const row = (...data: number[]) => ({ data: Uint8Array.from(data), widthPx: 3, heightPx: 1 });
 * console.assert(ignoreAs(row(1, 1, 0), row(1, 255, 1)).data.join() === "1,255,0");
 * ```
 */
export function ignoreAs(prediction: ClassMask, truth: ClassMask): ClassMask {
  if (!truth.data.includes(IGNORED)) return prediction;
  const data = Uint8Array.from(prediction.data);
  for (let i = 0; i < data.length; i++) if (truth.data[i] === IGNORED) data[i] = IGNORED;
  return { ...prediction, data };
}

/** The binary mask with 0 where it is ignored; in a mask of classes, 0 would be one of them. */
export function withoutIgnored(mask: BinaryMask): BinaryMask {
  if (!mask.data.includes(IGNORED)) return mask;
  return { ...mask, data: mask.data.map((value) => value === IGNORED ? 0 : value) };
}

/**
 * The objects of a prediction as far as the truth judges them: the labels that are given, else the connected
 * parts. Those without a pixel left are gone.
 *
 * @example
 * ```ts
 * import { judgedObjects } from "papilio/metrics/ignored.ts";
 * const row = (...data: number[]) => ({ data: Uint8Array.from(data), widthPx: 3, heightPx: 1 });
 * const objects = judgedObjects({ mask: row(1, 0, 1) }, row(255, 0, 1));
 * console.assert(objects.count === 1 && objects.data.join() === "0,0,1");
 * ```
 */
export function judgedObjects(
  { mask, labels }: { mask: BinaryMask; labels?: LabelImage },
  truth: BinaryMask,
): LabelImage {
  return labels ? judgedLabels(labels, truth) : labelParts(withoutIgnored(ignoreAs(mask, truth)));
}

/** The objects without what the truth ignores; those that lose all their pixels are gone. */
export function judgedLabels(labels: LabelImage, truth: BinaryMask): LabelImage {
  if (!truth.data.includes(IGNORED)) return labels;
  return renumber(labels.data.map((label, i) => truth.data[i] === IGNORED ? 0 : label), labels);
}

/**
 * Whether the most of a class's true border is known: at least as many of its pixels lie at a border
 * (`borderPixels`, by 4 neighbours) as beside what is ignored, where a border may be anywhere.
 *
 * @example
 * ```ts
 * import { isBorderKnown } from "papilio/metrics/ignored.ts";
 * const row = (...data: number[]) => ({ data: Uint8Array.from(data), widthPx: 3, heightPx: 1 });
 * console.assert(isBorderKnown(row(0, 1, 0), 1));
 * ```
 */
export function isBorderKnown(truth: ClassMask, number: number): boolean {
  if (!truth.data.includes(IGNORED)) return true;
  return borderPixels(truth, 4, { number }).length >= countBesideIgnored(truth, number);
}

function countBesideIgnored({ data, widthPx, heightPx }: ClassMask, number: number): number {
  let count = 0;
  for (let y = 0, i = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++, i++) {
      if (data[i] !== number) continue;
      const isBeside = (x > 0 && data[i - 1] === IGNORED) ||
        (x < widthPx - 1 && data[i + 1] === IGNORED) ||
        data[i - widthPx] === IGNORED || data[i + widthPx] === IGNORED;
      if (isBeside) count++;
    }
  }
  return count;
}
