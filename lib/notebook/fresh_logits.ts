import type * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { runOnce } from "papilio/engine/run_once.ts";
import { buildSegmentation, type SegmentationOptions } from "papilio/model/segmentation.ts";
import { namedVariables } from "papilio/model/variables.ts";
import { channelMap } from "papilio/report/scalar_raster.ts";

/**
 * The logits of a network that was never trained, for each of some images; in inference mode.
 *
 * Shapes: images `[N, S, S, 3]` 0…255 one after the other; returns N maps `[S, S]`, of several classes the
 * first one's.
 */
export async function freshLogits(
  engine: Engine,
  options: SegmentationOptions,
  images: readonly Uint8Array[],
): Promise<Float32Array[]> {
  const { model, logits } = buildSegmentation(options);
  const { inputSidePx: side, inputChannels = 3 } = options;
  const data = Uint8Array.from(images.flatMap((image) => [...image]));
  const given = { images: { shape: [images.length, side, side, inputChannels], data } };
  const step = ({ images }: Record<string, tf.Tensor>) => ({
    map: logits.apply(present(images), { training: false }) as tf.Tensor,
  });
  try {
    const constants = [...namedVariables(logits).values()];
    const map = present((await runOnce(engine, step, given, { constants })).map);
    return images.map((_, index) => channelMap(map, 0, index));
  } finally {
    model.dispose();
  }
}

/**
 * The middle of a square map or picture.
 *
 * Shapes: `[S, S, channels]`, row by row → `[sidePx, sidePx, channels]`.
 *
 * @example
 * ```ts
 * import { middleOf } from "papilio/notebook/fresh_logits.ts";
 * const map = Uint8Array.from({ length: 16 }, (_, i) => i);
 * console.assert(middleOf(map, { sidePx: 2 }).join() === "5,6,9,10");
 * ```
 */
export function middleOf<T extends Uint8Array | Float32Array>(
  map: T,
  { sidePx, channels = 1 }: { sidePx: number; channels?: number },
): T {
  const side = Math.sqrt(map.length / channels);
  const first = Math.floor((side - sidePx) / 2);
  const middle = map.slice(0, sidePx * sidePx * channels) as T;
  for (let row = 0; row < sidePx; row++) {
    const start = ((first + row) * side + first) * channels;
    middle.set(map.subarray(start, start + sidePx * channels), row * sidePx * channels);
  }
  return middle;
}

/** The middle of a square map, as deviations from its mean in shares of that mean; 0 where all is the same. */
export function deviationsInMiddle(map: Float32Array, sidePx: number): Float32Array {
  const middle = middleOf(map, { sidePx });
  const mean = middle.reduce((sum, value) => sum + value, 0) / middle.length;
  return middle.map((value) => (value - mean) / Math.abs(mean));
}

/** The largest deviation of a map, either way. */
export function largestDeviation(deviations: Float32Array): number {
  return deviations.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}
