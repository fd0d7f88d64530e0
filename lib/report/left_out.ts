import { counted } from "papilio/core/text.ts";

/** Images that a mean is without, since its metric is not defined for them. */
export interface LeftOut {
  /** `"nothing predicted"` */
  reason: string;
  images: number;
  /** The class, of which the others of an image are meant without; missing where there is one alone. */
  className?: string;
}

/** As much of a metric as says what its means are without. */
export interface MeanWithout {
  label: string;
  /** Missing where it is defined for every image, and every class. */
  leftOut?: readonly LeftOut[];
}

/** Why what is 0 by one metric is left out by another, which then looks better. */
export const NOTHING_PREDICTED = "nothing predicted";

/** Whether something that is there was not predicted in an image that a mean is without. */
export function hasUnpredicted(metrics: readonly MeanWithout[]): boolean {
  return metrics.some(({ leftOut = [] }) =>
    leftOut.some(({ reason }) => reason === NOTHING_PREDICTED)
  );
}

/** Metrics that are without the same images. */
export interface LeftOutNote {
  /** `"Precision, MCC"` */
  metrics: string;
  /** `"wings in 3 of 12 images (nothing predicted), 1 (nothing there)"` */
  without: string;
}

/**
 * What the means of some metrics are without, and why; metrics without the same are told together.
 *
 * @example
 * ```ts
 * import { leftOutNotes } from "papilio/report/left_out.ts";
 * const leftOut = [{ reason: "nothing predicted", images: 3 }];
 * const metrics = [{ label: "IoU" }, { label: "Precision", leftOut }, { label: "MCC", leftOut }];
 * const [note] = leftOutNotes(metrics, 12);
 * console.assert(note?.metrics === "Precision, MCC");
 * console.assert(note?.without === "3 of 12 images (nothing predicted)");
 * ```
 */
export function leftOutNotes(metrics: readonly MeanWithout[], images: number): LeftOutNote[] {
  const some = metrics.filter(({ leftOut = [] }) => leftOut.length > 0);
  const alike = Map.groupBy(some, ({ leftOut = [] }) => leftOutText(leftOut, images));
  return [...alike].map(([without, group]) => ({
    metrics: group.map(({ label }) => label).join(", "),
    without,
  }));
}

/** `"wings in 3 of 12 images (nothing predicted), 1 (nothing there); body in 2 of 12 images (…)"` */
export function leftOutText(leftOut: readonly LeftOut[], images: number): string {
  const classes = [...Map.groupBy(leftOut, ({ className }) => className)];
  return classes.map(([className, reasons]) => {
    const text = reasons.map(({ images: count, reason }, i) =>
      `${count}${i === 0 ? ` of ${counted(images, "image")}` : ""} (${reason})`
    ).join(", ");
    return className === undefined ? text : `${className} in ${text}`;
  }).join("; ");
}

/** `"9 of 12"`, or `"12"` where all are in the mean. */
export function imagesText(inMean: number, images: number): string {
  return inMean < images ? `${inMean} of ${images}` : String(inMean);
}
