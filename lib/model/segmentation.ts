import * as tf from "@tensorflow/tfjs";
import type { Config } from "papilio/core/config.ts";
import { channelsOf } from "papilio/model/_blocks.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { preprocess } from "papilio/model/_preprocess.ts";
import type { Decoder } from "papilio/model/decoder.ts";
import { deeplabDecoder } from "papilio/model/deeplab_decoder.ts";
import { doubleConv } from "papilio/model/double_conv.ts";
import type { Encoder } from "papilio/model/encoder.ts";
import { fcn8sDecoder } from "papilio/model/fcn8s_decoder.ts";
import { FrozenAwareBatchNormalization } from "papilio/model/layers.ts";
import { type Margins, marginsUpTo, MirrorPadding2D } from "papilio/model/mirror_padding.ts";
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
      | "inputChannels"
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
   * Images `[N, S, S, channels]`, 0…255 → probability of foreground `[N, S, S, 1]`, or of each of C ≥ 2 classes
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
 * A side that is no multiple of the encoder's stride is padded to the next one by a mirror image, and the
 * logits are cropped: there, zeros would be an edge that no photo has, and would have to be learnt.
 *
 * @throws {PapilioError} for filters that are not the decoder's, and for a decoder that needs another
 * kind of encoder.
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
  return assemble(encoderOf(options), decoderOf(options), options);
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
      checkNoFilters(filters);
      return segnetDecoder(settings);
    case "fcn-8s":
      return fcn8sDecoder(settings);
    case "deeplab-v3-plus":
      return deeplabDecoder(settings);
  }
}

/** A SegNet's decoder mirrors its encoder: other filters would be left out without a word. */
function checkNoFilters(filters: readonly number[]): void {
  if (filters.length === 0) return;
  throw new PapilioError({
    cannot: "build a SegNet",
    expected: "no filters of its decoder, which are the encoder's",
    got: filters.join(", "),
    remedy: 'Give --decoder-filters "", and --encoder-filters for another width.',
  });
}

/** A network of any encoder and any decoder. */
export function assemble(
  encoder: Encoder,
  decoder: Decoder,
  { inputSidePx, inputChannels = 3 }: Pick<SegmentationOptions, "inputSidePx" | "inputChannels">,
): SegmentationModel {
  const image = tf.input({ name: "image", shape: [inputSidePx, inputSidePx, inputChannels] });
  const padding = marginsUpTo(encoder.stride, inputSidePx);
  const start = pad(preprocess(image, encoder.preprocessing), padding);
  const encoded = encoder.build(start);
  const logits = crop(decoder.build(encoded, encoder), padding);
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
    encoderLayerNames: layersBetween(image, start, encoded.bottleneck.tensor)
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

const isNone = (margins: Margins) => margins.flat().every((pixels) => pixels === 0);

function pad(input: tf.SymbolicTensor, padding: Margins): tf.SymbolicTensor {
  if (isNone(padding)) return input;
  return new MirrorPadding2D({ name: "padding", padding }).apply(input) as tf.SymbolicTensor;
}

function crop(logits: tf.SymbolicTensor, cropping: Margins): tf.SymbolicTensor {
  if (isNone(cropping)) return logits;
  return tf.layers.cropping2D({ name: "cropping", cropping }).apply(logits) as tf.SymbolicTensor;
}

/** The names of the layers that lead from `start` to `end`. */
function layersBetween(
  image: tf.SymbolicTensor,
  start: tf.SymbolicTensor,
  end: tf.SymbolicTensor,
): string[] {
  const layersUpTo = (outputs: tf.SymbolicTensor) =>
    tf.model({ inputs: image, outputs }).layers.map((layer) => layer.name);
  const outside = new Set(layersUpTo(start));
  return layersUpTo(end).filter((name) => !outside.has(name));
}
