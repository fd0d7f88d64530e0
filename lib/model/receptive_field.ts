import type * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { type Reach, reachOf, type Span } from "papilio/model/_reach.ts";

export type { Span };

/** Where the units of a layer look, along the rows; along the columns alike. */
export interface ReceptiveField {
  /** The layer. */
  name: string;
  /** Pixels along one side of the field; where upsampling makes fields unequal, of the largest. */
  sizePx: number;
  /** Pixels between the fields of two neighbours: the stride. */
  jumpPx: number;
  /** Where the first unit's field has its middle, in pixels from the image's edge. */
  startPx: number;
}

/**
 * The theoretical receptive field of each layer: the pixels that can have a say in a unit's value.
 *
 * Down a stack of convolutions with kernel `k`, stride `s` and `p` zeros before the first row:
 * `size ← size + (k − 1) · jump`, `start ← start + ((k − 1)/2 − p) · jump`, `jump ← jump · s`, from
 * `size = 1`, `jump = 1`, `start = 1/2` at the image. Where paths meet (sum, concatenation) the field
 * covers those of all. It is computed by `spanBehind`, which holds for transposed convolutions, too.
 *
 * Behind a mean over the image, which windows do not bound, it is the image, however far windows reach.
 * Unpooling doubles the side as nearest neighbour does; what says where the maxima were has a say, too.
 *
 * Normalisations count as in inference; with a batch's own statistics all pixels have a say.
 *
 * Source: Araujo, Norris and Sim 2019, Computing receptive fields of convolutional neural networks,
 * Distill, doi 10.23915/distill.00021.
 * @throws {PapilioError} for a layer whose reach is not known.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { receptiveFields } from "papilio/model/receptive_field.ts";
 * const { conv2d } = tf.layers;
 * const first = conv2d({ filters: 1, kernelSize: 3, strides: 2, inputShape: [32, 32, 1] });
 * const second = conv2d({ filters: 1, kernelSize: 3 });
 * const field = receptiveFields(tf.sequential({ layers: [first, second] })).at(-1);
 * console.assert(field?.sizePx === 7 && field.jumpPx === 2 && field.startPx === 3.5);
 * ```
 */
export function receptiveFields(model: tf.LayersModel): ReceptiveField[] {
  const reaches = reachesOf(model);
  const jumps = new Map<string, number>();
  for (const [name, { inputNames, jumpFactor }] of reaches.layers) {
    jumps.set(name, (jumps.get(inputNames[0] ?? "") ?? 1) * jumpFactor);
  }
  const coarsest = Math.max(...jumps.values());
  return [...jumps].map(([name, jumpPx]) => {
    // Behind upsampling, fields repeat from one unit of the coarsest map to the next.
    const spans = Array.from(
      { length: coarsest / jumpPx },
      (_, unit) => trace(reaches, name, unit),
    );
    const { first, last } = present(spans[0]);
    const sizePx = Math.max(...spans.map((span) => span.last - span.first + 1));
    return { name, sizePx, jumpPx, startPx: (first + last + 1) / 2 };
  });
}

/**
 * The rows of the image that can have a say in row `unit` of a layer's output.
 *
 * From the layer back to the image, with kernel `k`, stride `s` and `p` rows of padding before:
 * `[first, last] ← [first · s − p, last · s − p + k − 1]` for a convolution, and
 * `[⌈(first + p − k + 1) / s⌉, ⌊(last + p) / s⌋]` for a transposed one. Behind a mean over the image it is
 * all rows of the image, `[0, S − 1]`.
 *
 * @throws {PapilioError} for a layer whose reach is not known.
 */
export function spanBehind(model: tf.LayersModel, layerName: string, unit: number): Span {
  return trace(reachesOf(model), layerName, unit);
}

/** A model as far as fields depend on it. */
interface Reaches {
  imageName: string;
  /** Rows of the image. */
  rows: number;
  /** The layers by name, each after its inputs. */
  layers: ReadonlyMap<string, Reach & { inputNames: readonly string[] }>;
}

function reachesOf(model: tf.LayersModel): Reaches {
  const layers = new Map(model.layers.map((layer) => {
    const inputNames = layer.inboundNodes[0]?.inboundLayers.map(({ name }) => name) ?? [];
    return [layer.name, { inputNames, ...reachOf(layer) }];
  }));
  const image = present(model.inputs[0]);
  return { imageName: image.sourceLayer.name, rows: image.shape[1] ?? Infinity, layers };
}

function trace({ imageName, rows, layers }: Reaches, layerName: string, unit: number): Span {
  const needed = new Map([[layerName, { first: unit, last: unit }]]);
  for (const [name, { inputNames, back }] of [...layers].reverse()) {
    const output = needed.get(name);
    if (output === undefined) continue;
    for (const [input, inputName] of inputNames.entries()) {
      needed.set(inputName, hull(back(output, input), needed.get(inputName)));
    }
  }
  const span = present(needed.get(imageName), `the way from ${layerName} to ${imageName}`);
  return Number.isFinite(span.first) ? span : { first: 0, last: rows - 1 };
}

function hull(a: Span, b: Span = a): Span {
  return { first: Math.min(a.first, b.first), last: Math.max(a.last, b.last) };
}
