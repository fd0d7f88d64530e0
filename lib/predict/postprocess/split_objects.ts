import type { BinaryMask } from "papilio/data/case.ts";
import { depths } from "papilio/data/distances.ts";
import { type LabelImage, labelParts } from "papilio/data/labels.ts";
import { resizeMask } from "papilio/data/masks.ts";
import { depthMarkers, type Prominence } from "papilio/predict/postprocess/depth_markers.ts";
import { spreadLabels } from "papilio/predict/postprocess/_spread_labels.ts";
import { watershed } from "papilio/predict/postprocess/watershed.ts";

/** Larger masks are split reduced: their lines are then as fine as those of networks by far. */
const REDUCED_PIXELS = 2_000_000;

export interface SplitOptions extends Prominence {
  /** The middles of the objects, instead of the peaks of the depths. */
  markers?: LabelImage;
  /**
   * A mask of more pixels is split reduced to so many, unless markers are given; gaps that the reduced
   * mask does not show are then no borders.
   */
  pixels?: number;
}

/**
 * Splits a mask into objects that touch or overlap, at its necks.
 *
 * Markers, the middles of objects, grow from the depths of the mask down until they meet. They are the
 * peaks of its depths, or are given. A part of the mask without a marker is one object.
 *
 * Shapes: `[heightPx, widthPx]` to labels of the same size.
 *
 * Source: Vincent & Soille, Watersheds in Digital Spaces (1991), section V.
 *
 * @example
 * ```ts
 * import { splitObjects } from "papilio/predict/postprocess/split_objects.ts";
 * const rows = ["##...##", "#######", "##...##"];
 * const data = Uint8Array.from(rows.join(""), (pixel) => pixel === "#" ? 1 : 0);
 * const { count } = splitObjects({ data, widthPx: 7, heightPx: 3 }, { share: 0.2 });
 * console.assert(count === 2);
 * ```
 */
export function splitObjects(mask: BinaryMask, options: SplitOptions): LabelImage {
  const { pixels = REDUCED_PIXELS, markers } = options;
  const reduction = Math.sqrt(mask.data.length / pixels);
  if (reduction > 1 && !markers) return splitReduced(mask, options, reduction);
  const heights = depths(mask);
  const middles = markers ?? depthMarkers(heights, { mask, ...options });
  const labels = watershed(heights, middles, { mask, connectivity: 8 });
  return markers ? withRest(labels, mask) : labels;
}

/** Splits the mask reduced, and carries the objects over to its own pixels. */
function splitReduced(mask: BinaryMask, options: Prominence, reduction: number): LabelImage {
  const side = (lengthPx: number) => Math.max(1, Math.round(lengthPx / reduction));
  const { px = 0, ...others } = options;
  const small = resizeMask(mask, side(mask.widthPx), side(mask.heightPx));
  const labels = splitObjects(small, { ...others, px: px / reduction, pixels: Infinity });
  return withRest(spreadLabels(enlarged(labels, mask), mask), mask);
}

/** The labels by nearest neighbour, as `resizeMask`, within the mask. */
function enlarged(labels: LabelImage, mask: BinaryMask): LabelImage {
  const { widthPx, heightPx } = mask;
  const data = new Int32Array(mask.data.length);
  const nearest = (i: number, sourcePx: number, targetPx: number) =>
    Math.floor((2 * i + 1) * sourcePx / (2 * targetPx));
  const columns = Int32Array.from(
    { length: widthPx },
    (_, x) => nearest(x, labels.widthPx, widthPx),
  );
  for (let y = 0, i = 0; y < heightPx; y++) {
    const row = nearest(y, labels.heightPx, heightPx) * labels.widthPx;
    for (let x = 0; x < widthPx; x++, i++) {
      if (mask.data[i] === 1) data[i] = labels.data[row + (columns[x] as number)] as number;
    }
  }
  return { data, widthPx, heightPx, count: labels.count };
}

/**
 * Markers where a network is sure: the connected parts of `probability ≥ threshold`.
 *
 * @example
 * ```ts
 * import { sureMarkers } from "papilio/predict/postprocess/split_objects.ts";
 * const sure = sureMarkers(Float32Array.of(0.9, 0.6, 0.9), { widthPx: 3, heightPx: 1, threshold: 0.8 });
 * console.assert(sure.data.join() === "1,0,2");
 * ```
 */
export function sureMarkers(
  probabilities: Float32Array,
  { widthPx, heightPx, threshold }: { widthPx: number; heightPx: number; threshold: number },
): LabelImage {
  const data = new Uint8Array(probabilities.length);
  for (let i = 0; i < data.length; i++) data[i] = (probabilities[i] as number) >= threshold ? 1 : 0;
  return labelParts({ data, widthPx, heightPx });
}

/** Gives numbers of their own to the parts that no marker has reached. */
function withRest(labels: LabelImage, mask: BinaryMask): LabelImage {
  const rest = labelParts({
    ...mask,
    data: mask.data.map((value, i) => labels.data[i] === 0 ? value : 0),
  });
  const data = labels.data.map((label, i) => {
    const own = rest.data[i] as number;
    return own === 0 ? label : labels.count + own;
  });
  return { ...labels, data, count: labels.count + rest.count };
}
