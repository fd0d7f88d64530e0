import type { MaskEncoding } from "papilio/data/case.ts";
import { imageError, type Subject } from "papilio/data/_open_image.ts";
import type { Samples } from "papilio/data/_samples.ts";

/** Which values of a mask file are foreground. */
export interface Foreground {
  isForeground(value: number): boolean;
  /** Of the pixels that are not 0, the share in the middle half of the range. */
  greyShare: number;
  /** The values below the threshold, where they look like labels: few, and of most that is not 0. */
  labelValues?: readonly number[];
  /** All values, where they are few and one between 0 and the largest is of many pixels: labels, mostly. */
  severalValues?: readonly number[];
  /** What the file is called, if its compression changes values. */
  lossyFormat?: string;
  /** How many values there are in it, where they are labels. */
  lossyLabels?: number;
}

/** A mask with more values than this is a blurred one, or a JPEG; of labels there are fewer. */
const MOST_LABELS = 16;

/** What a value in between must have to be no blurred border: of the pixels that are not 0, and in all. */
const MUCH_OF_A_VALUE = { share: 0.05, pixels: 16 };

/**
 * The foreground of a mask file, as its encoding and its values say.
 *
 * @throws {PapilioError} if it should be told by a threshold, and the values look like labels.
 */
export function foregroundOf(
  samples: Samples,
  encoding: MaskEncoding,
  subject: Subject,
): Foreground {
  if (encoding.kind === "threshold") return aboveThreshold(samples, subject);
  const labels = new Set(encoding.foreground);
  return { isForeground: (value) => labels.has(value), greyShare: 0, ...lossyLabels(samples) };
}

/** What a lossy compression left of labels; nothing of other files. */
export function lossyLabels(
  samples: Samples,
): Pick<Foreground, "lossyFormat" | "lossyLabels"> {
  const { lossyFormat } = samples;
  if (lossyFormat === undefined) return {};
  const values = countValues(samples).filter((count) => count > 0).length;
  return { lossyFormat, lossyLabels: values };
}

/** Every value of a file through `toByte`, which is asked once for each value, not for each pixel. */
export function mapValues(
  { data: values, maximum }: Samples,
  toByte: (value: number) => number,
): Uint8Array {
  const table = Uint8Array.from({ length: maximum + 1 }, (_, value) => toByte(value));
  const data = new Uint8Array(values.length);
  for (let i = 0; i < data.length; i++) data[i] = table[values[i] as number] as number;
  return data;
}

function aboveThreshold(samples: Samples, subject: Subject): Foreground {
  const { maximum, lossyFormat } = samples;
  const histogram = countValues(samples);
  const largest = histogram.findLastIndex((count) => count > 0);
  if (largest <= 1) return { isForeground: (value) => value === 1, greyShare: 0 };
  if (largest <= maximum / 2) throw unclearValues(subject, histogram, samples);
  return {
    isForeground: (value) => value > maximum / 2,
    greyShare: greyShare(histogram, maximum),
    ...labelValues(histogram, maximum),
    ...(lossyFormat === undefined ? severalValues(histogram) : { lossyFormat }),
  };
}

function severalValues(histogram: Uint32Array): Pick<Foreground, "severalValues"> {
  const values = [...histogram.keys()].filter((value) => histogram[value] !== 0);
  const pixels = (value: number) => histogram[value] as number;
  const above = values.filter((value) => value > 0);
  const all = above.reduce((total, value) => total + pixels(value), 0);
  const { share, pixels: fewest } = MUCH_OF_A_VALUE;
  const isMany = (value: number) => pixels(value) >= Math.max(fewest, share * all);
  const areLabels = values.length <= MOST_LABELS && above.slice(0, -1).some(isMany);
  return areLabels ? { severalValues: values } : {};
}

function labelValues(histogram: Uint32Array, maximum: number): Pick<Foreground, "labelValues"> {
  const values = [...histogram.keys()].filter((value) => value > 0 && histogram[value] !== 0);
  const low = values.filter((value) => value <= maximum / 2);
  const pixels = (some: readonly number[]) =>
    some.reduce((total, value) => total + (histogram[value] as number), 0);
  const isOfLabels = values.length <= MOST_LABELS && pixels(low) > pixels(values) / 2;
  return isOfLabels ? { labelValues: low } : {};
}

/** The pixels of each value. */
export function countValues({ data, maximum }: Samples): Uint32Array {
  const counts = new Uint32Array(maximum + 1);
  for (let i = 0; i < data.length; i++) (counts[data[i] as number] as number)++;
  return counts;
}

function greyShare(histogram: Uint32Array, maximum: number): number {
  const sum = (counts: Uint32Array) => counts.reduce((total, count) => total + count, 0);
  const middle = histogram.subarray(Math.ceil(maximum / 4), Math.floor(maximum * 3 / 4) + 1);
  return sum(middle) / sum(histogram.subarray(1));
}

function unclearValues(
  subject: Subject,
  histogram: Uint32Array,
  { maximum, lossyFormat }: Samples,
) {
  const values = [...histogram.keys()].filter((value) => histogram[value] !== 0);
  const shown = values.slice(0, 8).join(", ") + (values.length > 8 ? ", …" : "");
  const half = Math.ceil(maximum / 2);
  const lossy = lossyFormat === undefined
    ? ""
    : ` of a ${lossyFormat}, whose compression changes label values`;
  return imageError(
    subject,
    `a mask: values 0 and 1, or foreground from ${half} to ${maximum}`,
    `the values ${shown}${lossy}`,
    { remedy: "If these are labels, say which with --classes; else save 0 and 255." },
  );
}
