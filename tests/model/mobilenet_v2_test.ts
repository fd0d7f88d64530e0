import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { loadKerasWeights } from "papilio/model/keras_weights.ts";
import { mobileNetV2, type MobileNetV2Alpha } from "papilio/model/mobilenet_v2.ts";
import { relativeError } from "./_compare.ts";
import { sharedFile } from "./_shared.ts";

await tf.setBackend("cpu");

/** The encoder alone, on input that is already preprocessed; outputs: the taps, then the bottleneck. */
function encoderModel(alpha: MobileNetV2Alpha, sidePx: number) {
  const input = tf.input({ shape: [sidePx, sidePx, 3] });
  const { taps, bottleneck } = mobileNetV2({ alpha, seed: 1 }).build(input);
  const outputs = [...taps, bottleneck];
  const model = tf.model({ inputs: input, outputs: outputs.map((tap) => tap.tensor) });
  return { model, outputs };
}

Deno.test("taps and bottleneck are where the field's U-Nets take them", () => {
  const { outputs } = encoderModel(1, 64);
  expect(
    outputs.map(({ name, stride, channels, tensor }) => [name, stride, channels, tensor.shape]),
  )
    .toEqual([
      ["block_1_expand_relu", 2, 96, [null, 32, 32, 96]],
      ["block_3_expand_relu", 4, 144, [null, 16, 16, 144]],
      ["block_6_expand_relu", 8, 192, [null, 8, 8, 192]],
      ["block_13_expand_relu", 16, 576, [null, 4, 4, 576]],
      ["block_16_project", 32, 320, [null, 2, 2, 320]],
    ]);
});

Deno.test("widths follow alpha as in Keras", () => {
  // 96, 144, 192, 576, 320 by hand from _make_divisible: stem 16 → block 0: 8 → ×6 = 48; 24·0.35 = 8 →
  // 48; 32·0.35 = 11 → 8 is under 9/10 of it, so 16 → 96; 96·0.35 = 33 → 32 → 192; 320·0.35 = 112.
  expect(encoderModel(0.35, 32).outputs.map((tap) => tap.channels)).toEqual([48, 48, 96, 192, 112]);
  // 16·1.4 = 22 → 24 → 144; 24·1.4 = 33 → 32 → 192; 32·1.4 = 44 → 48 → 288; 96·1.4 = 134 → 136 → 816.
  expect(encoderModel(1.4, 32).outputs.map((tap) => tap.channels)).toEqual([
    144,
    192,
    288,
    816,
    448,
  ]);
});

Deno.test("layers have Keras' names, in Keras' order", () => {
  const names = encoderModel(1, 64).model.layers.slice(1).map((layer) => layer.name);
  expect(names.slice(0, 3)).toEqual(["Conv1", "bn_Conv1", "Conv1_relu"]);
  expect(names.slice(3, 8)).toEqual([
    "expanded_conv_depthwise",
    "expanded_conv_depthwise_BN",
    "expanded_conv_depthwise_relu",
    "expanded_conv_project",
    "expanded_conv_project_BN",
  ]);
  const block = (index: number) => names.filter((name) => name.startsWith(`block_${index}_`));
  const parts = (index: number, list: string) =>
    list.split(" ").map((part) => `block_${index}_${part}`);
  const downwards =
    "expand expand_BN expand_relu pad depthwise depthwise_BN depthwise_relu project project_BN";
  expect(block(1)).toEqual(parts(1, downwards));
  expect(block(2)).toEqual(parts(2, `${downwards.replace(" pad", "")} add`));
  expect(block(10)).toEqual(parts(10, downwards.replace(" pad", "")));
  expect(names.filter((name) => name.endsWith("_pad")))
    .toEqual([1, 3, 6, 13].map((index) => `block_${index}_pad`));
  expect(names.filter((name) => name.endsWith("_add")))
    .toEqual([2, 4, 5, 7, 8, 9, 11, 12, 14, 15].map((index) => `block_${index}_add`));
  expect(names.at(-1)).toBe("block_16_project");
});

Deno.test("layers are configured as in Keras", () => {
  const { model } = encoderModel(1, 64);
  const configs = (type: string) =>
    model.layers.filter((layer) => layer.getClassName() === type).map((layer) => layer.getConfig());
  expect(configs("BatchNormalization").length).toBe(50);
  for (const config of configs("BatchNormalization")) {
    expect(config).toMatchObject({ epsilon: 1e-3, momentum: 0.999, center: true, scale: true });
  }
  expect(configs("ReLU").length).toBe(1 + 17 + 16);
  for (const config of configs("ReLU")) expect(config["maxValue"]).toBe(6);
  const convolutions = [...configs("Conv2D"), ...configs("DepthwiseConv2D")];
  expect(convolutions.length).toBe(51);
  for (const config of convolutions) expect(config).toMatchObject({ useBias: false });
  for (const config of configs("ZeroPadding2D")) {
    expect(config["padding"]).toEqual([[0, 1], [0, 1]]);
  }
});

Deno.test("an odd side is padded on both ends before a stride of 2, an even one at its end", () => {
  const { model } = encoderModel(0.35, 52); // Sides 26, 13, 7, 4, 2.
  const padded = [1, 3, 6, 13].map((index) => model.getLayer(`block_${index}_pad`).outputShape[1]);
  expect(padded).toEqual([27, 15, 9, 5]);
  expect(model.outputs.map((output) => output.shape[1])).toEqual([26, 13, 7, 4, 2]);
});

interface GoldenTap {
  shape: number[];
  mean: number;
  norm: number;
  samples: [index: number, value: number][];
}

/**
 * Single values in training mode: in float32, rounding grows from normalisation to normalisation, the
 * last of which have 9 values a channel. PyTorch's own float32 run is off its float64 run by 1.9e-4
 * there (alpha 1.0); norms and means do not suffer from it.
 */
const samplesTolerance = 5e-4;

for (const [alpha, name] of [[1, "1.0"], [0.35, "0.35"]] as const) {
  Deno.test(`taps at alpha ${name} equal an independent float64 implementation, frozen and training`, async () => {
    const what = `MobileNetV2's taps at alpha ${name}`;
    const weights = `mobilenet_v2_weights_tf_dim_ordering_tf_kernels_${name}_224_no_top.h5`;
    const weightsPath = await sharedFile(what, "weights", weights);
    if (weightsPath === null) return;
    const goldenPath = await sharedFile(what, "golden", `mobilenet_v2_${name}_taps_96.json`);
    if (goldenPath === null) return;
    const golden = JSON.parse(await Deno.readTextFile(goldenPath));
    const { model, outputs } = encoderModel(alpha, 96);
    const names = model.layers.map((layer) => layer.name);
    const { ignoredLayers } = await loadKerasWeights(model, names, weightsPath);
    expect(ignoredLayers.sort()).toEqual(["Conv_1", "Conv_1_bn", "block_16_project_BN"]);
    for (const mode of ["frozen", "train"]) {
      const taps = tf.tidy(() =>
        (model.apply(goldenInput(96), { training: mode === "train" }) as tf.Tensor[])
          .map((tap) => ({ shape: tap.shape, values: tap.dataSync() as Float32Array }))
      );
      const errors = outputs.map(({ name }, i) =>
        errorsOf(present(taps[i]), golden[mode][name] as GoldenTap)
      );
      const overall = Math.max(
        ...errors.map((error) => error.norm),
        ...errors.map(({ mean }) => mean),
      );
      const samples = Math.max(...errors.map((error) => error.samples));
      console.log(`alpha ${name}, ${mode}: norm and mean ${overall}, samples ${samples}`);
      expect(overall).toBeLessThan(1e-4);
      expect(samples).toBeLessThan(mode === "train" ? samplesTolerance : 1e-5);
    }
  });
}

/** `sin(0.05·row + 0.11·column + 1.7·channel)` */
function goldenInput(sidePx: number): tf.Tensor {
  const values = Float32Array.from({ length: sidePx * sidePx * 3 }, (_, i) => {
    const [row, column, channel] = [Math.floor(i / 3 / sidePx), Math.floor(i / 3) % sidePx, i % 3];
    return Math.sin(0.05 * row + 0.11 * column + 1.7 * channel);
  });
  return tf.tensor(values, [1, sidePx, sidePx, 3]);
}

/** Relative errors; that of the mean is against the root mean square, since means are near 0. */
function errorsOf(
  { shape, values }: { shape: number[]; values: Float32Array },
  golden: GoldenTap,
): { norm: number; mean: number; samples: number } {
  expect(shape).toEqual(golden.shape);
  const norm = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const rootMeanSquare = golden.norm / Math.sqrt(values.length);
  return {
    norm: Math.abs(norm - golden.norm) / golden.norm,
    mean: Math.abs(mean - golden.mean) / rootMeanSquare,
    samples: relativeError(
      golden.samples.map(([index]) => present(values[index])),
      golden.samples.map(([, value]) => value),
    ),
  };
}
