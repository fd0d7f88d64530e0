import { errorCapture, errorRocArea } from "papilio/metrics/error_capture.ts";

/** How well measures of uncertainty find the wrong pixels of a mask. */
export interface ErrorDetection {
  /** Of all pixels, that are looked at. */
  share: number;
  /** Of the wrong pixels, that these can hold at most; NaN if none is wrong. */
  mostCapture: number;
  /** See `errorCapture`. */
  capture: Uncertainties;
  /** See `errorRocArea`. */
  rocArea: Uncertainties;
}

export interface Uncertainties {
  /** By the standard deviation over the views. */
  deviation: number;
  /** By how near the probability is to the threshold: without any view but the photo as it is. */
  nearness: number;
}

export interface DetectionOptions {
  threshold: number;
  /** 0.05 if not given. */
  share?: number | undefined;
}

/**
 * Whether the deviation over views points to the errors of a mask, and whether it does so better than the
 * probability alone.
 *
 * Shapes: all hold the same pixels in the same order; truth 0 or 1.
 *
 * @example
 * ```ts
 * import { detectErrors } from "papilio/predict/error_detection.ts";
 * const maps = { probability: Float32Array.of(0.9, 0.6), deviation: Float32Array.of(0, 0.2) };
 * const found = detectErrors(maps, Uint8Array.of(1, 0), { threshold: 0.5, share: 0.5 });
 * console.assert(found.capture.deviation === 1 && found.rocArea.nearness === 1);
 * ```
 */
export function detectErrors(
  { probability, deviation }: { probability: Float32Array; deviation: Float32Array },
  truth: Uint8Array,
  { threshold, share = 0.05 }: DetectionOptions,
): ErrorDetection {
  const isFound = (p: number) => p >= threshold ? 1 : 0;
  const wrong = truth.map((value, i) => value ^ isFound(probability[i] as number));
  const nearness = probability.map((p) => -Math.abs(p - threshold));
  const wrongPixels = wrong.reduce((sum, value) => sum + value, 0);
  return {
    share,
    mostCapture: wrongPixels === 0 ? NaN : Math.min(1, share * wrong.length / wrongPixels),
    capture: {
      deviation: errorCapture(deviation, wrong, { share }),
      nearness: errorCapture(nearness, wrong, { share }),
    },
    rocArea: {
      deviation: errorRocArea(deviation, wrong),
      nearness: errorRocArea(nearness, wrong),
    },
  };
}
