import { IGNORED } from "papilio/core/classes.ts";
import type { ClassMask } from "papilio/data/case.ts";
import { type LabelImage, renumber } from "papilio/data/labels.ts";

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

/** The mask with what is ignored as background. */
export function withoutIgnored(mask: ClassMask): ClassMask {
  if (!mask.data.includes(IGNORED)) return mask;
  return { ...mask, data: mask.data.map((value) => value === IGNORED ? 0 : value) };
}

/** The objects as far as the truth judges them; those without a pixel left are gone. */
export function judgedLabels(labels: LabelImage, truth: ClassMask): LabelImage {
  if (!truth.data.includes(IGNORED)) return labels;
  return renumber(labels.data.map((label, i) => truth.data[i] === IGNORED ? 0 : label), labels);
}
