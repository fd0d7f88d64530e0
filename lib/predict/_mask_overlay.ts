import type { BinaryMask, ClassMask, RgbImage } from "papilio/data/case.ts";
import { classLegend, type DrawnClass, renderClassOverlay } from "papilio/report/class_overlay.ts";
import { withLegend } from "papilio/report/legend_box.ts";
import { type OverlayOptions, renderOverlay } from "papilio/report/overlay.ts";
import type { Raster } from "papilio/report/raster.ts";

/** The photo with its mask drawn over it; with classes, each in its colour, and a legend. */
export async function maskOverlay(
  image: RgbImage,
  mask: BinaryMask | ClassMask,
  options: Pick<OverlayOptions, "labels" | "contourPx"> & { classes: readonly DrawnClass[] },
): Promise<Raster> {
  const { classes } = options;
  if (classes.length === 0) return renderOverlay(image, mask, options);
  return await withLegend(renderClassOverlay(image, mask, options), classLegend([mask], classes));
}
