import type { Size } from "papilio/data/masks.ts";

/**
 * The mean over the square of `2·radiusPx + 1` pixels around each pixel, as far as it lies in the image.
 *
 * Running sums in float64: the same time for any radius.
 *
 * Shapes: row-major `[heightPx, widthPx]` float32, to the same.
 */
export function boxMean(
  data: Float32Array,
  { widthPx, heightPx }: Size,
  radiusPx: number,
): Float32Array<ArrayBuffer> {
  const along = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += widthPx) {
    meanLine(data, along, { start, step: 1, count: widthPx, radiusPx });
  }
  const means = new Float32Array(data.length);
  for (let x = 0; x < widthPx; x++) {
    meanLine(along, means, { start: x, step: widthPx, count: heightPx, radiusPx });
  }
  return means;
}

interface Line {
  start: number;
  step: number;
  count: number;
  radiusPx: number;
}

function meanLine(
  source: Float32Array,
  target: Float32Array,
  { start, step, count, radiusPx }: Line,
): void {
  let [sum, within] = [0, 0];
  for (let i = -radiusPx; i < count; i++) {
    const [entering, leaving] = [i + radiusPx, i - radiusPx - 1];
    if (entering < count) {
      sum += source[start + entering * step] as number;
      within++;
    }
    if (leaving >= 0) {
      sum -= source[start + leaving * step] as number;
      within--;
    }
    if (i >= 0) target[start + i * step] = sum / within;
  }
}
