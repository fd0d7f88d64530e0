import * as tf from "@tensorflow/tfjs";
import type { Config } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { channelsOf } from "papilio/model/_blocks.ts";
import { preprocess } from "papilio/model/_preprocess.ts";
import type { Decoder } from "papilio/model/decoder.ts";
import { deeplabDecoder } from "papilio/model/deeplab_decoder.ts";
import { doubleConv } from "papilio/model/double_conv.ts";
import type { Encoder } from "papilio/model/encoder.ts";
import { fcn8sDecoder } from "papilio/model/fcn8s_decoder.ts";
import { FrozenAwareBatchNormalization } from "papilio/model/layers.ts";
import { mobileNetV2 } from "papilio/model/mobilenet_v2.ts";
import { pix2pixDecoder } from "papilio/model/pix2pix_decoder.ts";
import { resNet34 } from "papilio/model/resnet34.ts";
import { segnetDecoder } from "papilio/model/segnet_decoder.ts";
import { unetDecoder } from "papilio/model/unet_decoder.ts";
import { vgg16 } from "papilio/model/vgg16.ts";

/** What the configuration says of a network; what is left out is as there. */
export type SegmentationOptions =
  & Pick<Config, "inputSidePx" | "seed">
  & Partial<
    Pick<
      Config,
      | "encoder"
      | "alpha"
      | "encoderDepth"
      | "encoderFilters"
      | "encoderBatchNorm"
      | "batchNormMomentum"
      | "decoder"
      | "decoderBatchNorm"
      | "upsampling"
    >
  >
  & {
    /** What the numbers are for is the decoder's; its own if there are none. */
    decoderFilters?: readonly number[];
    /** What a pixel can be; none: foreground or not. */
    classes?: readonly { name: string }[];
  };

/** A network that finds the foreground of images, or their classes. */
export interface SegmentationModel {
  /**
   * Images `[N, S, S, 3]`, 0…255 → probability of foreground `[N, S, S, 1]`, or of each of C ≥ 2 classes
   * `[N, S, S, C]`.
   */
  model: tf.LayersModel;
  /** The same layers without the last sigmoid or softmax: images → logits of the same shape. */
  logits: tf.LayersModel;
  encoder: Encoder;
  /** Every layer of the encoder, with or without weights. */
  encoderLayerNames: readonly string[];
  inputSidePx: number;
}

/**
 * A segmentation network of an encoder and a decoder, chosen by name, with its preprocessing inside.
 *
 * @throws {PapilioError} for a side that does not fit, with the next sizes that do, for filters that are
 * not the decoder's, and for a decoder that needs another kind of encoder.
 *
 * @example
 * ```ts
 * import { buildSegmentation } from "papilio/model/segmentation.ts";
 * const decoderFilters = [32, 24, 16, 8, 8];
 * const unet = buildSegmentation({ inputSidePx: 64, alpha: 0.35, decoderFilters, seed: 1 });
 * console.assert(unet.model.outputs[0]?.shape.join() === ",64,64,1");
 * ```
 */
export function buildSegmentation(options: SegmentationOptions): SegmentationModel {
  return assemble(encoderOf(options), decoderOf(options), options.inputSidePx);
}

function encoderOf(options: SegmentationOptions): Encoder {
  const { encoder = "mobilenet-v2", seed, alpha = 1, batchNormMomentum } = options;
  const settings = {
    seed,
    ...(typeof batchNormMomentum === "number" ? { batchNormMomentum } : {}),
  };
  const { encoderDepth: depth = 5, encoderFilters: baseFilters = 64 } = options;
  const { encoderBatchNorm: batchNorm = false } = options;
  switch (encoder) {
    case "mobilenet-v2":
      return mobileNetV2({ alpha, ...settings });
    case "resnet34":
      return resNet34({ baseFilters, ...settings });
    case "vgg16":
      return vgg16({ baseFilters, batchNorm, ...settings });
    case "double-conv":
      return doubleConv({ depth, baseFilters, batchNorm, ...settings });
  }
}

function decoderOf(options: SegmentationOptions): Decoder {
  const { decoder = "unet", seed, decoderFilters: filters = [], classes = [] } = options;
  const { decoderBatchNorm: batchNorm = false, upsampling = "transpose" } = options;
  const settings = {
    seed,
    classes: Math.max(1, classes.length),
    ...(filters.length > 0 ? { filters } : {}),
  };
  switch (decoder) {
    case "unet":
    case "attention-unet":
      return unetDecoder({
        ...settings,
        batchNorm,
        upsampling,
        attention: decoder === "attention-unet",
      });
    case "pix2pix":
      return pix2pixDecoder(settings);
    case "segnet":
      return segnetDecoder(settings);
    case "fcn-8s":
      return fcn8sDecoder(settings);
    case "deeplab-v3-plus":
      return deeplabDecoder(settings);
  }
}

/** A network of any encoder and any decoder. */
export function assemble(
  encoder: Encoder,
  decoder: Decoder,
  inputSidePx: number,
): SegmentationModel {
  checkSide(inputSidePx, encoder, decoder);
  const image = tf.input({ name: "image", shape: [inputSidePx, inputSidePx, 3] });
  const rescaled = preprocess(image, encoder.preprocessing);
  const encoded = encoder.build(rescaled);
  const logits = decoder.build(encoded, encoder);
  // Losses are computed from logits, where log(sigmoid(x)) neither overflows nor loses digits; hence
  // the sigmoid is a layer of its own, which the training step leaves out, and not `mask`'s activation.
  const activation = channelsOf(logits) === 1 ? "sigmoid" : "softmax";
  const probability = tf.layers.activation({ name: "probability", activation })
    .apply(logits) as tf.SymbolicTensor;
  const model = tf.model({ name: decoder.name, inputs: image, outputs: probability });
  return {
    model,
    logits: tf.model({ name: `${decoder.name}_logits`, inputs: image, outputs: logits }),
    encoder,
    encoderLayerNames: layersBetween(rescaled, image, encoded.bottleneck.tensor)
      .filter((name) => model.layers.some((layer) => layer.name === name)),
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

/** Share of its moving statistics that the encoder's normalisation keeps in a step, if it has one. */
export function encoderMomentum({ model, encoderLayerNames }: SegmentationModel) {
  return encoderLayerNames.map((name) => model.getLayer(name))
    .find((layer) => layer instanceof FrozenAwareBatchNormalization)?.momentum;
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

function checkSide(inputSidePx: number, { stride }: Encoder, { title }: Decoder): void {
  if (inputSidePx >= stride && inputSidePx % stride === 0) return;
  const below = Math.floor(inputSidePx / stride) * stride;
  const sizes = below >= stride ? `${below} or ${below + stride}` : `${stride}`;
  throw new PapilioError({
    cannot: `build ${title}`,
    expected: `an input side that is a multiple of ${stride} pixels`,
    got: `${inputSidePx}`,
    remedy: `Use ${sizes}.`,
  });
}
