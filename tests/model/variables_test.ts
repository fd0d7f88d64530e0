import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { PapilioError } from "papilio/core/errors.ts";
import { FrozenAwareBatchNormalization } from "papilio/model/layers.ts";
import { namedVariables, setVariables, trainableVariables } from "papilio/model/variables.ts";

await tf.setBackend("cpu");

function smallModel(): tf.LayersModel {
  const input = tf.input({ shape: [4, 4, 1] });
  const stem = tf.layers.conv2d({ name: "stem", filters: 2, kernelSize: 1, useBias: false });
  const depthwise = tf.layers.depthwiseConv2d({ name: "filter", kernelSize: 3 });
  const normalization = new FrozenAwareBatchNormalization({ name: "stem_bn" });
  const features = normalization.apply(depthwise.apply(stem.apply(input)));
  return tf.model({ name: "small", inputs: input, outputs: features as tf.SymbolicTensor });
}

const allNames = [
  "stem/kernel",
  "filter/depthwise_kernel",
  "filter/bias",
  "stem_bn/gamma",
  "stem_bn/beta",
  "stem_bn/moving_mean",
  "stem_bn/moving_variance",
];

Deno.test("variables have Keras' names, in every model, whatever is frozen", () => {
  smallModel(); // A second model of the same layers: tfjs numbers its variables' own names on.
  const model = smallModel();
  expect([...namedVariables(model).keys()]).toEqual(allNames);
  model.getLayer("stem").trainable = false;
  model.getLayer("stem_bn").trainable = false;
  expect([...namedVariables(model).keys()]).toEqual(allNames);
});

Deno.test("trainable variables are those of layers that are not frozen, without statistics", () => {
  const model = smallModel();
  expect([...trainableVariables(model).keys()]).toEqual(allNames.slice(0, 5));
  model.getLayer("stem").trainable = false;
  model.getLayer("stem_bn").trainable = false;
  expect([...trainableVariables(model).keys()]).toEqual(["filter/depthwise_kernel", "filter/bias"]);
});

Deno.test("weights taken from one model make another the same, and stay apart from their source", () => {
  const [source, target] = [smallModel(), smallModel()];
  const weights = new Map(
    [...namedVariables(source)].map(([name, variable], i) => {
      const data = Float32Array.from({ length: variable.size }, (_, j) => i * 100 + j);
      return [name, { shape: variable.shape, data }];
    }),
  );
  const { numTensors } = tf.memory();
  setVariables(target, weights);
  expect(tf.memory().numTensors).toBe(numTensors);
  weights.get("stem_bn/gamma")?.data.fill(-1);
  expect([...namedVariables(target).get("stem_bn/gamma")?.dataSync() ?? []]).toEqual([300, 301]);
  expect([...namedVariables(target).get("stem/kernel")?.dataSync() ?? []]).toEqual([0, 1]);
});

Deno.test("missing, misshapen and unknown weights are all named, and nothing is set", () => {
  const model = smallModel();
  const weights = new Map(
    [...namedVariables(model)].map(([name, { shape, size }]) => [
      name,
      { shape: shape as number[], data: new Float32Array(size).fill(9) },
    ]),
  );
  weights.delete("stem/kernel");
  weights.set("filter/bias", { shape: [3], data: new Float32Array(3) });
  weights.set("head/kernel", { shape: [1], data: new Float32Array(1) });
  const attempt = () => setVariables(model, weights);
  expect(attempt).toThrow(PapilioError);
  expect(attempt).toThrow(
    'Cannot set the weights of model "small": expected its 7 weights by name and shape, got ' +
      "stem/kernel is missing; filter/bias has shape [3] in place of [2]; " +
      "head/kernel is not in the model. " +
      "Use weights of a network that was built with the same configuration.",
  );
  expect([...namedVariables(model).get("stem_bn/gamma")?.dataSync() ?? []]).toEqual([1, 1]);
});
