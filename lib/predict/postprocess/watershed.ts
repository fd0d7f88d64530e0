import type { BinaryMask } from "papilio/data/case.ts";
import type { Connectivity, LabelImage } from "papilio/data/labels.ts";
import { FloodQueue } from "papilio/predict/postprocess/_flood_queue.ts";
import { type Neighbours, neighboursOf } from "papilio/predict/postprocess/_neighbours.ts";

/**
 * Grows markers over a mask until they meet, from the heights down: every pixel gets the marker from
 * which it is reached along the highest way.
 *
 * It is scikit-image's `watershed(-heights, markers, mask=mask)`, whose default connectivity is 4. Where
 * heights are equal, the pixel that was reached first comes first. What no marker reaches stays 0.
 *
 * Shapes: heights row-major `[heightPx, widthPx]` float32, as the markers and the mask.
 *
 * Source: Meyer, Topographic distance and watershed lines (1994), section 4, without the lines.
 *
 * @example
 * ```ts
 * import { watershed } from "papilio/predict/postprocess/watershed.ts";
 * const size = { widthPx: 5, heightPx: 1 };
 * const mask = { ...size, data: Uint8Array.of(1, 1, 1, 1, 0) };
 * const markers = { ...size, count: 2, data: Int32Array.of(1, 0, 0, 2, 0) };
 * const { data } = watershed(Float32Array.of(3, 2, 1, 2, 0), markers, { mask });
 * console.assert(data.join() === "1,1,2,2,0");
 * ```
 */
export function watershed(
  heights: Float32Array,
  markers: LabelImage,
  { mask, connectivity = 4 }: { mask: BinaryMask; connectivity?: Connectivity },
): LabelImage {
  const data = new Int32Array(markers.data.length);
  const queue = new FloodQueue();
  for (let i = 0; i < data.length; i++) {
    if (markers.data[i] === 0 || mask.data[i] === 0) continue;
    data[i] = markers.data[i] as number;
    queue.pushFirst(i, heights[i] as number);
  }
  flood(data, queue, { heights, mask, neighbours: neighboursOf(mask, connectivity) });
  return { ...markers, data };
}

function flood(
  labels: Int32Array,
  queue: FloodQueue,
  { heights, mask, neighbours }: {
    heights: Float32Array;
    mask: BinaryMask;
    neighbours: Neighbours;
  },
): void {
  while (queue.size > 0) {
    const pixel = queue.pop();
    const label = labels[pixel] as number;
    const count = neighbours.find(pixel);
    for (let k = 0; k < count; k++) {
      const neighbour = neighbours.found[k] as number;
      if (mask.data[neighbour] === 0 || labels[neighbour] !== 0) continue;
      labels[neighbour] = label;
      queue.push(neighbour, heights[neighbour] as number);
    }
  }
}
