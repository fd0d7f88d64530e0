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
 * The middle of a square map, as deviations from its mean in shares of that mean.
 *
 * A map that is the same everywhere deviates by 0.
 *
 * @example
 * ```ts
 * import { deviationsInMiddle } from "papilio/notebook/fresh_logits.ts";
 * const map = Float32Array.from({ length: 16 }, (_, i) => i % 2 === 0 ? 3 : 1);
 * console.assert(deviationsInMiddle(map, 2).join() === "-0.5,0.5,-0.5,0.5");
 * ```
 */
export function deviationsInMiddle(map: Float32Array, sidePx: number): Float32Array {
  const side = Math.sqrt(map.length);
  const first = Math.floor((side - sidePx) / 2);
  const middle = Float32Array.from({ length: sidePx ** 2 }, (_, i) => {
    const [row, column] = [first + Math.floor(i / sidePx), first + i % sidePx];
    return map[row * side + column] as number;
  });
  const mean = middle.reduce((sum, value) => sum + value, 0) / middle.length;
  return middle.map((value) => (value - mean) / Math.abs(mean));
}

/** The largest deviation of a map, either way. */
export function largestDeviation(deviations: Float32Array): number {
  return deviations.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}
