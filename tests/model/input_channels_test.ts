/** Images of other channels than RGB, and published first layers that are made to fit them. */
import { fromFileUrl } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { forInputChannels } from "papilio/model/_input_channels.ts";
import { loadEncoderWeights } from "papilio/model/encoder_weights.ts";
import { buildSegmentation, type SegmentationOptions } from "papilio/model/segmentation.ts";
import { namedVariables } from "papilio/model/variables.ts";
import { relativeError, take } from "./_compare.ts";
import { sharedFile } from "./_shared.ts";

await tf.setBackend("cpu");

const weight = (shape: number[], data: number[]) => ({ shape, data: Float32Array.from(data) });

/** A 1×2 kernel for RGB with two filters: units say the filter, tens the channel, hundreds the column. */
const kernel = weight([1, 2, 3, 2], [1, 2, 11, 12, 21, 22, 101, 102, 111, 112, 121, 122]);

const fitted = (shape: number[], count: number, order: "rgb" | "bgr" = "rgb") => [
  ...forInputChannels(kernel, shape, { count, order }).data,
];

Deno.test("a kernel for grey is the sum over RGB", () => {
  expect(fitted([1, 2, 1, 2], 1)).toEqual([33, 36, 333, 336]);
});

Deno.test("a kernel for several channels has red, green and blue by turns, times 3 / channels", () => {
  expect(fitted([1, 2, 2, 2], 2)).toEqual([1, 2, 11, 12, 101, 102, 111, 112].map((w) => w * 1.5));
  expect(fitted([1, 2, 4, 2], 4)).toEqual(
    [1, 2, 11, 12, 21, 22, 1, 2, 101, 102, 111, 112, 121, 122, 101, 102].map((w) => w * 0.75),
  );
  expect(fitted([1, 2, 2, 2], 2, "bgr"))
    .toEqual([21, 22, 11, 12, 121, 122, 111, 112].map((w) => w * 1.5));
});

Deno.test("statistics of the channels are repeated; what is not of the channels stays", () => {
  const statistics = weight([3], [7, 8, 9]);
  const of = (shape: number[], count: number) => [
    ...forInputChannels(statistics, shape, { count, order: "rgb" }).data,
  ];
  expect(of([5], 5)).toEqual([7, 8, 9, 7, 8]);
  expect(of([3], 3)).toEqual([7, 8, 9]);
  expect(of([3], 5)).toEqual([7, 8, 9]);
  expect(fitted([1, 2, 3, 2], 3)).toEqual([...kernel.data]);
  expect(fitted([1, 2, 4, 9], 4)).toEqual([...kernel.data]); // Of another width: left for the error.
});

const golden = (name: string) =>
  Promise.resolve(fromFileUrl(new URL(`../golden/model/${name}_narrow.h5`, import.meta.url)));

const keras = (alpha: string) =>
  sharedFile(
    `Keras' weights of alpha ${alpha} for other channels`,
    "weights",
    `mobilenet_v2_weights_tf_dim_ordering_tf_kernels_${alpha}_224_no_top.h5`,
  );

interface Source {
  options: Partial<SegmentationOptions>;
  path: () => Promise<string | null>;
  /** Of the layer that a sum of weights could be tried on. */
  first: string;
}

const narrow = { encoderFilters: 2, decoderFilters: [2, 2, 2, 2, 2] };
const wide = { decoderFilters: [8, 8, 8, 8, 8] };
const sources: Record<string, Source> = {
  "MobileNetV2 0.35": {
    options: { alpha: 0.35, ...wide },
    path: () => keras("0.35"),
    first: "Conv1",
  },
  "MobileNetV2 1.0": { options: { alpha: 1, ...wide }, path: () => keras("1.0"), first: "Conv1" },
  "ResNet34": {
    options: { encoder: "resnet34", ...narrow },
    path: () => golden("resnet34"),
    first: "conv0",
  },
  "VGG16": {
    options: { encoder: "vgg16", ...narrow },
    path: () => golden("vgg16"),
    first: "block1_conv1",
  },
};

const sidePx = 64;

/** One channel of smooth values 0…255, another for each shift. */
const channel = (shift: number) =>
  tf.tensor(
    Float32Array.from({ length: sidePx ** 2 }, (_, i) => {
      const [row, column] = [Math.floor(i / sidePx), i % sidePx];
      return Math.floor(127.5 + 127.5 * Math.sin(0.11 * row + 0.07 * column * (1 + shift) + shift));
    }),
    [1, sidePx, sidePx, 1],
  );

for (const [name, { options, path, first }] of Object.entries(sources)) {
  /** What the first convolution and the bottleneck give for channels of these shifts. */
  const activations = async (shifts: number[], file: string) => {
    const inputChannels = shifts.length;
    const network = buildSegmentation({ inputSidePx: sidePx, seed: 1, ...options, inputChannels });
    await loadEncoderWeights(network, file);
    const { model, encoderLayerNames } = network;
    const ends = [first, present(encoderLayerNames.at(-1))];
    const part = tf.model({
      inputs: model.inputs,
      outputs: ends.map((end) => model.getLayer(end).output as tf.SymbolicTensor),
    });
    const image = tf.tidy(() => tf.concat(shifts.map(channel), 3));
    const found = (part.predict(image) as tf.Tensor[]).map(take);
    image.dispose();
    return found;
  };

  Deno.test(`${name}: a grey image as one channel gives what it gives as RGB`, async () => {
    const file = await path();
    if (file === null) return;
    const [grey, rgb] = [await activations([0.3], file), await activations([0.3, 0.3, 0.3], file)];
    const errors = grey.map((values, i) => relativeError(values, present(rgb[i])));
    console.log(`${name}, grey as RGB: first convolution ${errors[0]}, bottleneck ${errors[1]}`);
    expect(errors[0]).toBeLessThan(1e-6);
    expect(errors[1]).toBeLessThan(1e-5);
  });

  Deno.test(`${name}: red, green and blue twice give what they give once`, async () => {
    const file = await path();
    if (file === null) return;
    const rgb = await activations([0, 1, 2], file);
    const twice = await activations([0, 1, 2, 0, 1, 2], file);
    const errors = twice.map((values, i) => relativeError(values, present(rgb[i])));
    expect(errors[0]).toBeLessThan(1e-6);
    expect(errors[1]).toBeLessThan(1e-5);
    const other = await activations([0, 1, 2, 2, 1, 0], file);
    expect(relativeError(present(other[0]), present(rgb[0]))).toBeGreaterThan(1e-3);
  });
}

for (const inputChannels of [1, 2, 4, 16]) {
  for (const encoder of ["mobilenet-v2", "resnet34", "vgg16", "double-conv"] as const) {
    Deno.test(`${encoder}: images of ${inputChannels} channels`, () => {
      const { model } = buildSegmentation({
        ...{ inputSidePx: 32, encoder, alpha: 0.35, ...narrow, inputChannels, seed: 1 },
        ...(encoder === "double-conv" ? { encoderDepth: 3, decoderFilters: [] } : {}),
      });
      expect(model.inputs[0]?.shape).toEqual([null, 32, 32, inputChannels]);
      const image = tf.randomUniform([2, 32, 32, inputChannels], 0, 255, "float32", 3);
      const probability = model.predict(image) as tf.Tensor;
      expect(probability.shape).toEqual([2, 32, 32, 1]);
      expect(take(probability).every(Number.isFinite)).toBe(true);
      image.dispose();
    });
  }
}

Deno.test("VGG16's preprocessing: grey as blue, green and red, each less its mean; more by turns", () => {
  const values = (inputChannels: number, pixel: number[]) => {
    const { model } = buildSegmentation(
      {
        ...{ inputSidePx: 32, encoder: "vgg16", ...narrow, inputChannels, seed: 1 },
      } as const,
    );
    const x = tf.tensor4d(pixel, [1, 1, 1, inputChannels]);
    const found = take(model.getLayer("rescaling").apply(x) as tf.Tensor);
    x.dispose();
    expect([...namedVariables(model).keys()].slice(0, 2)).toEqual([
      "rescaling/kernel",
      "rescaling/bias",
    ]);
    return found;
  };
  const close = (numbers: number[]) => numbers.map((number) => expect.closeTo(number, 4));
  const [blue, green, red] = [103.939, 116.779, 123.68];
  expect(values(1, [200])).toEqual(close([200 - blue, 200 - green, 200 - red]));
  expect(values(3, [1, 2, 3])).toEqual(close([3 - blue, 2 - green, 1 - red]));
  expect(values(4, [1, 2, 3, 4])).toEqual(close([1 - red, 2 - green, 3 - blue, 4 - red]));
});
