import type { LabelImage } from "papilio/data/labels.ts";
import { describeObjects, type MaskObject } from "papilio/data/objects.ts";
import { crackRings } from "papilio/annotation/_cracks.ts";
import { cropObject } from "papilio/annotation/_crop.ts";
import { groupRings, type Polygon, type Ring } from "papilio/annotation/polygons.ts";

/**
 * The borders of all objects of a label image, exact to the pixel: they run along the pixels' sides.
 *
 * The polygons cover the object's pixels and nothing else, so that their areas add up to its pixels, and
 * drawing them by pixel centres (`fillPolygons`) gives them back. Pixels that meet at a corner alone lie
 * in polygons of their own, or bound a hole; no ring touches itself.
 *
 * Units: pixels from the image's upper left corner; all coordinates are whole numbers.
 * Returns the polygons of label `l` at `l - 1`; none for a number without pixels.
 *
 * @example
 * ```ts
 * import { pixelContours } from "papilio/annotation/contours.ts";
 * const labels = { data: Int32Array.of(0, 1, 1, 0), widthPx: 4, heightPx: 1, count: 1 };
 * const [[polygon] = []] = pixelContours(labels);
 * console.assert(polygon?.outer.join() === "1,0,3,0,3,1,1,1");
 * ```
 */
export function pixelContours(
  labels: LabelImage,
  objects: readonly MaskObject[] = describeObjects(labels),
): Polygon[][] {
  return objects.map(({ areaPx, box }, index) => {
    if (areaPx === 0) return [];
    const rings = crackRings(cropObject(labels, index + 1, { box, marginPx: 1 }));
    return groupRings(rings.map((ring) => moved(ring, box.leftPx, box.topPx)));
  });
}

/** Moves a ring in place. */
export function moved(ring: Ring, right: number, down: number): Ring {
  for (let i = 0; i < ring.length; i += 2) {
    ring[i] = (ring[i] as number) + right;
    ring[i + 1] = (ring[i + 1] as number) + down;
  }
  return ring;
}
