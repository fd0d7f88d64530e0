import { PapilioError } from "papilio/core/errors.ts";
import type { BinaryMask } from "papilio/data/case.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import { sizeText } from "papilio/data/masks.ts";
import { describeObjects, type MaskObject } from "papilio/data/objects.ts";
import { moved } from "papilio/annotation/contours.ts";
import { crossingRings } from "papilio/annotation/_cracks.ts";
import { groupRings, type Polygon } from "papilio/annotation/polygons.ts";

/** Probabilities of the foreground, pixel by pixel. */
export interface ProbabilityImage {
  /** Row-major `[heightPx, widthPx]`; 0…1, or any integers of which the threshold is one. */
  data: Float32Array | Uint16Array | Uint8Array;
  widthPx: number;
  heightPx: number;
}

/** Pixels that lie on the threshold, or on its wrong side, count as this share of it away. */
const LEAST_DISTANCE = 0.001;

/**
 * The borders of all objects where the probability, interpolated linearly between the pixels' centres,
 * equals the threshold (marching squares).
 *
 * The objects decide, not the threshold: a pixel of an object is inside however low its probability, so
 * that drawing the polygons by pixel centres gives the objects back; what belongs to none is outside.
 * Towards a pixel of another object the border cuts as if that one's probability were mirrored at the
 * threshold, which is the same line seen from both: neighbours do not overlap. Along the image's edge the
 * border is the edge.
 *
 * Units: pixels from the image's upper left corner; centres lie at halves.
 * Returns the polygons of label `l` at `l - 1`.
 *
 * Source: Lorensen and Cline 1987, in the plane; where four pixels are in and out crosswise, those inside
 * stay apart.
 *
 * @throws {PapilioError} if the two images differ in size.
 *
 * @example
 * ```ts
 * import { subpixelContours } from "papilio/annotation/subpixel_contours.ts";
 * const size = { widthPx: 3, heightPx: 1 };
 * const labels = { ...size, data: Int32Array.of(1, 0, 0), count: 1 };
 * const probability = { ...size, data: Float32Array.of(0.75, 0.25, 0) };
 * const [[polygon] = []] = subpixelContours(labels, probability, { threshold: 0.5 });
 * console.assert(Math.max(...polygon?.outer ?? []) === 1); // Half-way between the centres at 0.5 and 1.5.
 * ```
 */
export function subpixelContours(
  labels: LabelImage,
  probability: ProbabilityImage,
  { threshold, objects = describeObjects(labels) }: {
    threshold: number;
    objects?: readonly MaskObject[];
  },
): Polygon[][] {
  checkSize(labels, probability);
  return objects.map(({ areaPx, box }, index) => {
    if (areaPx === 0) return [];
    const { mask, heights } = surroundings(labels, probability, {
      label: index + 1,
      box,
      threshold,
    });
    const rings = crossingRings(mask, (inside, outside) => {
      const [above, below] = [heights[inside] as number, heights[outside] as number];
      return Number.isNaN(below) ? 0.5 : above / (above - below);
    });
    return groupRings(rings.map((ring) => moved(ring, box.leftPx, box.topPx)));
  });
}

/** The object with a margin of one pixel: heights above 0 in it, below elsewhere, NaN off the image. */
function surroundings(
  { data, widthPx, heightPx }: LabelImage,
  probability: ProbabilityImage,
  { label, box, threshold }: { label: number; box: MaskObject["box"]; threshold: number },
): { mask: BinaryMask; heights: Float32Array } {
  const [width, height] = [box.widthPx + 2, box.heightPx + 2];
  const mask = new Uint8Array(width * height);
  const heights = new Float32Array(width * height).fill(NaN);
  const least = LEAST_DISTANCE * threshold;
  const [left, top] = [box.leftPx - 1, box.topPx - 1];
  const firstColumn = Math.max(0, -left);
  const endColumn = Math.min(width, widthPx - left);
  for (let y = Math.max(0, -top); y < Math.min(height, heightPx - top); y++) {
    for (let x = firstColumn; x < endColumn; x++) {
      const source = (top + y) * widthPx + left + x;
      const above = (probability.data[source] as number) - threshold;
      const owner = data[source] as number;
      const isInside = owner === label;
      mask[y * width + x] = isInside ? 1 : 0;
      heights[y * width + x] = isInside
        ? Math.max(above, least)
        : -Math.max(owner === 0 ? -above : above, least);
    }
  }
  return { mask: { data: mask, widthPx: width, heightPx: height }, heights };
}

function checkSize(labels: LabelImage, probability: ProbabilityImage): void {
  if (labels.widthPx === probability.widthPx && labels.heightPx === probability.heightPx) return;
  throw new PapilioError({
    cannot: "draw sub-pixel contours",
    expected: `probabilities of ${sizeText(labels)} pixels, as the objects`,
    got: sizeText(probability),
    remedy: "Resize the probabilities to the objects' size.",
  });
}
