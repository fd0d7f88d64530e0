import type { BinaryMask, ClassMask, RgbImage } from "papilio/data/case.ts";
import { type DrawnClass, renderClassOverlay } from "papilio/report/class_overlay.ts";
import { type OverlayOptions, renderOverlay } from "papilio/report/overlay.ts";
import type { Raster } from "papilio/report/raster.ts";

/** The photo with its mask drawn over it; with classes, each in its colour. */
export function maskOverlay(
  image: RgbImage,
  mask: BinaryMask | ClassMask,
  options: Pick<OverlayOptions, "labels" | "contourPx"> & { classes: readonly DrawnClass[] },
): Raster {
  return options.classes.length === 0
    ? renderOverlay(image, mask, options)
    : renderClassOverlay(image, mask, options);
}
