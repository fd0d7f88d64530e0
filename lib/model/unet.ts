import * as tf from "@tensorflow/tfjs";
import { PapilioError } from "papilio/core/errors.ts";
import type { Encoder, Tap } from "papilio/model/encoder.ts";
import { glorotUniform, heNormal } from "papilio/model/initializers.ts";
import { mobileNetV2, type MobileNetV2Alpha } from "papilio/model/mobilenet_v2.ts";

export interface UnetOptions {
  /** Side of the square input; a multiple of the encoder's coarsest stride (32). */
  inputSidePx: number;
  /** Width multiplier of MobileNetV2. */
  alpha: MobileNetV2Alpha;
  /** Filters of the decoder's stages, from coarse to fine: one for each doubling of the side. */
  decoderFilters?: readonly number[];
  /** Of all weights that the model starts with. */
  seed: number;
  /** See `MobileNetV2Options`; Keras' 0.999 if not given. */
  batchNormMomentum?: number;
}

/** A network that finds the foreground of images. */
export interface SegmentationModel {
  /** Images `[N, S, S, 3]`, 0…255 → probability of foreground `[N, S, S, 1]`. */
  model: tf.LayersModel;
  /** The same layers without the last sigmoid: images → logits `[N, S, S, 1]`. */
  logits: tf.LayersModel;
  encoder: Encoder;
  /** Every layer of the encoder, with or without weights. */
  encoderLayerNames: readonly string[];
  inputSidePx: number;
}

/**
 * A U-Net on a MobileNetV2 encoder, with its preprocessing inside.
 *
 * At alpha = 1 it has 5,575,457 parameters: 1,841,984 in the encoder, which ends at
 * `block_16_project`, and 3,733,473 in the decoder. 30,912 of them are moving statistics.
 *
 * Source: Ronneberger et al. 2015 (arXiv 1505.04597) for the decoder, with transposed convolutions.
 * @throws {PapilioError} for a side that does not fit, with the next sizes that do, and for a number
 * of decoder stages that is not the encoder's.
 *
 * @example
 * ```ts
 * import { buildUnet } from "papilio/model/unet.ts";
 * const filters = [32, 24, 16, 8, 8];
 * const unet = buildUnet({ inputSidePx: 64, alpha: 0.35, decoderFilters: filters, seed: 1 });
 * console.assert(unet.model.outputs[0]?.shape.join() === ",64,64,1");
 * ```
 */
export function buildUnet(options: UnetOptions): SegmentationModel {
  const { inputSidePx, decoderFilters = [256, 128, 64, 32, 16], seed } = options;
  const encoder = mobileNetV2(options);
  checkSide(inputSidePx, encoder);
  checkStages(decoderFilters, encoder);
  const image = tf.input({ name: "image", shape: [inputSidePx, inputSidePx, 3] });
  const rescaled = tf.layers.rescaling({ name: "rescaling", ...encoder.preprocessing })
    .apply(image) as tf.SymbolicTensor;
  const { taps, bottleneck } = encoder.build(rescaled);
  const logits = classify(decode(bottleneck, taps, decoderFilters, seed), seed);
  // Losses are computed from logits, where log(sigmoid(x)) neither overflows nor loses digits; hence
  // the sigmoid is a layer of its own, which the training step leaves out, and not `mask`'s activation.
  const probability = tf.layers.activation({ name: "probability", activation: "sigmoid" })
    .apply(logits) as tf.SymbolicTensor;
  return {
    model: tf.model({ name: "unet", inputs: image, outputs: probability }),
    logits: tf.model({ name: "unet_logits", inputs: image, outputs: logits }),
    encoder,
    encoderLayerNames: layersBetween(rescaled, image, bottleneck.tensor),
    inputSidePx,
  };
}

/**
 * Freezes the encoder, or lets it learn; a frozen BatchNormalization runs in inference mode.
 *
 * An optimizer made before keeps its list of variables: take a new one for each phase.
 */
export function setEncoderTrainable(segmentation: SegmentationModel, trainable: boolean): void {
  for (const name of segmentation.encoderLayerNames) {
    segmentation.model.getLayer(name).trainable = trainable;
  }
}

/** Doubles the side stage by stage; a tap of the stage's stride is taken up where there is one. */
function decode(
  bottleneck: Tap,
  taps: readonly Tap[],
  filtersOfStages: readonly number[],
  seed: number,
): tf.SymbolicTensor {
  let features = bottleneck.tensor;
  let { stride } = bottleneck;
  for (const [index, filters] of filtersOfStages.entries()) {
    stride /= 2;
    const skip = taps.find((tap) => tap.stride === stride)?.tensor;
    features = decodeStage(features, skip, { prefix: `dec${index + 1}`, filters, seed });
  }
  return features;
}

interface StageOptions {
  prefix: string;
  filters: number;
  seed: number;
}

/** Upsampling by a transposed convolution, the skip beside it, and two 3×3 convolutions with ReLU. */
function decodeStage(
  input: tf.SymbolicTensor,
  skip: tf.SymbolicTensor | undefined,
  { prefix, filters, seed }: StageOptions,
): tf.SymbolicTensor {
  const upsampled = tf.layers.conv2dTranspose({
    name: `${prefix}_up`,
    filters,
    kernelSize: 2,
    strides: 2,
    padding: "same",
    kernelInitializer: glorotUniform(seed, `${prefix}_up`),
  }).apply(input) as tf.SymbolicTensor;
  const merged = skip === undefined
    ? upsampled
    : tf.layers.concatenate({ name: `${prefix}_concat` }).apply([upsampled, skip]);
  const first = refine(merged as tf.SymbolicTensor, `${prefix}_conv1`, filters, seed);
  return refine(first, `${prefix}_conv2`, filters, seed);
}

function refine(input: tf.SymbolicTensor, name: string, filters: number, seed: number) {
  return tf.layers.conv2d({
    name,
    filters,
    kernelSize: 3,
    padding: "same",
    activation: "relu",
    kernelInitializer: heNormal(seed, name),
  }).apply(input) as tf.SymbolicTensor;
}

function classify(features: tf.SymbolicTensor, seed: number): tf.SymbolicTensor {
  const kernelInitializer = glorotUniform(seed, "mask");
  return tf.layers.conv2d({ name: "mask", filters: 1, kernelSize: 1, kernelInitializer })
    .apply(features) as tf.SymbolicTensor;
}

/** The names of the layers that lead to `end`, without those up to `start`. */
function layersBetween(
  start: tf.SymbolicTensor,
  image: tf.SymbolicTensor,
  end: tf.SymbolicTensor,
): string[] {
  const outside = new Set([image.sourceLayer.name, start.sourceLayer.name]);
  return tf.model({ inputs: image, outputs: end }).layers
    .map((layer) => layer.name)
    .filter((name) => !outside.has(name));
}

function checkSide(inputSidePx: number, { stride }: Encoder): void {
  if (inputSidePx >= stride && inputSidePx % stride === 0) return;
  const below = Math.floor(inputSidePx / stride) * stride;
  const sizes = below >= stride ? `${below} or ${below + stride}` : `${stride}`;
  throw new PapilioError({
    cannot: "build a U-Net",
    expected: `an input side that is a multiple of ${stride} pixels`,
    got: `${inputSidePx}`,
    remedy: `Use ${sizes}.`,
  });
}

function checkStages(filters: readonly number[], { name, stride }: Encoder): void {
  const stages = Math.log2(stride);
  if (filters.length === stages) return;
  throw new PapilioError({
    cannot: "build a U-Net",
    expected: `${stages} numbers of decoder filters, one for each doubling of the side (${name})`,
    got: `${filters.length} (${filters.join(", ")})`,
    remedy: `Give ${stages} numbers, from coarse to fine.`,
  });
}
