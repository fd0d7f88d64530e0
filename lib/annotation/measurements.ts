import type { BinaryMask } from "papilio/data/case.ts";
import { channelsOf } from "papilio/data/channels.ts";
import type { StoredImage } from "papilio/data/intensities.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import { describeObjects, type MaskObject } from "papilio/data/objects.ts";
import { convexAreaPx } from "papilio/annotation/_convex_area.ts";
import { cropObject } from "papilio/annotation/_crop.ts";
import { perimeterPx } from "papilio/annotation/_perimeter.ts";

/** What can be measured of one object. */
export interface Measurements extends MaskObject {
  /**
   * Length of the line through the centres of the border pixels: 1 a step along a side, √2 a diagonal
   * one; of holes too. It falls short of the outline along pixel sides, and is 0 for a line of pixels.
   */
  perimeterPx: number;
  /** Of the disc of the same area: `√(4 area / π)`. */
  equivalentDiameterPx: number;
  /** Of the ellipse with the same second moments: `4 √λ₁`; pixels count as points at their centres. */
  majorAxisPx: number;
  /** `4 √λ₂`. */
  minorAxisPx: number;
  /** `√(1 − λ₂ / λ₁)`: 0 for a disc, to 1 for a line. */
  eccentricity: number;
  /** From the downward axis to the major one, counter-clockwise as seen; −π/2…π/2. */
  orientationRad: number;
  /** Area over that of the convex hull. */
  solidity: number;
  /** Mean red, green and blue of its pixels, 0…255. */
  colour?: [number, number, number];
  /** Mean of its pixels in a grey image, in the values of its file: 0…255, or of 16 bits 0…65535. */
  intensity?: number;
}

/**
 * Measures all objects of a label image.
 *
 * All agree with scikit-image's `regionprops` (0.19; `perimeter` is its estimator for 4 neighbours, the
 * convex hull that of the pixels' side midpoints), but for the centroid, whose pixel centres lie at
 * halves here, and for the sign of the orientation along exact diagonals, where 0.19 jumps.
 *
 * Units: pixels and radians. Returns those of label `l` at `l - 1`; `null` for a number without pixels.
 *
 * Source: Benkrid and Crookes, "Design and FPGA implementation of a perimeter estimator", 2000;
 * Burger and Burge, "Principles of Digital Image Processing", 2009, section 2.4 (moments).
 *
 * @example
 * ```ts
 * import { measureObjects } from "papilio/annotation/measurements.ts";
 * const labels = { data: new Int32Array(9).fill(1), widthPx: 3, heightPx: 3, count: 1 };
 * const [square] = measureObjects(labels);
 * console.assert(square?.perimeterPx === 8 && square.solidity === 1);
 * ```
 */
export function measureObjects(
  labels: LabelImage,
  { regions = describeObjects(labels), image }: {
    regions?: readonly MaskObject[];
    image?: StoredImage;
  } = {},
): (Measurements | null)[] {
  return regions.map((region, index) => {
    if (region.areaPx === 0) return null;
    const crop = cropObject(labels, index + 1, { box: region.box, marginPx: 1 });
    return {
      ...region,
      perimeterPx: perimeterPx(crop),
      equivalentDiameterPx: Math.sqrt(4 * region.areaPx / Math.PI),
      ...ellipseOf(crop, region),
      solidity: region.areaPx / convexAreaPx(crop),
      ...(image && meanOf(crop, region, image)),
    };
  });
}

/** The ellipse of the same second moments about the centroid. */
function ellipseOf({ data, widthPx, heightPx }: BinaryMask, { areaPx, box, centroid }: MaskObject) {
  const [centreX, centreY] = [centroid.xPx - box.leftPx + 0.5, centroid.yPx - box.topPx + 0.5];
  let [xx, xy, yy] = [0, 0, 0];
  for (let row = 1; row < heightPx - 1; row++) {
    const dy = row - centreY;
    for (let column = 1; column < widthPx - 1; column++) {
      if (data[row * widthPx + column] === 0) continue;
      const dx = column - centreX;
      xx += dx * dx;
      xy += dx * dy;
      yy += dy * dy;
    }
  }
  const isUpright = Math.abs(xy) <= 1e-12 * (xx + yy); // Rounding must not choose between ±π/2.
  return ellipseOfMoments(xx / areaPx, isUpright ? 0 : xy / areaPx, yy / areaPx);
}

function ellipseOfMoments(xx: number, xy: number, yy: number) {
  const [mean, spread] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)];
  const [large, small] = [mean + spread, Math.max(0, mean - spread)];
  return {
    majorAxisPx: 4 * Math.sqrt(large),
    minorAxisPx: 4 * Math.sqrt(small),
    eccentricity: large === 0 ? 0 : Math.sqrt(1 - small / large),
    orientationRad: orientation(xx, xy, yy),
  };
}

/** Objects without a longer axis get π/4, by the convention of scikit-image. */
function orientation(xx: number, xy: number, yy: number): number {
  if (xx === yy && xy === 0) return Math.PI / 4;
  return Math.atan2(2 * xy, yy - xx) / 2;
}

/** Of grey images an intensity, of RGB a colour. */
function meanOf(
  crop: BinaryMask,
  region: MaskObject,
  image: StoredImage,
): Pick<Measurements, "colour" | "intensity"> {
  const [red = 0, green = 0, blue = 0] = channelMeans(crop, region, image);
  return channelsOf(image) === 1 ? { intensity: red } : { colour: [red, green, blue] };
}

function channelMeans(
  { data, widthPx, heightPx }: BinaryMask,
  { areaPx, box }: MaskObject,
  image: StoredImage,
): number[] {
  const channels = channelsOf(image);
  const sums: number[] = Array(channels).fill(0);
  for (let row = 1; row < heightPx - 1; row++) {
    const start = (box.topPx + row - 1) * image.widthPx + box.leftPx - 1;
    for (let column = 1; column < widthPx - 1; column++) {
      if (data[row * widthPx + column] === 0) continue;
      const i = channels * (start + column);
      for (let c = 0; c < channels; c++) (sums[c] as number) += image.data[i + c] as number;
    }
  }
  return sums.map((sum) => sum / areaPx);
}
