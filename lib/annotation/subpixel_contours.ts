// @ts-types="npm:@types/d3-contour@3.0.6"
import { contours } from "d3-contour";
import { PapilioError } from "papilio/core/errors.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import { sizeText } from "papilio/data/masks.ts";
import { describeObjects, type MaskObject } from "papilio/data/objects.ts";
import { moved } from "papilio/annotation/contours.ts";
import { groupRings, type Polygon, type Ring } from "papilio/annotation/polygons.ts";

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
 * Source: Lorensen and Cline 1987, in the plane; d3-contour, whose grid point `(i, j)` is at
 * `(i + ½, j + ½)`.
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
    const frame = frameOf(box, labels);
    const heights = heightsOf(labels, probability, { label: index + 1, frame, threshold });
    const rings = ringsAtZero(heights, frame);
    return groupRings(rings.map((ring) => moved(ring, frame.left, frame.top)));
  });
}

/** The object's box and the pixels around it, as far as there are any. */
interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

function frameOf(
  { leftPx, topPx, widthPx, heightPx }: MaskObject["box"],
  image: LabelImage,
): Frame {
  const [left, top] = [Math.max(0, leftPx - 1), Math.max(0, topPx - 1)];
  const right = Math.min(image.widthPx, leftPx + widthPx + 1);
  const bottom = Math.min(image.heightPx, topPx + heightPx + 1);
  return { left, top, width: right - left, height: bottom - top };
}

/** Above 0 in the object, below elsewhere. */
function heightsOf(
  { data, widthPx }: LabelImage,
  probability: ProbabilityImage,
  { label, frame, threshold }: { label: number; frame: Frame; threshold: number },
): Float64Array {
  const { left, top, width, height } = frame;
  const heights = new Float64Array(width * height);
  const least = LEAST_DISTANCE * threshold;
  for (let y = 0, target = 0; y < height; y++) {
    const start = (top + y) * widthPx + left;
    for (let i = start; i < start + width; i++) {
      const above = (probability.data[i] as number) - threshold;
      const owner = data[i] as number;
      if (owner === label) heights[target++] = Math.max(above, least);
      else heights[target++] = -Math.max(owner === 0 ? -above : above, least);
    }
  }
  return heights;
}

/** d3-contour's typings want lists of numbers, where any array of them does. */
function ringsAtZero(heights: Float64Array, { width, height }: Frame): Ring[] {
  const values = heights as unknown as number[];
  const { coordinates } = contours().size([width, height]).contour(values, 0);
  return coordinates.flat().map(toRing).filter((ring) => ring.length >= 6);
}

/** d3-contour repeats the first point at the end, may repeat others, and turns the other way round. */
function toRing(points: readonly (readonly number[])[]): Ring {
  const flat: number[] = [];
  for (let i = points.length - 1; i > 0; i--) {
    const [x, y] = points[i] as [number, number];
    const [nextX, nextY] = points[i - 1] as [number, number];
    if (x !== nextX || y !== nextY) flat.push(x, y);
  }
  return Float64Array.from(flat);
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
