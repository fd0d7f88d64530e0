import type { RgbImage } from "papilio/data/case.ts";
import { forEachRow } from "papilio/predict/resize.ts";

/**
 * A square image shown smaller, at least half its size, within a square of the same side, its borders mirrored around it.
 *
 * Shapes: `[S, S, 3]` to the same; the image takes the middle `round(factor·S)` pixels.
 */
export function zoomOut(image: RgbImage, factor: number): RgbImage {
  const sidePx = image.widthPx;
  const { innerPx, marginPx } = innerSquare(sidePx, factor);
  const data = new Uint8Array(image.data.length);
  for (let channel = 0; channel < 3; channel++) {
    const plane = resampled(channelOf(image, channel), sidePx, innerPx);
    for (let y = 0, i = channel; y < sidePx; y++) {
      const row = mirrored(y - marginPx, innerPx) * innerPx;
      for (let x = 0; x < sidePx; x++, i += 3) {
        data[i] = Math.round(plane[row + mirrored(x - marginPx, innerPx)] as number);
      }
    }
  }
  return { ...image, data };
}

/**
 * Brings what was predicted of a smaller image back to the whole square, by linear interpolation.
 *
 * Shapes: `[sidePx, sidePx]` float32 to the same.
 */
export function undoZoomOut(
  map: Float32Array,
  sidePx: number,
  factor: number,
): Float32Array<ArrayBuffer> {
  const { innerPx, marginPx } = innerSquare(sidePx, factor);
  const inner = new Float32Array(innerPx * innerPx);
  for (let y = 0; y < innerPx; y++) {
    const start = (y + marginPx) * sidePx + marginPx;
    inner.set(map.subarray(start, start + innerPx), y * innerPx);
  }
  return resampled(inner, innerPx, sidePx);
}

function innerSquare(sidePx: number, factor: number): { innerPx: number; marginPx: number } {
  const innerPx = Math.max(1, Math.round(sidePx * factor));
  return { innerPx, marginPx: Math.floor((sidePx - innerPx) / 2) };
}

function channelOf({ data }: RgbImage, channel: number): Float32Array {
  const plane = new Float32Array(data.length / 3);
  for (let i = 0; i < plane.length; i++) plane[i] = data[3 * i + channel] as number;
  return plane;
}

function resampled(plane: Float32Array, fromPx: number, toPx: number): Float32Array<ArrayBuffer> {
  const data = new Float32Array(toPx * toPx);
  const size = { widthPx: toPx, heightPx: toPx };
  forEachRow(
    { data: plane, sidePx: fromPx },
    size,
    "bilinear",
    (row, start) => data.set(row, start),
  );
  return data;
}

/** Index `i` of a line of pixels mirrored at its ends again and again, the end pixel repeated. */
function mirrored(i: number, length: number): number {
  const phase = ((i % (2 * length)) + 2 * length) % (2 * length);
  return phase < length ? phase : 2 * length - 1 - phase;
}
