import * as tf from "@tensorflow/tfjs";
import { PapilioError } from "papilio/core/errors.ts";
import { present } from "papilio/core/assert.ts";

/** A weight's values, apart from tfjs: row-major in its shape. */
export interface WeightData {
  shape: readonly number[];
  data: Float32Array;
}

/**
 * Every variable of a model by its name in Keras: `"bn_Conv1/gamma"`, `"dec1_up/kernel"`.
 *
 * The order is that of the layers, and in a layer Keras' own; it does not change when layers are
 * frozen, as that of tfjs' `getWeights` does.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { namedVariables } from "papilio/model/variables.ts";
 * const dense = tf.layers.dense({ name: "score", units: 1, inputShape: [2] });
 * const names = [...namedVariables(tf.sequential({ layers: [dense] })).keys()];
 * console.assert(names.join() === "score/kernel,score/bias");
 * ```
 */
export function namedVariables(model: tf.LayersModel): Map<string, tf.Variable> {
  return new Map(model.layers.flatMap((layer) => layer.weights.map((w) => named(layer, w))));
}

/** Those of `namedVariables` that training changes; not the moving statistics, nor frozen layers. */
export function trainableVariables(model: tf.LayersModel): Map<string, tf.Variable> {
  return new Map(
    model.layers.flatMap((layer) => layer.trainableWeights.map((w) => named(layer, w))),
  );
}

function named(layer: tf.layers.Layer, weight: tf.LayerVariable): [string, tf.Variable] {
  const weightName = present(weight.originalName.split("/").at(-1));
  return [`${layer.name}/${weightName}`, weight.read() as tf.Variable];
}

/**
 * Sets every variable of the model, matched by name and shape.
 *
 * @throws {PapilioError} if a name is missing or unknown, or a shape differs; it names each, and
 * nothing has been set.
 */
export function setVariables(
  model: tf.LayersModel,
  weights: ReadonlyMap<string, WeightData>,
): void {
  const variables = namedVariables(model);
  const problems = [
    ...mismatches(variables, weights),
    ...[...weights.keys()].filter((name) => !variables.has(name)).map((name) =>
      `${name} is not in the model`
    ),
  ];
  if (problems.length > 0) {
    throw new PapilioError({
      cannot: `set the weights of model "${model.name}"`,
      expected: `its ${variables.size} weights by name and shape`,
      got: problems.join("; "),
      remedy: "Use weights of a network that was built with the same configuration.",
    });
  }
  for (const [name, variable] of variables) assign(variable, present(weights.get(name)));
}

/** What keeps `weights` from filling all of `variables`: a line for each that is missing or misshapen. */
export function mismatches(
  variables: ReadonlyMap<string, tf.Variable>,
  weights: ReadonlyMap<string, WeightData>,
): string[] {
  return [...variables].flatMap(([name, { shape }]) => {
    const weight = weights.get(name);
    if (weight === undefined) return [`${name} is missing`];
    if (weight.shape.join() === shape.join()) return [];
    return [`${name} has shape [${weight.shape}] in place of [${shape}]`];
  });
}

/** Gives a variable new values of its own shape. */
export function assign(variable: tf.Variable, { shape, data }: WeightData): void {
  // A copy, since the cpu backend keeps the array that it is given.
  tf.tidy(() => variable.assign(tf.tensor(data.slice(), [...shape], "float32")));
}
