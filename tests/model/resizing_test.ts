import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { enlargeBilinear, enlargeNearest, pixelShuffle } from "papilio/model/resizing.ts";
import { upsample, type Upsampling } from "papilio/model/upsampling.ts";
import { BilinearUpSampling2D, NearestUpSampling2D } from "papilio/model/upsampling_layers.ts";
import golden from "../golden/model/resizing.json" with { type: "json" };
import { relativeError, take } from "./_compare.ts";

await tf.setBackend("cpu");

const functions: Record<string, (x: tf.Tensor4D, factor: number) => tf.Tensor4D> = {
  nearest: enlargeNearest,
  bilinear: (x, factor) => enlargeBilinear(x, factor as 2),
  "pixel-shuffle": pixelShuffle,
};

function wave(f: (i: number) => number, shape: number[]): tf.Tensor4D {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: size }, (_, i) => f(i));
  return tf.tensor(values, shape as [number, number, number, number]);
}

for (const { name, factor, shape, outputShape, output, gradient } of golden) {
  Deno.test(`${name} ×${factor} of [${shape}] and its gradient equal PyTorch's`, () => {
    const x = wave(Math.sin, shape);
    const f = present(functions[name]);
    const y = f(x, factor);
    expect(y.shape).toEqual(outputShape);
    expect(relativeError(take(y), output)).toBeLessThan(1e-6);
    const weights = wave(Math.cos, outputShape);
    const slope = tf.grad((x) => tf.sum(tf.mul(f(x as tf.Tensor4D, factor), weights)))(x);
    expect(relativeError(take(slope), gradient)).toBeLessThan(1e-6);
  });
}

/** A feature map of 4×4 with 3 channels, doubled to 2 filters. */
function doubled(upsampling: Upsampling) {
  const input = tf.input({ shape: [4, 4, 3] });
  const output = upsample(input, { prefix: "dec1", filters: 2, seed: 1, upsampling });
  return tf.model({ inputs: input, outputs: output });
}

Deno.test("each way doubles the side, under one name", () => {
  const shapes = (["transpose", "nearest", "bilinear", "pixel-shuffle"] as const).map((way) => {
    const model = doubled(way);
    return [model.layers.at(-1)?.name, model.outputs[0]?.shape, model.countParams()];
  });
  expect(shapes).toEqual([
    ["dec1_up", [null, 8, 8, 2], 4 * 3 * 2 + 2],
    ["dec1_up", [null, 8, 8, 3], 0],
    ["dec1_up", [null, 8, 8, 3], 0],
    ["dec1_up", [null, 8, 8, 2], 3 * 8 + 8],
  ]);
});

Deno.test("a pixel shuffle starts as nearest neighbour: no chessboard pattern", () => {
  const x = wave(Math.sin, [1, 4, 4, 3]);
  const model = doubled("pixel-shuffle");
  const [fine, coarse] = tf.tidy(() => {
    const y = model.predict(x) as tf.Tensor4D;
    const corners = tf.stridedSlice(y, [0, 0, 0, 0], y.shape, [1, 2, 2, 1]) as tf.Tensor4D;
    return [y.dataSync(), enlargeNearest(corners, 2).dataSync()];
  });
  expect(present(fine)).toEqual(present(coarse));
  expect(new Set(present(fine)).size).toBe(4 * 4 * 2);
});

Deno.test("saved layers come back: nearest as tfjs' own class, the others by their registered names", () => {
  const saved = (["nearest", "bilinear", "pixel-shuffle"] as const).map((way) => {
    const layer = present(doubled(way).layers.at(-1));
    return [layer.getClassName(), layer.getConfig()["factor"]];
  });
  expect(saved).toEqual([
    ["UpSampling2D", undefined],
    ["BilinearUpSampling2D", 2],
    ["PixelShuffle", 2],
  ]);
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const [bilinear] = present(classNameMap["BilinearUpSampling2D"]);
  expect(bilinear).toBe(BilinearUpSampling2D);
  expect(present(classNameMap["UpSampling2D"])[0]).not.toBe(NearestUpSampling2D);
});
