import { fromFileUrl } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { preprocess } from "papilio/model/_preprocess.ts";
import type { Encoder } from "papilio/model/encoder.ts";
import { loadKerasWeights } from "papilio/model/keras_weights.ts";
import { resNet34 } from "papilio/model/resnet34.ts";
import { namedVariables } from "papilio/model/variables.ts";
import { vgg16 } from "papilio/model/vgg16.ts";
import goldenJson from "../golden/model/encoders.json" with { type: "json" };
import { relativeError } from "./_compare.ts";

await tf.setBackend("cpu");

interface GoldenTap {
  shape: number[];
  norm: number;
  samples: number[];
}

interface Golden {
  /** Of all tensors of the published file. */
  shapes: Record<string, number[]>;
  inference: Record<string, GoldenTap>;
  training?: Record<string, GoldenTap>;
}

const golden: Record<string, Golden> = goldenJson;

const encoders: Record<string, (baseFilters: number) => Encoder> = {
  resnet34: (baseFilters) => resNet34({ seed: 1, baseFilters }),
  vgg16: (baseFilters) => vgg16({ seed: 1, baseFilters }),
};

const sidePx = 64;

/** Pixels → taps and bottleneck. */
function encoderModel(encoder: Encoder) {
  const input = tf.input({ shape: [sidePx, sidePx, 3] });
  const { taps, bottleneck } = encoder.build(preprocess(input, encoder.preprocessing));
  const outputs = [...taps, bottleneck];
  return { model: tf.model({ inputs: input, outputs: outputs.map((tap) => tap.tensor) }), outputs };
}

function variablesOf(model: tf.LayersModel) {
  const all = [...namedVariables(model)].filter(([name]) => !name.startsWith("rescaling/"));
  return Object.fromEntries(all.map(([name, { shape }]) => [name, shape]));
}

/** As tests/golden/model/encoders.py makes it. */
function image(): tf.Tensor {
  const values = Float32Array.from({ length: sidePx * sidePx * 3 }, (_, i) => {
    const [row, column, channel] = [Math.floor(i / 3 / sidePx), Math.floor(i / 3) % sidePx, i % 3];
    const wave = Math.sin(0.11 * row + 0.07 * column * (1 + channel) + 1.7 * channel);
    return Math.floor(127.5 + 127.5 * wave);
  });
  return tf.tensor(values, [1, sidePx, sidePx, 3]);
}

for (const [name, make] of Object.entries(encoders)) {
  const expected = present(golden[name]);

  Deno.test(`${name} has the tensors of the published file, by name and shape`, () => {
    const { model } = encoderModel(make(64));
    expect(variablesOf(model)).toEqual(expected.shapes);
  });

  for (const mode of ["inference", "training"] as const) {
    const taps = expected[mode];
    if (taps === undefined) continue;
    Deno.test(`${name}'s taps from a file equal PyTorch's in float64, in ${mode} mode`, async () => {
      const { model, outputs } = encoderModel(make(2));
      const names = model.layers.map((layer) => layer.name).filter((name) => name !== "rescaling");
      const file = new URL(`../golden/model/${name}_narrow.h5`, import.meta.url);
      const { loaded } = await loadKerasWeights(model, names, fromFileUrl(file));
      expect(loaded.sort()).toEqual(Object.keys(expected.shapes).sort());
      expect(outputs.map((tap) => tap.name)).toEqual(Object.keys(taps));
      const results = tf.tidy(() =>
        (model.apply(image(), { training: mode === "training" }) as tf.Tensor[])
          .map((tap) => ({ shape: tap.shape, values: tap.dataSync() as Float32Array }))
      );
      for (const [i, { name, stride, channels }] of outputs.entries()) {
        const { shape, norm, samples } = present(taps[name]);
        const { shape: gotShape, values } = present(results[i]);
        expect(gotShape).toEqual([1, ...shape]);
        expect([sidePx / stride, sidePx / stride, channels]).toEqual(shape);
        expect(Math.abs(Math.hypot(...values) / norm - 1)).toBeLessThan(1e-4);
        const got = samples.map((_, k) => values[Math.floor(k * values.length / samples.length)]);
        expect(relativeError(got as number[], samples)).toBeLessThan(1e-4);
      }
    });
  }
}

Deno.test("encoders point at their published weights, at the published width alone", () => {
  expect(resNet34({ seed: 1 }).weights?.url).toBe(
    "https://github.com/qubvel/classification_models/releases/download/0.0.1/" +
      "resnet34_imagenet_1000_no_top.h5",
  );
  expect(vgg16({ seed: 1 }).weights?.url).toBe(
    "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/" +
      "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
  );
  expect(resNet34({ seed: 1 }).weights?.md5).toBe("8caaa0ad39d927cb8ba5385bf945d582");
  expect(vgg16({ seed: 1 }).weights?.md5).toBe("6d6bbae143d832006294945121d1f1fc");
  expect(resNet34({ seed: 1, baseFilters: 32 }).weights).toBeNull();
  expect(vgg16({ seed: 1, batchNorm: true }).weights).toBeNull();
});
