import type * as tf from "@tensorflow/tfjs";
import type { SegmentationModel } from "papilio/model/segmentation.ts";

/** What the program, the engine and a pretrained network take before the first image, in bytes. */
const BASE_BYTES = 1.1e9;
/** An output is kept for the way back, its gradient comes beside it, and a kernel's rows as well. */
const COPIES = 4;
const FLOAT_BYTES = 4;

/**
 * The memory that training takes at its peak, roughly: `base + 4 · 4 · batch · Σ values of outputs`.
 *
 * The sum is over the layers whose outputs are kept for the gradients: all, or those behind a frozen
 * encoder. Base and factor are fitted to peaks of MobileNetV2 with a U-Net on the processor, from 128² to
 * 512²; decoded images (`cacheMegabytes`) come on top.
 *
 * Units: bytes.
 *
 * @example
 * ```ts
 * import { buildSegmentation } from "papilio/model/segmentation.ts";
 * import { trainingBytes } from "papilio/model/training_memory.ts";
 * const unet = buildSegmentation({ inputSidePx: 64, alpha: 0.35, seed: 1 });
 * const some = trainingBytes(unet, { batchSize: 4, isEncoderFrozen: true });
 * console.assert(some < trainingBytes(unet, { batchSize: 4, isEncoderFrozen: false }));
 * ```
 */
export function trainingBytes(
  { model, encoderLayerNames }: Pick<SegmentationModel, "model" | "encoderLayerNames">,
  { batchSize, isEncoderFrozen }: { batchSize: number; isEncoderFrozen: boolean },
): number {
  const frozen = new Set(isEncoderFrozen ? encoderLayerNames : []);
  const kept = model.layers.filter(({ name }) => !frozen.has(name))
    .reduce((sum, layer) => sum + valuesOf(layer), 0);
  return BASE_BYTES + COPIES * FLOAT_BYTES * batchSize * kept;
}

/** Of the outputs for one image; a network for training has one side alone, so that all are known. */
function valuesOf({ output }: tf.layers.Layer): number {
  const tensors = Array.isArray(output) ? output : [output];
  return tensors.reduce(
    (sum, { shape }) => sum + shape.slice(1).reduce<number>((all, size) => all * (size ?? 1), 1),
    0,
  );
}
