import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import type { SegmentationModel } from "papilio/model/segmentation.ts";

/** What a stage is for. */
export type StageRole = "input" | "encoder" | "bottleneck" | "decoder" | "head";

/** Consecutive layers of a network that end in one feature map of interest. */
export interface Stage {
  /** The layer that the stage ends with: a tap, a decoder stage's second convolution, … */
  name: string;
  role: StageRole;
  /** How many pixels of the image stand behind a step of one at the stage's end. */
  stride: number;
  /** Side of the feature map at the stage's end. */
  sidePx: number;
  /** Channels of the feature map at the stage's end. */
  channels: number;
  /** All of its layers, in the network's order; the last one is `name`. */
  layerNames: readonly string[];
}

/** What is needed of a network to part it. */
export type StagedModel = Pick<SegmentationModel, "model" | "encoderLayerNames">;

/**
 * The stages of a network, from image to probability; every layer is in one of them.
 *
 * A stage of the encoder ends with a tap: an output that is also taken up outside of the encoder. The
 * last of these is the bottleneck.
 *
 * @example
 * ```ts
 * import { buildSegmentation } from "papilio/model/segmentation.ts";
 * import { stagesOf } from "papilio/model/stages.ts";
 * const stages = stagesOf(buildSegmentation({ inputSidePx: 64, alpha: 0.35, seed: 1 }));
 * console.assert(stages[1]?.name === "block_1_expand_relu" && stages[1].sidePx === 32);
 * ```
 */
export function stagesOf({ model, encoderLayerNames }: StagedModel): Stage[] {
  const names = model.layers.map((layer) => layer.name);
  const first = names.indexOf(present(encoderLayerNames[0]));
  const ends = tapNames(model, new Set(encoderLayerNames));
  const decoder = names.filter((name) => DECODER_STAGE.test(name));
  const rest = new Set([...encoderLayerNames, ...decoder, ...names.slice(0, first)]);
  const sidePx = sideOf(model, present(names[first - 1])); // With the padding.
  const makeStage = (role: StageRole, layerNames: readonly string[]): Stage => {
    const name = present(layerNames.at(-1), `the ${role}'s last layer`);
    const channels = present(model.getLayer(name).outputShape.at(-1)) as number;
    const stride = role === "head" ? 1 : sidePx / sideOf(model, name);
    return { name, role, stride, sidePx: sideOf(model, name), channels, layerNames };
  };
  return [
    makeStage("input", names.slice(0, first)),
    ...splitAfter(encoderLayerNames, ends).map((part, index) =>
      makeStage(index === ends.size - 1 ? "bottleneck" : "encoder", part)
    ),
    ...Map.groupBy(decoder, (name) => DECODER_STAGE.exec(name)?.[0]).values()
      .map((part) => makeStage("decoder", part)),
    makeStage("head", names.filter((name) => !rest.has(name))),
  ];
}

/**
 * The parts of a network that comes from a file: `stagesOf` takes what this returns.
 *
 * Its encoder begins behind the preprocessing and the padding, and ends where the decoder begins.
 *
 * @throws {PapilioError} if the layers are not named as `buildSegmentation` names them.
 *
 * @example
 * ```ts
 * import { stagedModel, stagesOf } from "papilio/model/stages.ts";
 * import { buildSegmentation } from "papilio/model/segmentation.ts";
 * const { model } = buildSegmentation({ inputSidePx: 64, alpha: 0.35, seed: 1 });
 * console.assert(stagesOf(stagedModel(model)).at(5)?.name === "block_16_project");
 * ```
 */
export function stagedModel(model: tf.LayersModel): StagedModel {
  const names = model.layers.map(({ name }) => name);
  const [first, end] = [
    names.findLastIndex((name) => name === "rescaling" || name === "padding") + 1,
    names.findIndex((name) => DECODER_STAGE.test(name)),
  ];
  if (first > 0 && end > first) return { model, encoderLayerNames: names.slice(first, end) };
  throw new PapilioError({
    cannot: `find the stages of the model "${model.name}"`,
    expected: "the layers of a network as `buildSegmentation` names them",
    got: names.length > 6 ? `${names.slice(0, 6).join(", ")}, …` : names.join(", "),
    remedy: "Open a model that `deno task train` wrote.",
  });
}

/**
 * A network's encoder with its layers as they are: images → the taps, from fine to coarse, and the
 * bottleneck.
 */
export function encoderOf(segmentation: StagedModel): tf.LayersModel {
  const { model } = segmentation;
  const ends = stagesOf(segmentation)
    .filter(({ role }) => role === "encoder" || role === "bottleneck")
    .map(({ name }) => model.getLayer(name).output as tf.SymbolicTensor);
  return tf.model({ name: "encoder", inputs: model.inputs, outputs: ends });
}

/** The names that `buildSegmentation` gives to the layers of a decoder stage. */
const DECODER_STAGE = /^dec\d+_/;

/** The encoder's layers whose output another part of the network takes up. */
function tapNames({ layers }: tf.LayersModel, encoder: ReadonlySet<string>): Set<string> {
  const outside = layers.filter(({ name }) => !encoder.has(name));
  return new Set(outside.flatMap(inputNames).filter((name) => encoder.has(name)));
}

function inputNames(layer: tf.layers.Layer): string[] {
  return layer.inboundNodes.flatMap((node) => node.inboundLayers.map(({ name }) => name));
}

/** The names in runs, each of which ends with one of `ends`. */
function splitAfter(names: readonly string[], ends: ReadonlySet<string>): string[][] {
  const cuts = names.flatMap((name, index) => ends.has(name) ? [index + 1] : []);
  return cuts.map((cut, index) => names.slice(cuts[index - 1] ?? 0, cut));
}

function sideOf(model: tf.LayersModel, layerName: string): number {
  return present(model.getLayer(layerName).outputShape[1]) as number;
}
