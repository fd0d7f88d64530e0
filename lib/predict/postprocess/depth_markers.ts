import type { LabelImage } from "papilio/data/labels.ts";
import type { BinaryMask } from "papilio/data/case.ts";
import { neighboursOf } from "papilio/predict/postprocess/_neighbours.ts";
import { fromHighest } from "papilio/predict/postprocess/_order.ts";

/** How far a peak of the depths must stand out to count as an object of its own. */
export interface Prominence {
  /** Of the peak's depth. */
  share?: number;
  /** In pixels of depth. */
  px?: number;
}

/**
 * The peaks of the depths of a mask, one pixel for each: where the middles of its objects are.
 *
 * A peak's prominence is how far one has to climb down from it before a higher one can be reached. Of two
 * discs that overlap, the smaller is a peak of its own if the neck between them is narrower than it by the
 * share. The highest peak of each part counts always. The depths are compared to 1/256 pixel.
 *
 * With `px` alone these are the h-maxima, one pixel for each.
 *
 * Shapes: depths row-major `[heightPx, widthPx]` float32, as the mask.
 *
 * Source: Soille, Morphological Image Analysis (2003), section 6.3.
 *
 * @example
 * ```ts
 * import { depthMarkers } from "papilio/predict/postprocess/depth_markers.ts";
 * const mask = { data: Uint8Array.of(1, 1, 1, 1, 1, 0), widthPx: 6, heightPx: 1 };
 * const { data } = depthMarkers(Float32Array.of(2, 4, 3, 5, 2, 0), { mask, share: 0.2 });
 * console.assert(data.join() === "0,1,0,2,0,0");
 * ```
 */
export function depthMarkers(
  depths: Float32Array,
  { mask, share = 0, px = 0 }: { mask: BinaryMask } & Prominence,
): LabelImage {
  const isPeak = new Uint8Array(depths.length);
  const hills = new Hills(depths);
  const neighbours = neighboursOf(mask, 8);
  for (const pixel of fromHighest(depths, mask)) {
    const saddle = depths[pixel] as number;
    hills.begin(pixel);
    isPeak[pixel] = 1;
    const count = neighbours.find(pixel);
    for (let k = 0; k < count; k++) {
      const lower = hills.join(pixel, neighbours.found[k] as number);
      if (lower === null) continue;
      const drop = (depths[lower] as number) - saddle;
      if (!(drop > 0 && drop >= share * (depths[lower] as number) && drop >= px)) isPeak[lower] = 0;
    }
  }
  return numbered(isPeak, mask);
}

function numbered(isPeak: Uint8Array, { widthPx, heightPx }: BinaryMask): LabelImage {
  const data = new Int32Array(isPeak.length);
  let count = 0;
  for (let i = 0; i < data.length; i++) if (isPeak[i] === 1) data[i] = ++count;
  return { data, widthPx, heightPx, count };
}

/** What the sinking water has laid bare: hills, each known by its peak. */
class Hills {
  readonly #heights: Float32Array;
  /** One more than a pixel nearer to the peak; 0 below water. */
  readonly #towardsPeak: Int32Array;

  constructor(heights: Float32Array) {
    this.#heights = heights;
    this.#towardsPeak = new Int32Array(heights.length);
  }

  begin(pixel: number): void {
    this.#towardsPeak[pixel] = pixel + 1;
  }

  /** Makes one hill of those of two pixels, and returns the lower peak; null if there are no two. */
  join(pixel: number, neighbour: number): number | null {
    if (this.#towardsPeak[neighbour] === 0) return null;
    const [a, b] = [this.#peakOf(pixel), this.#peakOf(neighbour)];
    if (a === b) return null;
    const isALower = (this.#heights[a] as number) < (this.#heights[b] as number) ||
      (this.#heights[a] === this.#heights[b] && a > b);
    const [lower, higher] = isALower ? [a, b] : [b, a];
    this.#towardsPeak[lower] = higher + 1;
    return lower;
  }

  #peakOf(pixel: number): number {
    const towardsPeak = this.#towardsPeak;
    while (towardsPeak[pixel] !== pixel + 1) {
      const next = (towardsPeak[pixel] as number) - 1;
      towardsPeak[pixel] = towardsPeak[next] as number; // Halves the way for the next search.
      pixel = (towardsPeak[pixel] as number) - 1;
    }
    return pixel;
  }
}
