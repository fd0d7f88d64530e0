import type * as tf from "@tensorflow/tfjs";
import { PapilioError } from "papilio/core/errors.ts";
import { type Stage, type StagedModel, stagesOf } from "papilio/model/stages.ts";

/** What a part of a network takes for one image. */
export interface Cost {
  /** All of its weights, moving statistics included. */
  parameters: number;
  /** Products that are added up; twice as many floating-point operations. */
  multiplyAdds: number;
}

export interface LayerCost extends Cost {
  name: string;
  /** Keras' name of its class. */
  type: string;
}

export type StageCost = Cost & Omit<Stage, "layerNames">;

/**
 * The parameters of each layer, and its multiply-adds for one image.
 *
 * A kernel's weights are each used once at every position: `multiply-adds = positions · weights`.
 *
 * | layer           | weights of the kernel    | positions                    |
 * | --------------- | ------------------------ | ---------------------------- |
 * | Conv2D          | `k · k · C_in · C_out`   | `H_out · W_out`              |
 * | DepthwiseConv2D | `k · k · C_in`           | `H_out · W_out`              |
 * | Conv2DTranspose | `k · k · C_out · C_in`   | `H_in · W_in`                |
 * | Dense           | `C_in · C_out`           | of all axes before the last  |
 *
 * By the custom of published figures all else counts as 0: biases, activations, additions, and
 * normalisations, which after training can be folded into the convolution before them. A
 * BatchNormalization has `4 · C` parameters: γ, β and two moving statistics. Zeros of the padding count
 * like pixels.
 *
 * @throws {PapilioError} for a layer with weights that is none of these, and for an input without a side.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { layerCosts } from "papilio/model/cost.ts";
 * const layer = tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [8, 8, 2] });
 * const [cost] = layerCosts(tf.sequential({ layers: [layer] }));
 * console.assert(cost?.parameters === 3 * 3 * 2 * 4 + 4);
 * console.assert(cost?.multiplyAdds === 6 * 6 * (3 * 3 * 2 * 4));
 * ```
 */
export function layerCosts(model: tf.LayersModel): LayerCost[] {
  return model.layers.map((layer) => ({
    name: layer.name,
    type: layer.getClassName(),
    parameters: layer.countParams(),
    multiplyAdds: multiplyAddsOf(layer),
  }));
}

/** The cost of each stage of a network: that of its layers in sum. */
export function stageCosts(segmentation: StagedModel): StageCost[] {
  const costs = new Map(layerCosts(segmentation.model).map((cost) => [cost.name, cost]));
  return stagesOf(segmentation).map(({ layerNames, ...stage }) => ({
    ...stage,
    ...totalCost(layerNames.flatMap((name) => costs.get(name) ?? [])),
  }));
}

/** The cost of a network's two halves: the encoder with the bottleneck, and all that follows. */
export function halfCosts(segmentation: StagedModel): { encoder: Cost; decoder: Cost } {
  const [encoder = [], decoder = []] = [["encoder", "bottleneck"], ["decoder", "head"]]
    .map((roles) => stageCosts(segmentation).filter(({ role }) => roles.includes(role)));
  return { encoder: totalCost(encoder), decoder: totalCost(decoder) };
}

/** The sum over parts of a network. */
export function totalCost(costs: readonly Cost[]): Cost {
  return {
    parameters: costs.reduce((sum, { parameters }) => sum + parameters, 0),
    multiplyAdds: costs.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0),
  };
}

/** Where a layer puts its kernel: on each position of its output, or of its input. */
const kernelPlaces: Readonly<Record<string, "output" | "input" | "none">> = {
  Conv2D: "output",
  DepthwiseConv2D: "output",
  Conv2DTranspose: "input",
  Dense: "output",
  BatchNormalization: "none",
};

function multiplyAddsOf(layer: tf.layers.Layer): number {
  if (layer.weights.length === 0) return 0;
  const place = kernelPlaces[layer.getClassName()];
  if (place === undefined) throw unknownLayer(layer);
  if (place === "none") return 0;
  const kernel = layer.weights.find(({ originalName }) => originalName.endsWith("kernel"));
  const shape = (place === "input" ? layer.input : layer.output) as tf.SymbolicTensor;
  return positions(shape, layer) * product(kernel?.shape ?? []);
}

/** How many vectors of channels a tensor holds for each image. */
function positions({ shape }: tf.SymbolicTensor, layer: tf.layers.Layer): number {
  const sides = shape.slice(1, -1);
  if (!sides.includes(null)) return product(sides);
  throw new PapilioError({
    cannot: "count multiply-adds",
    expected: "a network with a fixed input side",
    got: `[${shape.map((size) => size ?? "?").join(", ")}] at "${layer.name}"`,
    remedy: "Build it for the side of its images.",
  });
}

function product(sizes: readonly (number | null)[]): number {
  return sizes.reduce<number>((total, size) => total * (size ?? 1), 1);
}

function unknownLayer(layer: tf.layers.Layer): PapilioError {
  return new PapilioError({
    cannot: "count multiply-adds",
    expected: `a layer with weights of one of the kinds ${Object.keys(kernelPlaces).join(", ")}`,
    got: `${layer.getClassName()} "${layer.name}"`,
    remedy: "Add its formula to lib/model/cost.ts.",
  });
}
