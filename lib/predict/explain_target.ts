import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import type { BinaryMask } from "papilio/data/case.ts";
import { labelParts } from "papilio/data/labels.ts";
import { resizeMask, type Size } from "papilio/data/masks.ts";
import { describeObjects } from "papilio/data/objects.ts";
import { withoutIgnored } from "papilio/metrics/ignored.ts";
import type { PixelBox } from "papilio/report/pixels.ts";

/**
 * The pixels whose logits are to be explained.
 *
 * `prediction` is the whole predicted mask, `truth` the true one, `invented` what is in the first alone,
 * `missed` what is in the second alone. `object` counts the predicted objects from 1, the largest. A box
 * and a pixel (`xPx`, `yPx`) are given in the photo's pixels; a mask may have any size.
 */
export type ExplainTarget =
  | "prediction"
  | "truth"
  | "invented"
  | "missed"
  | { object: number }
  | { box: PixelBox }
  | { xPx: number; yPx: number }
  | { mask: BinaryMask };

/** What a target is taken from. */
export interface TargetSources {
  /** The predicted mask, `[S, S]`, at the network's size. */
  found: BinaryMask;
  /** The true mask at the network's size, if it is known; what it ignores is neither true nor wrong. */
  truth?: BinaryMask | undefined;
  /** The photo's own size. */
  photo: Size;
}

/**
 * A target as a mask of the network's size; it may be empty.
 *
 * @throws {PapilioError} if there is no such object or place, or the truth is needed and not known.
 *
 * @example
 * ```ts
 * import { targetPixels } from "papilio/predict/explain_target.ts";
 * const found = { data: Uint8Array.of(1, 1, 0, 0), widthPx: 2, heightPx: 2 };
 * const sources = { found, photo: { widthPx: 200, heightPx: 100 } };
 * console.assert(targetPixels({ xPx: 150, yPx: 99 }, sources).data.join() === "0,0,0,1");
 * ```
 */
export function targetPixels(target: ExplainTarget, sources: TargetSources): BinaryMask {
  const { found } = sources;
  if (target === "prediction") return found;
  if (target === "truth") return withoutIgnored(needTruth(sources));
  if (target === "invented") return without(found, needTruth(sources));
  if (target === "missed") return without(withoutIgnored(needTruth(sources)), found);
  if ("object" in target) return nthObject(found, target.object);
  if ("mask" in target) return resizeMask(target.mask, found.widthPx, found.heightPx);
  const box = "box" in target
    ? target.box
    : { leftPx: target.xPx, topPx: target.yPx, widthPx: 1, heightPx: 1 };
  return boxPixels(box, sources);
}

/**
 * The weights that make a score the mean logit of some pixels: 1 / n at each of them; with `against`, of the
 * negative logit, which says what speaks for background.
 *
 * Shapes: pixels `[S, S]` → `[S, S]` float32; all 0 if there is no pixel.
 *
 * @example
 * ```ts
 * import { meanWeights } from "papilio/predict/explain_target.ts";
 * const pixels = { data: Uint8Array.of(1, 0, 0, 1), widthPx: 2, heightPx: 2 };
 * console.assert(meanWeights(pixels).join() === "0.5,0,0,0.5");
 * ```
 */
export function meanWeights(
  { data }: BinaryMask,
  { against = false }: { against?: boolean } = {},
): Float32Array {
  const count = countOf(data);
  const weight = (against ? -1 : 1) / count;
  return Float32Array.from(data, (value) => value === 0 ? 0 : weight);
}

/** A target in words: `"object 2"`, or `"background at object 2"`; of a class, `"cat in object 2"`. */
export function targetText(
  target: ExplainTarget,
  { against = false, className }: { against?: boolean; className?: string | undefined } = {},
): string {
  const place = placeText(target);
  if (className === undefined) return against ? `background at ${place}` : place;
  return against ? `other classes than ${className} in ${place}` : `${className} in ${place}`;
}

function placeText(target: ExplainTarget): string {
  if (typeof target === "string") return texts[target];
  if ("object" in target) return `object ${target.object}`;
  if ("mask" in target) return "a given mask";
  if ("xPx" in target) return `the pixel ${target.xPx}, ${target.yPx}`;
  const { leftPx, topPx, widthPx, heightPx } = target.box;
  return `${widthPx}×${heightPx} pixels at ${leftPx}, ${topPx}`;
}

const texts = {
  prediction: "the predicted mask",
  truth: "the true mask",
  invented: "invented pixels",
  missed: "missed pixels",
} as const;

export function countOf(data: Uint8Array): number {
  let count = 0;
  for (const value of data) if (value !== 0) count++;
  return count;
}

function needTruth({ truth }: TargetSources): BinaryMask {
  if (truth) return truth;
  throw new PapilioError({
    cannot: "explain a prediction",
    expected: "a true mask, since the target speaks of it",
    got: "a photo without one",
    remedy: 'Explain the target "prediction", or give a case with a mask.',
  });
}

/** What is in the first mask alone, and not ignored in the other. */
function without(mask: BinaryMask, other: BinaryMask): BinaryMask {
  return { ...mask, data: mask.data.map((value, i) => other.data[i] === 0 ? value : 0) };
}

/** The nth part of a mask by area, from 1. */
function nthObject(found: BinaryMask, n: number): BinaryMask {
  const labels = labelParts(found);
  const order = describeObjects(labels).map(({ areaPx }, i) => ({ areaPx, label: i + 1 }))
    .sort((a, b) => b.areaPx - a.areaPx);
  if (!(Number.isInteger(n) && n >= 1 && n <= order.length)) throw noObject(n, order.length);
  const { label } = present(order[n - 1]);
  return { ...found, data: Uint8Array.from(labels.data, (value) => value === label ? 1 : 0) };
}

/** The network's pixels that a box of the photo touches. */
function boxPixels(box: PixelBox, { found, photo }: TargetSources): BinaryMask {
  const { widthPx, heightPx } = found;
  const [left, right] = span(box.leftPx, box.widthPx, widthPx / photo.widthPx);
  const [top, bottom] = span(box.topPx, box.heightPx, heightPx / photo.heightPx);
  const data = new Uint8Array(widthPx * heightPx);
  for (let y = Math.max(0, top); y < Math.min(heightPx, bottom); y++) {
    const [first, end] = [Math.max(0, left), Math.min(widthPx, right)];
    if (first < end) data.fill(1, y * widthPx + first, y * widthPx + end);
  }
  if (countOf(data) > 0) return { data, widthPx, heightPx };
  throw new PapilioError({
    cannot: "explain a prediction",
    expected: `a box or a pixel within the photo's ${photo.widthPx}×${photo.heightPx} pixels`,
    got: `${box.widthPx}×${box.heightPx} pixels at ${box.leftPx}, ${box.topPx}`,
    remedy: "Count pixels from the photo's upper left corner.",
  });
}

function span(startPx: number, lengthPx: number, scale: number): [first: number, end: number] {
  return [Math.floor(startPx * scale), Math.ceil((startPx + lengthPx) * scale)];
}

function noObject(n: number, count: number): PapilioError {
  return new PapilioError({
    cannot: "explain an object",
    expected: count === 0
      ? "a predicted mask with objects"
      : `a number from 1 (the largest) to ${count}`,
    got: `${n}`,
    remedy: count === 0 ? "Lower the threshold, or explain a box." : "Take one of these.",
  });
}
