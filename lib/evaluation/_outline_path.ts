import { pixelContours } from "papilio/annotation/contours.ts";
import { simplifyPolygon } from "papilio/annotation/simplify.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import { describeObjects, type MaskObject } from "papilio/data/objects.ts";
import { pathAlong } from "papilio/report/page/path.ts";

/** Of a pixel of the picture, that outlines may be off: below a half they draw to the same pixels. */
const TOLERANCE = 0.45;

/** Parts smaller than this share of a pixel of the picture are not seen. */
const LEAST_AREA = 0.5;

/** The outlines of all objects, in pixels of a picture at `scale` of the photo's size. */
export function outlinePath(labels: LabelImage, scale: number): string {
  const seen = (object: MaskObject) => object.areaPx * scale ** 2 >= LEAST_AREA;
  const objects = describeObjects(labels).map((one) => seen(one) ? one : { ...one, areaPx: 0 });
  const polygons = pixelContours(labels, objects).flat()
    .map((polygon) => simplifyPolygon(polygon, TOLERANCE / scale));
  return pathAlong(polygons.flatMap(({ outer, holes }) => [outer, ...holes]), { scale });
}
