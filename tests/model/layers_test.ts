import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import fc from "fast-check";
import {
  batchNormTraining,
  batchNormTrainingKernel,
  FrozenAwareBatchNormalization,
  ReLU6,
  relu6,
} from "papilio/model/layers.ts";
import { relativeError, take } from "./_compare.ts";

await tf.setBackend("cpu");

type Golden =
  & Record<"shape" | "x" | "gamma" | "beta" | "dy" | "y" | "mean" | "variance", number[]>
  & Record<"dx" | "dGamma" | "dBeta" | "movingMean" | "movingVariance", number[]>
  & Record<"epsilon" | "momentum", number>;

const golden: Golden = JSON.parse(
  await Deno.readTextFile(new URL("../golden/batch_normalization.json", import.meta.url)),
);
const shape = golden.shape as [number, number, number, number];

function goldenLayer(options: { trainable?: boolean } = {}) {
  const layer = new FrozenAwareBatchNormalization({
    epsilon: golden.epsilon,
    momentum: golden.momentum,
    inputShape: shape.slice(1),
    ...options,
  });
  const model = tf.sequential({ layers: [layer] });
  layer.setWeights([
    tf.tensor1d(golden.gamma),
    tf.tensor1d(golden.beta),
    ...["zeros", "ones"].map((name) => name === "zeros" ? tf.zeros([5]) : tf.ones([5])),
  ]);
  return { layer, model };
}

/** Values of the layer's variables: gamma, beta, moving mean, moving variance. */
const stateOf = (layer: tf.layers.Layer) =>
  layer.getWeights().map((weight) => Array.from(weight.dataSync()));

Deno.test("batch normalisation in training equals PyTorch in float64: output and averages", () => {
  const { layer, model } = goldenLayer();
  const y = model.apply(tf.tensor4d(golden.x, shape), { training: true }) as tf.Tensor;
  expect(relativeError(take(y), golden.y)).toBeLessThan(1e-6);
  const [, , movingMean, movingVariance] = stateOf(layer);
  expect(relativeError(movingMean ?? [], golden.movingMean)).toBeLessThan(1e-6);
  expect(relativeError(movingVariance ?? [], golden.movingVariance)).toBeLessThan(1e-6);
});

Deno.test("its gradients equal PyTorch's, for x, gamma and beta", () => {
  const dy = tf.tensor4d(golden.dy, shape);
  const loss = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
    tf.sum<tf.Scalar>(batchNormTraining(x, gamma, beta, { epsilon: golden.epsilon }).mul(dy));
  const [dx, dGamma, dBeta] = tf.grads(loss)([
    tf.tensor4d(golden.x, shape),
    tf.tensor1d(golden.gamma),
    tf.tensor1d(golden.beta),
  ]) as [tf.Tensor, tf.Tensor, tf.Tensor];
  // 1e-7 was reached.
  expect(relativeError(take(dx), golden.dx)).toBeLessThan(1e-6);
  expect(relativeError(take(dGamma), golden.dGamma)).toBeLessThan(1e-6);
  expect(relativeError(take(dBeta), golden.dBeta)).toBeLessThan(1e-6);
});

Deno.test("the gradient for x agrees with finite differences", () => {
  // y(x + h·e) − y(x − h·e) summed with dy, in doubles, by the formula itself.
  const width = 4;
  const dy = [0.5, -1, 2, 0.25];
  const loss = (x: number[]) => {
    const mean = x.reduce((a, b) => a + b) / width;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    return x.reduce(
      (sum, value, i) => sum + (value - mean) / Math.sqrt(variance + 0.01) * 1.5 * (dy[i] ?? 0),
      0,
    );
  };
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: width, maxLength: width }),
      (x) => {
        const step = 1e-5;
        const expected = x.map((_, i) => {
          const moved = (by: number) => loss(x.map((value, j) => j === i ? value + by : value));
          return (moved(step) - moved(-step)) / (2 * step);
        });
        const gradient = tf.tidy(() =>
          Array.from(
            tf.grad((t) =>
              batchNormTraining(t, tf.tensor1d([1.5]), tf.zeros([1]), { epsilon: 0.01 })
                .mul(tf.tensor4d(dy, [1, 2, 2, 1])).sum()
            )(tf.tensor4d(x, [1, 2, 2, 1])).dataSync(),
          )
        );
        gradient.forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 3));
      },
    ),
    { seed: 1, numRuns: 50 },
  );
});

Deno.test("a frozen batch normalisation uses its averages under training and does not move them", () => {
  const { layer, model } = goldenLayer();
  layer.trainable = false;
  const before = stateOf(layer);
  const x = tf.tensor4d(golden.x, shape);
  const training = take(model.apply(x, { training: true }) as tf.Tensor);
  const inference = take(model.apply(x) as tf.Tensor);
  expect(training).toEqual(inference);
  expect(stateOf(layer)).toEqual(before);
  // Averages are 0 and 1, so the second channel is x / √1.001 · 0.5 + 1.
  expect(inference[1]).toBeCloseTo((golden.x[1] ?? 0) / Math.sqrt(1.001) * 0.5 + 1, 5);
});

Deno.test("a frozen normalisation without scale lets gradients through", () => {
  const layer = new FrozenAwareBatchNormalization({ scale: false, epsilon: 3, inputShape: [2] });
  const model = tf.sequential({ layers: [layer] });
  layer.setWeights([[1, 2], [10, 20], [1, 13]].map((values) => tf.tensor1d(values)));
  layer.trainable = false;
  const f = (x: tf.Tensor) => model.apply(x, { training: true }) as tf.Tensor;
  const x = tf.tensor2d([[12, 24]]);
  // (12 − 10) / √(1 + 3) + 1, (24 − 20) / √(13 + 3) + 2
  expect(take(f(x))).toEqual([2, 3]);
  expect(take(tf.grad((x) => tf.sum(f(x)))(x))).toEqual([0.5, 0.25]);
});

Deno.test("a step through batch normalisation and relu6 leaves no tensors behind", () => {
  const { layer, model } = goldenLayer();
  const x = tf.tensor4d(golden.x, shape);
  const step = () =>
    tf.tidy(() => {
      const { grads } = tf.variableGrads(() =>
        tf.sum<tf.Scalar>(relu6(model.apply(x, { training: true }) as tf.Tensor))
      );
      for (const gradient of Object.values(grads)) expect(gradient.shape).toEqual([5]);
    });
  step();
  const { numTensors } = tf.memory();
  step();
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(layer.trainableWeights.length).toBe(2);
});

Deno.test("a backend's own kernel for batch statistics is used where it is registered", () => {
  const seen: unknown[] = [];
  tf.registerKernel({
    kernelName: batchNormTrainingKernel,
    backendName: "cpu",
    kernelFunc: ({ inputs, attrs }) => {
      seen.push(Object.keys(inputs), attrs);
      return [tf.fill(inputs["x"]?.shape ?? [], 7), tf.zeros([5]), tf.ones([5])];
    },
  });
  try {
    const y = batchNormTraining(tf.tensor4d(golden.x, shape), tf.ones([5]), tf.zeros([5]), {
      epsilon: 0.5,
    });
    expect(new Set(take(y))).toEqual(new Set([7]));
    expect(seen).toEqual([["x", "gamma", "beta"], { epsilon: 0.5 }]);
  } finally {
    tf.unregisterKernel(batchNormTrainingKernel, "cpu");
  }
});

Deno.test("relu6 clips, and its gradient is 0 from 6 on and up to 0, the ends included", () => {
  const x = tf.tensor1d([-1, 0, 1e-30, 3, 5.999, 6, 7]);
  expect(take(relu6(x))).toEqual([0, 0, 1e-30, 3, 5.999, 6, 6].map(Math.fround));
  const gradient = tf.grad((t) => relu6(t).mul(tf.tensor1d([1, 2, 3, 4, 5, 6, 7])).sum());
  expect(take(gradient(x))).toEqual([0, 0, 3, 4, 5, 0, 0]);
});

Deno.test("saved layers carry Keras' class names and configuration, and load as tfjs' own", async () => {
  const saved = tf.sequential({
    layers: [
      new FrozenAwareBatchNormalization({ name: "bn", momentum: 0.999, inputShape: [2, 2, 3] }),
      new ReLU6({ name: "relu" }),
    ],
  });
  saved.getLayer("bn").setWeights(
    [[2, 3, 4], [1, 0, -1], [0.5, 1, 2], [1, 4, 9]].map((values) => tf.tensor1d(values)),
  );
  const config = JSON.parse(saved.toJSON() as unknown as string);
  const layers = config.config.layers as { class_name: string; config: Record<string, unknown> }[];
  expect(layers.map((layer) => layer.class_name)).toEqual(["BatchNormalization", "ReLU"]);
  expect(layers[0]?.config).toMatchObject({
    axis: -1,
    momentum: 0.999,
    epsilon: 1e-3,
    scale: true,
  });
  expect(layers[1]?.config["max_value"]).toBe(6);

  let artifacts: tf.io.ModelArtifacts | undefined;
  await saved.save(tf.io.withSaveHandler((given) => {
    artifacts = given;
    return Promise.resolve({
      modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" },
    });
  }));
  const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts as tf.io.ModelArtifacts));
  expect(loaded.getLayer("bn")).not.toBeInstanceOf(FrozenAwareBatchNormalization);
  const x = tf.tensor4d([-3, 0, 1, 5, 6, 7, 0.1, 0.2, 0.3, 9, 20, 30], [1, 2, 2, 3]);
  expect(take(loaded.predict(x) as tf.Tensor)).toEqual(take(saved.predict(x) as tf.Tensor));
});
