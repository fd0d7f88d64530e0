import type { ChannelImage } from "papilio/data/case.ts";
import { forEachRow } from "papilio/predict/resize.ts";

/**
 * A square image shown smaller, at least half its size, within a square of the same side, its borders mirrored around it.
 *
 * Shapes: `[S, S, C]` to the same; the image takes the middle `round(factor·S)` pixels.
 */
export function zoomOut(image: ChannelImage, factor: number): ChannelImage {
  const sidePx = image.widthPx;
  const { innerPx, marginPx } = innerSquare(sidePx, factor);
  const data = new Uint8Array(image.data.length);
  const channels = data.length / sidePx ** 2;
  const inner = resampled(Float32Array.from(image.data), sidePx, innerPx);
  for (let y = 0, i = 0; y < sidePx; y++) {
    const row = mirrored(y - marginPx, innerPx) * innerPx;
    for (let x = 0; x < sidePx; x++) {
      const from = (row + mirrored(x - marginPx, innerPx)) * channels;
      for (let c = 0; c < channels; c++) data[i++] = Math.round(inner[from + c] as number);
    }
  }
  return { ...image, data };
}

/**
 * Brings what was predicted of a smaller image back to the whole square, by linear interpolation.
 *
 * Shapes: `[sidePx, sidePx]` or `[sidePx, sidePx, C]` float32 to the same.
 */
export function undoZoomOut(
  map: Float32Array,
  sidePx: number,
  factor: number,
): Float32Array<ArrayBuffer> {
  const { innerPx, marginPx } = innerSquare(sidePx, factor);
  const channels = map.length / sidePx ** 2;
  const rowLength = innerPx * channels;
  const inner = new Float32Array(innerPx * rowLength);
  for (let y = 0; y < innerPx; y++) {
    const start = ((y + marginPx) * sidePx + marginPx) * channels;
    inner.set(map.subarray(start, start + rowLength), y * rowLength);
  }
  return resampled(inner, innerPx, sidePx);
}

function innerSquare(sidePx: number, factor: number): { innerPx: number; marginPx: number } {
  const innerPx = Math.max(1, Math.round(sidePx * factor));
  return { innerPx, marginPx: Math.floor((sidePx - innerPx) / 2) };
}

/** Shapes: `[fromPx, fromPx, C]` → `[toPx, toPx, C]`. */
function resampled(square: Float32Array, fromPx: number, toPx: number): Float32Array<ArrayBuffer> {
  const channels = square.length / fromPx ** 2;
  const data = new Float32Array(toPx * toPx * channels);
  const size = { widthPx: toPx, heightPx: toPx };
  const map = { data: square, sidePx: fromPx, channels };
  forEachRow(map, size, "bilinear", (row, start) => data.set(row, start));
  return data;
}

/** Index `i` of a line of pixels mirrored at its ends again and again, the end pixel repeated. */
function mirrored(i: number, length: number): number {
  const phase = ((i % (2 * length)) + 2 * length) % (2 * length);
  return phase < length ? phase : 2 * length - 1 - phase;
}
