import { PapilioError } from "papilio/core/errors.ts";

/**
 * The share of the wrong pixels that lies among the most uncertain pixels; NaN if none is wrong.
 *
 * `share` of all pixels are looked at, those of the highest uncertainty; of pixels with equal values as
 * many count as there is room for, wrong ones in proportion. Chance finds `share` of the wrong ones; no
 * more can be found than `share / share of wrong pixels`.
 *
 * Shapes: both hold the same pixels in the same order; `wrong` 0 or 1.
 * Units: 0…1.
 * @throws {PapilioError} if the two have different lengths, or the share is not from 0 to 1.
 *
 * @example
 * ```ts
 * import { errorCapture } from "papilio/metrics/error_capture.ts";
 * const uncertainty = Float32Array.of(0.4, 0.1, 0.3, 0);
 * console.assert(errorCapture(uncertainty, Uint8Array.of(1, 1, 0, 0), { share: 0.25 }) === 0.5);
 * ```
 */
export function errorCapture(
  uncertainty: Float32Array,
  wrong: Uint8Array,
  { share = 0.05 }: { share?: number } = {},
): number {
  requireSameLength(uncertainty, wrong);
  requireShare(share);
  const lookedAt = share * uncertainty.length;
  const limit = uncertainty.toSorted()[Math.max(0, Math.ceil(uncertainty.length - lookedAt) - 1)];
  const above = { pixels: 0, wrong: 0 };
  const equal = { pixels: 0, wrong: 0 };
  let wrongPixels = 0;
  for (let i = 0; i < wrong.length; i++) {
    const value = uncertainty[i] as number;
    const isWrong = wrong[i] as number;
    wrongPixels += isWrong;
    if (value < (limit as number)) continue;
    const side = value === limit ? equal : above;
    side.pixels++;
    side.wrong += isWrong;
  }
  const room = Math.max(0, lookedAt - above.pixels) / equal.pixels;
  return (above.wrong + room * equal.wrong) / wrongPixels;
}

/**
 * The chance that a wrong pixel is more uncertain than a right one, equal ones counting half: the area under
 * the receiver operating characteristic of finding errors by uncertainty. NaN if all are right, or wrong.
 *
 * Shapes: as in `errorCapture`. Units: 0…1; 0.5 by chance.
 *
 * Source: Hanley & McNeil, The meaning and use of the area under a ROC curve (1982).
 * @throws {PapilioError} if the two have different lengths.
 *
 * @example
 * ```ts
 * import { errorRocArea } from "papilio/metrics/error_capture.ts";
 * const uncertainty = Float32Array.of(0.4, 0.1, 0.3, 0);
 * console.assert(errorRocArea(uncertainty, Uint8Array.of(1, 1, 0, 0)) === 0.75);
 * ```
 */
export function errorRocArea(uncertainty: Float32Array, wrong: Uint8Array): number {
  requireSameLength(uncertainty, wrong);
  const ofWrong = uncertainty.filter((_, i) => wrong[i] === 1).sort();
  const ofRight = uncertainty.filter((_, i) => wrong[i] !== 1).sort();
  let [below, notAbove, pairs] = [0, 0, 0];
  for (const value of ofWrong) {
    while (below < ofRight.length && (ofRight[below] as number) < value) below++;
    notAbove = Math.max(notAbove, below);
    while (notAbove < ofRight.length && (ofRight[notAbove] as number) <= value) notAbove++;
    pairs += (below + notAbove) / 2;
  }
  return pairs / (ofWrong.length * ofRight.length);
}

function requireSameLength(uncertainty: Float32Array, wrong: Uint8Array): void {
  if (uncertainty.length === wrong.length) return;
  throw new PapilioError({
    cannot: "compare uncertainty with errors",
    expected: `${uncertainty.length} pixels that are right or wrong, one for each uncertainty`,
    got: `${wrong.length}`,
    remedy: "Bring mask and truth to the size of the map first.",
  });
}

function requireShare(share: number): void {
  if (share >= 0 && share <= 1) return;
  throw new PapilioError({
    cannot: "find errors by uncertainty",
    expected: "a share of the pixels, from 0 to 1",
    got: `${share}`,
    remedy: "Give 0.05 for the most uncertain 5 %.",
  });
}
