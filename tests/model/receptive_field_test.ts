import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { PapilioError } from "papilio/core/errors.ts";
import { receptiveFields, spanBehind } from "papilio/model/receptive_field.ts";
import { stagesOf } from "papilio/model/stages.ts";
import { buildSegmentation } from "papilio/model/segmentation.ts";
import { MaxUnpooling2D } from "papilio/model/unpooling.ts";
import {
  BilinearUpSampling2D,
  NearestUpSampling2D,
  PixelShuffle,
} from "papilio/model/upsampling_layers.ts";

await tf.setBackend("cpu");

const { layers } = tf;

type ConvolutionOptions = Partial<Parameters<typeof layers.conv2d>[0]>;

const convolution = (options: ConvolutionOptions = {}) =>
  layers.conv2d({
    filters: 1,
    kernelSize: 3,
    padding: "same",
    kernelInitializer: "ones",
    ...options,
  });

const up = (kernelSize: number, strides: number, padding: "same" | "valid" = "same") =>
  layers.conv2dTranspose({ filters: 1, kernelSize, strides, padding, kernelInitializer: "ones" });

/** A model of layers that follow each other, on square images with one channel. */
function stack(sidePx: number, ...stacked: tf.layers.Layer[]): tf.LayersModel {
  const image = tf.input({ name: "image", shape: [sidePx, sidePx, 1] });
  const end = stacked.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, image);
  return tf.model({ inputs: image, outputs: end });
}

/** Size, jump and start at the end of a model. */
function fieldAtEnd(model: tf.LayersModel): number[] {
  const { sizePx, jumpPx, startPx } = receptiveFields(model).at(-1) ?? {};
  return [sizePx, jumpPx, startPx].map(Number);
}

Deno.test("convolutions: size, jump and start by the formula, on paper", () => {
  const valid = { padding: "valid" } as const;
  expect(fieldAtEnd(stack(16, convolution(valid)))).toEqual([3, 1, 1.5]);
  expect(fieldAtEnd(stack(16, convolution()))).toEqual([3, 1, 0.5]);
  // 3 + (3 − 1)·1 = 5; 5 + (5 − 1)·1 = 9, jump 2; 9 + (3 − 1)·2 = 13.
  const three = [
    ...[convolution(valid), convolution(valid)],
    ...[convolution({ ...valid, kernelSize: 5, strides: 2 }), convolution(valid)],
  ];
  // 1/2 + 1 + 1 + 2 + 1·2
  expect(fieldAtEnd(stack(32, ...three))).toEqual([13, 2, 6.5]);
  // Dilated by 2, a kernel of 3 reaches as far as one of 5.
  expect(fieldAtEnd(stack(16, convolution({ ...valid, dilationRate: 2 })))).toEqual([5, 1, 2.5]);
});

Deno.test("same padding with a stride pads an even side at its end, an odd one on both", () => {
  expect(fieldAtEnd(stack(16, convolution({ strides: 2 })))).toEqual([3, 2, 1.5]);
  expect(fieldAtEnd(stack(15, convolution({ strides: 2 })))).toEqual([3, 2, 0.5]);
  expect(spanBehind(stack(15, convolution({ strides: 2 })), "image", 3)).toEqual({
    first: 3,
    last: 3,
  });
});

/*
 * MobileNetV1's 3×3 kernels: the first with stride 2, then thirteen depthwise ones.
 * The receptive field of its end is published as 315, its stride as 32 (Araujo et al. 2019, table).
 */
Deno.test("MobileNetV1 has the published field", () => {
  const strides = [2, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1];
  const network = stack(224, ...strides.map((stride) => convolution({ strides: stride })));
  expect(fieldAtEnd(network).slice(0, 2)).toEqual([315, 32]);
});

/*
 * Taps: 3 (jump 2) + 2·2 = 7; + 2·2 (jump 4) + 2·4 = 19; + 2·4 (8) + 2·8·2 = 59; + 2·8 (16) + 2·16·6 =
 * 267; + 2·16 (32) + 2·32·3 = 491.
 * dec1 and dec2, two 3×3 each: 491 + 4·16 = 555, + 4·8 = 587. The rest asks for 4·4 + 4·2 + 4·1 = 28
 * more, but fields grow by whole units of the bottleneck, 32 pixels: 619 for the largest of dec3.
 */
Deno.test("the U-Net's fields, on paper", () => {
  const unet = buildSegmentation({
    inputSidePx: 64,
    alpha: 0.35,
    decoderFilters: [4, 4, 4, 4, 4],
    seed: 1,
  });
  const fields = new Map(receptiveFields(unet.model).map((field) => [field.name, field]));
  const stages = stagesOf(unet).map(({ name }) => fields.get(name));
  expect(stages.map((field) => field?.sizePx))
    .toEqual([1, 7, 19, 59, 267, 491, 555, 587, 619, 619, 619, 619]);
  expect(stages.map((field) => field?.jumpPx)).toEqual([1, 2, 4, 8, 16, 32, 16, 8, 4, 2, 1, 1]);
  // With zeros at the end only, each halving moves the first centre by half its stride: (2ⁿ − 1) + 1/2.
  expect(stages.slice(0, 6).map((field) => field?.startPx)).toEqual([
    0.5,
    1.5,
    3.5,
    7.5,
    15.5,
    31.5,
  ]);
});

/** Paths with kernels of these sizes, beside each other, that meet in a sum. */
function parallel(sidePx: number, ...kernels: number[]): tf.LayersModel {
  const image = tf.input({ name: "image", shape: [sidePx, sidePx, 1] });
  const paths = kernels.map((kernelSize) =>
    convolution({ kernelSize }).apply(image) as tf.SymbolicTensor
  );
  return tf.model({ inputs: image, outputs: layers.add().apply(paths) as tf.SymbolicTensor });
}

/** Two paths of different depth that meet in a sum and a concatenation, after upsampling. */
function branching(sidePx: number): tf.LayersModel {
  const image = tf.input({ name: "image", shape: [sidePx, sidePx, 1] });
  const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
    layer.apply(x) as tf.SymbolicTensor;
  const padded = apply(layers.zeroPadding2d({ padding: [[0, 1], [0, 1]] }), image);
  const depthwise = layers.depthwiseConv2d({
    kernelSize: 3,
    strides: 2,
    depthwiseInitializer: "ones",
  });
  const half = apply(depthwise, padded);
  const summed = apply(layers.add(), [half, apply(convolution(), half)]);
  const quarter = apply(layers.averagePooling2d({ poolSize: 2 }), summed);
  const raised = apply(up(2, 2), apply(convolution(), quarter));
  const merged = apply(layers.concatenate(), [raised, summed]);
  return tf.model({ inputs: image, outputs: apply(convolution(), apply(up(3, 2), merged)) });
}

/** A mean over features of half the side beside a convolution, as DeepLab has it. */
function withMean(sidePx: number): tf.LayersModel {
  const image = tf.input({ name: "image", shape: [sidePx, sidePx, 1] });
  const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
    layer.apply(x) as tf.SymbolicTensor;
  const half = apply(convolution({ strides: 2 }), image);
  const mean = apply(layers.globalAveragePooling2d({}), half);
  const pixel = apply(layers.reshape({ targetShape: [1, 1, 1] }), mean);
  const everywhere = apply(new NearestUpSampling2D({ factor: sidePx / 2 }), pixel);
  const merged = apply(layers.concatenate(), [apply(convolution(), half), everywhere]);
  return tf.model({ inputs: image, outputs: apply(convolution(), apply(up(2, 2), merged)) });
}

/** Pooling and unpooling around a convolution, as in SegNet. */
function unpooled(sidePx: number): tf.LayersModel {
  const image = tf.input({ name: "image", shape: [sidePx, sidePx, 1] });
  const apply = (layer: tf.layers.Layer, x: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
    layer.apply(x) as tf.SymbolicTensor;
  const before = apply(convolution({ kernelInitializer: "randomNormal" }), image);
  const pooled = apply(layers.maxPooling2d({ poolSize: 2 }), before);
  const features = apply(convolution(), pooled);
  const unpooled = apply(new MaxUnpooling2D({}), [features, before]);
  return tf.model({ inputs: image, outputs: apply(convolution(), unpooled) });
}

/** What each row of the image, bright alone, gives in each row of the output: `[row][unit]`. */
function answers(model: tf.LayersModel): number[][] {
  return tf.tidy(() => {
    const sidePx = model.inputs[0]?.shape[1] as number;
    const images = tf.eye(sidePx).reshape([sidePx, sidePx, 1, 1]).tile([1, 1, sidePx, 1]);
    return (model.apply(images) as tf.Tensor4D).sum([2, 3]).arraySync() as number[][];
  });
}

const tried: Record<string, tf.LayersModel> = {
  "a stride on an odd side": stack(13, convolution({ strides: 2 }), convolution({ kernelSize: 5 })),
  "a stride of 3 with an even kernel": stack(18, convolution({ kernelSize: 4, strides: 3 })),
  "dilation": stack(16, convolution({ dilationRate: 3 }), convolution()),
  "upsampling by kernels of 2": stack(6, up(2, 2), convolution(), up(2, 2), convolution()),
  "upsampling by kernels of 3": stack(8, convolution({ strides: 2 }), up(3, 2)),
  "upsampling by kernels of 4": stack(8, up(4, 2), convolution()),
  "upsampling by nearest neighbour": stack(
    8,
    convolution({ strides: 2 }),
    new NearestUpSampling2D({ factor: 2 }),
    convolution(),
  ),
  "bilinear upsampling": stack(
    8,
    convolution({ strides: 2 }),
    new BilinearUpSampling2D({ factor: 4 }),
    convolution(),
  ),
  "pixel shuffle": stack(8, convolution({ filters: 4 }), new PixelShuffle({ factor: 2 })),
  "upsampling by 3, not padded": stack(5, up(5, 3, "valid")),
  "zeros on both ends": stack(
    8,
    layers.zeroPadding2d({ padding: [[1, 1], [0, 0]] }),
    convolution(),
  ),
  "a wide path beside a narrow one": parallel(9, 7, 3),
  "a narrow path beside a wide one": parallel(9, 3, 7),
  "branches": branching(24),
  "a mean over the image": withMean(12),
};

for (const [what, model] of Object.entries(tried)) {
  Deno.test(`spans are the rows that have a say, as a bright row shows: ${what}`, () => {
    const rows = answers(model);
    const end = model.layers.at(-1)?.name ?? "";
    for (const unit of (rows[0] ?? []).keys()) {
      const { first, last } = spanBehind(model, end, unit);
      const isSeen = rows.map((units) => units[unit] !== 0);
      const seen = [isSeen.indexOf(true), isSeen.lastIndexOf(true)];
      expect([unit, Math.max(first, 0), Math.min(last, rows.length - 1)]).toEqual([unit, ...seen]);
    }
  });
}

/** Whether each row of the image has a say in each row of the output, found by other values in it: `[row][unit]`. */
function effects(model: tf.LayersModel, tries: number): boolean[][] {
  const sidePx = model.inputs[0]?.shape[1] as number;
  const outputs = (images: tf.Tensor) =>
    (model.predict(images) as tf.Tensor4D).squeeze([3]).arraySync() as number[][][];
  const found = Array.from({ length: sidePx }, () => new Array<boolean>(sidePx).fill(false));
  for (let seed = 0; seed < tries; seed++) {
    tf.tidy(() => {
      const shape = [1, sidePx, sidePx, 1];
      const image = tf.randomNormal(shape, 0, 1, "float32", 2 * seed);
      const other = tf.randomNormal(shape, 0, 3, "float32", 2 * seed + 1);
      const rows = tf.eye(sidePx).reshape([sidePx, sidePx, 1, 1]);
      const changed = outputs(tf.add(image, tf.mul(rows, tf.sub(other, image))));
      const [unchanged] = outputs(image);
      changed.forEach((output, row) =>
        output.forEach((values, unit) => {
          if (values.some((value, x) => value !== unchanged?.[unit]?.[x])) {
            found[row]![unit] = true;
          }
        })
      );
    });
  }
  return found;
}

/** Features of rows further up are put where the maxima of the image's own are. */
function unpooledElsewhere(sidePx: number): tf.LayersModel {
  const image = tf.input({ name: "image", shape: [sidePx, sidePx, 1] });
  const shifted = [
    layers.zeroPadding2d({ padding: [[4, 0], [0, 0]] }),
    layers.cropping2D({ cropping: [[0, 4], [0, 0]] }),
    layers.maxPooling2d({ poolSize: 2 }),
  ].reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, image);
  const outputs = new MaxUnpooling2D({}).apply([shifted, image]) as tf.SymbolicTensor;
  return tf.model({ inputs: image, outputs });
}

for (
  const [what, model] of Object.entries({
    "behind poolings": unpooled(12),
    "of other features": unpooledElsewhere(12),
  })
) {
  Deno.test(`unpooling ${what}: spans are the rows that have a say, by value or place, as other values show`, () => {
    const rows = effects(model, 10);
    const end = model.layers.at(-1)?.name ?? "";
    // The first four rows have zeros for features.
    const units = [...rows.keys()].filter((unit) => rows.some((row) => row[unit]));
    expect(units.length).toBeGreaterThan(7);
    for (const unit of units) {
      const { first, last } = spanBehind(model, end, unit);
      const isSeen = rows.map((row) => row[unit]);
      const seen = [isSeen.indexOf(true), isSeen.lastIndexOf(true)];
      expect([unit, Math.max(first, 0), Math.min(last, rows.length - 1)]).toEqual([unit, ...seen]);
    }
  });
}

Deno.test("unpooling: what was pooled has a say by cells of two rows", () => {
  const before = tf.input({ name: "image", shape: [8, 8, 1] });
  const unpooling = new MaxUnpooling2D({});
  const features = layers.maxPooling2d({ poolSize: 2 }).apply(before) as tf.SymbolicTensor;
  const model = tf.model({
    inputs: before,
    outputs: unpooling.apply([features, before]) as tf.SymbolicTensor,
  });
  const spans = [0, 1, 2, 7].map((unit) => spanBehind(model, unpooling.name, unit));
  expect(spans.map(({ first, last }) => [first + 0, last])).toEqual([[0, 1], [0, 1], [2, 3], [
    6,
    7,
  ]]);
  expect(fieldAtEnd(model)).toEqual([2, 1, 1]);
});

/*
 * VGG16's blocks: 5, pooled 6 (jump 2); 14, 16 (4); 40, 44 (8); 92, 100 (16); 196, 212 (32). Back up, as
 * units of one level, and how many of the next coarser one they lie in at most: dec1's three 3×3 need 7 → 4;
 * dec2's 7 → 4, +6 = 10 → 6; dec3's 7 → 4, 10 → 6, 12 → 7; from there on it stays at 7. So 212 + 3 · 32,
 * + 5 · 32, + 6 · 32.
 */
Deno.test("a SegNet's fields, on paper", () => {
  const segnet = buildSegmentation({
    ...{ inputSidePx: 32, encoder: "vgg16", encoderFilters: 2, encoderBatchNorm: true },
    ...{ decoder: "segnet", seed: 1 },
  });
  const fields = new Map(receptiveFields(segnet.model).map((field) => [field.name, field]));
  expect(stagesOf(segnet).map(({ name }) => fields.get(name)?.sizePx))
    .toEqual([1, 5, 14, 40, 92, 196, 212, 308, 372, 404, 404, 404, 404]);
});

Deno.test("behind its mean, a DeepLabV3+ sees the whole image, without the padding", () => {
  const { model } = buildSegmentation({
    ...{ inputSidePx: 60, alpha: 0.35, decoder: "deeplab-v3-plus", decoderFilters: [4, 2, 4] },
    seed: 1,
  });
  const fields = new Map(receptiveFields(model).map((field) => [field.name, field]));
  const of = (name: string) => {
    const { sizePx, jumpPx, startPx } = fields.get(name) ?? {};
    return [sizePx, jumpPx, startPx];
  };
  // Before the last halving: of the 491 pixels of the whole encoder, 2 · 16 and three times 2 · 32 are its own.
  expect(of("block_13_expand_relu").slice(0, 2)).toEqual([491 - 32 - 192, 16]);
  expect(of("dec1_rate18").slice(0, 2)).toEqual([267 + 2 * 18 * 16, 16]);
  expect(of("dec1_mean")).toEqual([60, 64, 30]);
  expect(of("dec1_mean_up")).toEqual([60, 16, 30]);
  expect(of("probability")).toEqual([60, 1, 30]);
  expect(spanBehind(model, "probability", 59)).toEqual({ first: 0, last: 59 });
});

Deno.test("a layer of unknown reach, and a transposed convolution with holes, are errors", () => {
  const flat = stack(8, layers.flatten());
  expect(() => receptiveFields(flat)).toThrow(PapilioError);
  expect(() => receptiveFields(flat)).toThrow("Flatten");
  expect(() => receptiveFields(stack(8, up(1, 2)))).toThrow("kernel 1 and stride 2");
});
