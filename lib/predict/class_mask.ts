import { IGNORED, measuredClasses } from "papilio/core/classes.ts";
import { PapilioError } from "papilio/core/errors.ts";
import type { BinaryMask, ClassMask } from "papilio/data/case.ts";
import { mapMeasured } from "papilio/data/class_labels.ts";
import {
  forEachRow,
  type Interpolation,
  mapSize,
  type ProbabilityMap,
  type Size,
} from "papilio/predict/resize.ts";

/**
 * The class of each pixel at the image's size: the one of the largest probability, of equals the first.
 *
 * With `nearest` these are the classes at the network's size, enlarged; with `bilinear` the
 * probabilities are interpolated first, a row at a time, so that borders run smoothly between the
 * network's pixels.
 *
 * Shapes: `[S, S, C]` or `[H, W, C]` float32 → `[heightPx, widthPx]` of 0…C − 1.
 *
 * @example
 * ```ts
 * import { classesAtSize } from "papilio/predict/class_mask.ts";
 * const map = { data: Float32Array.of(0.7, 0.3, 0.4, 0.6), widthPx: 2, heightPx: 1, channels: 2 };
 * const { data } = classesAtSize(map, { widthPx: 4, heightPx: 1 });
 * console.assert(data.join() === "0,0,1,1");
 * ```
 */
export function classesAtSize(
  map: ProbabilityMap,
  { widthPx, heightPx }: Size,
  interpolation: Interpolation = "nearest",
): ClassMask {
  const size = { widthPx, heightPx };
  const data = new Uint8Array(widthPx * heightPx);
  if (interpolation === "nearest") {
    const small = { ...mapSize(map), data: Float32Array.from(mostLikely(map.data, map)) };
    forEachRow(small, size, "nearest", (row, start) => data.set(row, start));
  } else {
    let start = 0;
    forEachRow(map, size, interpolation, (row) => {
      data.set(mostLikely(row, map), start);
      start += widthPx;
    });
  }
  return { ...size, data };
}

/** The numbers of the largest of each `channels` values. */
function mostLikely(data: Float32Array, { channels = 1 }: { channels?: number }): Uint8Array {
  const classes = new Uint8Array(data.length / channels);
  for (let pixel = 0, i = 0; pixel < classes.length; pixel++, i += channels) {
    let best = 0;
    for (let c = 1; c < channels; c++) {
      if ((data[i + c] as number) > (data[i + best] as number)) best = c;
    }
    classes[pixel] = best;
  }
  return classes;
}

/** The pixels of one class; what is `IGNORED` stays so. */
export function maskOfClass({ data, widthPx, heightPx }: ClassMask, number: number): BinaryMask {
  const toBinary = (value: number) => value === IGNORED ? IGNORED : value === number ? 1 : 0;
  return { data: data.map(toBinary), widthPx, heightPx };
}

/**
 * The number of a class, by default of the first that is not the background.
 *
 * @throws {PapilioError} if there is none of that name.
 *
 * @example
 * ```ts
 * import { classNumber } from "papilio/predict/class_mask.ts";
 * const names = ["background", "cat", "dog"];
 * console.assert(classNumber(names) === 1 && classNumber(names, "dog") === 2);
 * ```
 */
export function classNumber(names: readonly string[], name?: string): number {
  const number = name === undefined ? measuredClasses(names)[0] ?? 0 : names.indexOf(name);
  if (number >= 0) return number;
  throw new PapilioError({
    cannot: `look at the class ${name}`,
    expected: `one of ${names.join(", ")}`,
    got: `"${name}"`,
    remedy: "Give one of these with --class.",
  });
}

/** The pixels of all classes but the background. */
export function foregroundOfClasses(mask: ClassMask, names: readonly string[]): BinaryMask {
  return mapMeasured(mask, names, () => 1);
}
