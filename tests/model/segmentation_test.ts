import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { imagenetWeightsPath } from "papilio/model/encoder_weights.ts";
import {
  buildSegmentation,
  type SegmentationModel,
  type SegmentationOptions,
  setEncoderTrainable,
} from "papilio/model/segmentation.ts";
import { stagedModel, stagesOf } from "papilio/model/stages.ts";
import { namedVariables, trainableVariables } from "papilio/model/variables.ts";

await tf.setBackend("cpu");

const build = (options: Partial<SegmentationOptions>) =>
  buildSegmentation({ inputSidePx: 64, seed: 1, ...options });

const sizeOf = (variables: ReadonlyMap<string, tf.Variable>) =>
  [...variables.values()].reduce((sum, { size }) => sum + size, 0);

/** All parameters, and those that are moving statistics. */
function counts({ model }: SegmentationModel): { all: number; moving: number } {
  const all = sizeOf(namedVariables(model));
  return { all, moving: all - sizeOf(trainableVariables(model)) };
}

const stageLines = (segmentation: SegmentationModel) =>
  stagesOf(segmentation).map(({ name, role, stride, channels }) =>
    `${name} ${role} ${stride} ${channels}`
  );

/*
 * Two 3×3 convolutions with biases on each level, 9·in·out + out:
 *   enc1  9·3·64    + 64  + 9·64·64   + 64  =  38,720
 *   enc2  9·64·128  + 128 + 9·128·128 + 128 = 221,440
 *   enc3  9·128·256 + 256 + 9·256·256 + 256 = 885,248
 *   dec1  4·256·128 + 128 + 9·256·128 + 128 + 9·128·128 + 128 = 573,824
 *   dec2  4·128·64  + 64  + 9·128·64  + 64  + 9·64·64   + 64  = 143,552
 *   mask  64 + 1
 */
Deno.test("a U-Net of 64, 128, 256 has 1,862,849 parameters, as counted by hand", () => {
  const unet = build({ encoder: "double-conv", encoderDepth: 3 });
  expect(counts(unet)).toEqual({
    all: 38_720 + 221_440 + 885_248 + 573_824 + 143_552 + 65,
    moving: 0,
  });
  expect(counts(unet).all).toBe(1_862_849);
});

/*
 * Without biases, and with 4 numbers for each normalised channel, with c = 64·2^level:
 *   enc1  9·(3·64 + 64·64) = 38,592;  encN  9·(c/2·c + c·c) = 13.5·c²
 *   dec   4·2c·c + c (the transposed convolution keeps its bias) + 9·(2c·c + c·c) = 35·c² + c
 *   mask  64 + 1
 */
Deno.test("five levels with normalisation have as many parameters as counted by hand", () => {
  const unet = build({ encoder: "double-conv", encoderBatchNorm: true, decoderBatchNorm: true });
  const [down, up] = [[128, 256, 512, 1024], [512, 256, 128, 64]];
  const convolutions = 38_592 + down.reduce((sum, c) => sum + 13.5 * c * c, 0) +
    up.reduce((sum, c) => sum + 35 * c * c + c, 0) + 65;
  const normalised = 2 * (64 + 128 + 256 + 512 + 1024 + 512 + 256 + 128 + 64);
  expect(counts(unet)).toEqual({ all: convolutions + 4 * normalised, moving: 2 * normalised });
  // What learns is what PyTorch's best-known U-Net has (milesial/Pytorch-UNet, 3 channels, 1 class).
  expect(convolutions + 2 * normalised).toBe(31_037_633);
});

/*
 * segmentation_models' Unet("resnet34") states 24,456,154 parameters, 24,438,804 of them trainable. It
 * ends in a 3×3 convolution, 9·16 + 1, where this ends in a 1×1, 16 + 1: 128 fewer.
 */
Deno.test("a U-Net on ResNet34 has the parameters of segmentation_models' but for its last layer", () => {
  const unet = build({ encoder: "resnet34", upsampling: "nearest", decoderBatchNorm: true });
  expect(counts(unet)).toEqual({ all: 24_456_154 - 128, moving: 24_456_154 - 24_438_804 });
  expect(stageLines(unet)).toEqual([
    "rescaling input 1 3",
    "relu0 encoder 2 64",
    "stage2_unit1_relu1 encoder 4 64",
    "stage3_unit1_relu1 encoder 8 128",
    "stage4_unit1_relu1 encoder 16 256",
    "relu1 bottleneck 32 512",
    "dec1_relu2 decoder 16 256",
    "dec2_relu2 decoder 8 128",
    "dec3_relu2 decoder 4 64",
    "dec4_relu2 decoder 2 32",
    "dec5_relu2 decoder 1 16",
    "probability head 1 1",
  ]);
});

/*
 * VGG16 without top has 14,714,688 parameters, its preprocessing 12. The decoder's skips have 512, 512,
 * 256, 128, 64 channels:
 *   dec1  4·512·256 + 256 + 9·(256+512)·256 + 256 + 9·256·256 + 256 = 2,884,352
 *   dec2  4·256·128 + 128 + 9·(128+512)·128 + 128 + 9·128·128 + 128 = 1,016,192
 *   dec3  4·128·64  + 64  + 9·(64+256)·64   + 64  + 9·64·64   + 64  =   254,144
 *   dec4  4·64·32   + 32  + 9·(32+128)·32   + 32  + 9·32·32   + 32  =    63,584
 *   dec5  4·32·16   + 16  + 9·(16+64)·16    + 16  + 9·16·16   + 16  =    15,920
 *   mask  16 + 1
 */
Deno.test("a U-Net on VGG16 has 18,948,909 parameters, as counted by hand", () => {
  const unet = build({ encoder: "vgg16", inputSidePx: 32 });
  const decoder = 2_884_352 + 1_016_192 + 254_144 + 63_584 + 15_920 + 17;
  expect(counts(unet).all).toBe(14_714_688 + 12 + decoder);
  // The preprocessing never learns, and is no part of the encoder.
  expect(counts(unet).moving).toBe(12);
  expect(unet.encoderLayerNames[0]).toBe("block1_conv1");
});

Deno.test("a U-Net of double convolutions halves between its levels, and its taps are the levels' ends", () => {
  const unet = build({ encoder: "double-conv", encoderDepth: 3, encoderFilters: 4 });
  expect(stageLines(unet)).toEqual([
    "rescaling input 1 3",
    "enc1_conv2 encoder 1 4",
    "enc2_conv2 encoder 2 8",
    "enc3_conv2 bottleneck 4 16",
    "dec1_conv2 decoder 2 8",
    "dec2_conv2 decoder 1 4",
    "probability head 1 1",
  ]);
  expect(stagedModel(unet.model).encoderLayerNames).toEqual(unet.encoderLayerNames);
  expect(unet.model.outputs[0]?.shape).toEqual([null, 64, 64, 1]);
});

/*
 * TensorFlow's tutorial states 6,504,227 parameters for 3 classes, 1,843,904 of them not trainable: its
 * frozen encoder, 1,841,984, and 1,920 moving statistics. Its last layer has 9·160·3 + 3 of them, for one
 * class 9·160 + 1: 2,882 fewer.
 */
Deno.test("pix2pix blocks on MobileNetV2 have the tutorial's parameters, for one class", () => {
  const network = build({ decoder: "pix2pix" });
  setEncoderTrainable(network, false);
  expect(counts(network)).toEqual({ all: 6_504_227 - 2_882, moving: 1_843_904 });
  expect(stageLines(network).slice(6)).toEqual([
    "dec1_concat decoder 16 1088",
    "dec2_concat decoder 8 448",
    "dec3_concat decoder 4 272",
    "dec4_concat decoder 2 160",
    "probability head 1 1",
  ]);
  expect(() => build({ decoder: "pix2pix", decoderFilters: [8, 8] })).toThrow(
    "Cannot build a U-Net of pix2pix blocks: expected 4 numbers of decoder filters, one for each " +
      "doubling of the side (mobilenet-v2-1.0), got 2 (8, 8). Give 4 numbers with --decoder-filters, from coarse to fine",
  );
});

/*
 * A gate between g and a skip of C channels each, with F = C / 2: C·F + 4F for g, the same for the skip,
 * F + 4 for ψ. Here C is 128 and 64: 2·(128·64 + 4·64) + 64 + 4 = 16,964 and 2·(64·32 + 4·32) + 32 + 4
 * = 4,388, of them 2·(2·64 + 1) + 2·(2·32 + 1) = 388 moving statistics.
 */
Deno.test("attention gates add 21,352 parameters to the U-Net of 64, 128, 256, as counted by hand", () => {
  const unet = build({ encoder: "double-conv", encoderDepth: 3, decoder: "attention-unet" });
  expect(counts(unet)).toEqual({ all: 1_862_849 + 16_964 + 4_388, moving: 388 });
  expect(stageLines(unet).slice(4)).toEqual([
    "dec1_conv2 decoder 2 128",
    "dec2_conv2 decoder 1 64",
    "probability head 1 1",
  ]);
});

/*
 * VGG16's 13 convolutions have 14,714,688 − 4,224 weights without biases, and 4,224 channels to normalise,
 * 4 numbers each; the preprocessing has 12. The decoder has, without biases, 5 convolutions of 512→512,
 * then 512→256, 2 of 256→256, 256→128, 128→128, 128→64 and 64→64, and 9·64 + 1 for the logits.
 */
Deno.test("a SegNet has 29,451,533 parameters, as counted by hand", () => {
  const network = build({ encoder: "vgg16", encoderBatchNorm: true, decoder: "segnet" });
  const encoder = 14_714_688 - 4_224 + 4 * 4_224;
  const decoder =
    9 * (5 * 512 * 512 + 512 * 256 + 2 * 256 * 256 + 256 * 128 + 128 * 128 + 128 * 64) +
    9 * 64 * 64 + 4 * (5 * 512 + 256 + 2 * 256 + 128 + 128 + 64 + 64) + 9 * 64 + 1;
  expect(counts(network).all).toBe(12 + encoder + decoder);
  expect(counts(network).all).toBe(29_451_533);
  expect(stageLines(network).slice(7)).toEqual([
    "dec1_relu3 decoder 16 512",
    "dec2_relu3 decoder 8 256",
    "dec3_relu3 decoder 4 128",
    "dec4_relu2 decoder 2 64",
    "dec5_relu1 decoder 1 64",
    "probability head 1 1",
  ]);
  expect(() => build({ encoder: "resnet34", decoder: "segnet" })).toThrow(
    "Cannot build a SegNet: expected an encoder that halves by 2×2 max-poolings alone, and ends with " +
      "one, got resnet34. Take the encoder vgg16.",
  );
});

/*
 *   fc6  49·512·4096 + 4096 = 102,764,544;  fc7  4096·4096 + 4096 = 16,781,312;  score  4096 + 1
 *   at stride 16: up 4·4, score 512 + 1;  at stride 8: up 4·4, score 256 + 1;  last up 16·16
 */
Deno.test("an FCN-8s on VGG16 has 134,265,711 parameters at the paper's width, as counted by hand", () => {
  const narrow = build({ encoder: "vgg16", decoder: "fcn-8s", decoderFilters: [2, 3] });
  const scores = 16 + 513 + 16 + 257 + 256;
  expect(counts(narrow).all).toBe(
    14_714_688 + 12 + (49 * 512 * 2 + 2) + (2 * 3 + 3) + 3 + 1 + scores,
  );
  expect(14_714_688 + 12 + 102_764_544 + 16_781_312 + 4_097 + scores).toBe(134_265_711);
  const inputs = (name: string) =>
    narrow.model.getLayer(name).inboundNodes[0]?.inboundLayers.map((layer) => layer.name);
  expect(inputs("dec2_score")).toEqual(["block4_pool"]);
  expect(inputs("dec3_score")).toEqual(["block3_pool"]);
  expect(() => build({ encoder: "double-conv", encoderDepth: 3, decoder: "fcn-8s" })).toThrow(
    "Cannot build an FCN-8s: expected an encoder with features at strides 8, 16 and 32, the last of " +
      "them the coarsest, got strides 2, 4, 1. Take the encoder vgg16, resnet34 or mobilenet-v2, or " +
      "six levels of double-conv.",
  );
});

Deno.test("an FCN-8s starts as bilinear interpolation of its coarse scores", () => {
  const { model } = build({ encoder: "vgg16", decoder: "fcn-8s", decoderFilters: [1, 1] });
  const x = tf.tensor4d([0, 4, 8, 12], [1, 1, 4, 1]);
  const row = tf.tidy(() =>
    (model.getLayer("dec2_up").apply(tf.tile(x, [1, 3, 1, 1])) as tf.Tensor4D)
      .slice([0, 2, 0, 0], [1, 1, 8, 1]).dataSync()
  );
  expect([...row.slice(1, 7)]).toEqual([1, 3, 5, 7, 9, 11]);
});

/*
 * MobileNetV2 up to block_13_expand_relu, 576 channels at stride 16: 1,841,984 less what follows it.
 * Block 13 without its expansion has 576·9 + 4·576 + 576·160 + 4·160, blocks 14 and 15 have each
 * 160·960 + 4·960 + 960·9 + 4·960 + 960·160 + 4·160, block 16 has 160·960 + 4·960 + 960·9 + 4·960 + 960·320.
 *   pyramid   256·(576 + 4) + 3·(9·576·256 + 4·256) + 576·256 + 256 + 1280·256 + 4·256
 *   low       144·48 + 4·48;  separable  9·304 + 304·256 + 4·256;  logits  256 + 1
 */
Deno.test("a DeepLabV3+ on MobileNetV2 has its parameters as counted by hand", () => {
  const network = build({ decoder: "deeplab-v3-plus" });
  const block13 = 576 * 9 + 4 * 576 + 576 * 160 + 4 * 160;
  const block14 = 160 * 960 + 4 * 960 + 960 * 9 + 4 * 960 + 960 * 160 + 4 * 160;
  const block16 = 160 * 960 + 4 * 960 + 960 * 9 + 4 * 960 + 960 * 320;
  const pyramid = 256 * (576 + 4) + 3 * (9 * 576 * 256 + 4 * 256) + 576 * 256 + 256 + 1280 * 256 +
    4 * 256;
  const rest = 144 * 48 + 4 * 48 + 9 * 304 + 304 * 256 + 4 * 256 + 257;
  expect(counts(network).all).toBe(1_841_984 - block13 - 2 * block14 - block16 + pyramid + rest);
  expect(network.encoderLayerNames.at(-1)).toBe("block_13_expand_relu");
  const rates = network.model.layers.filter(({ name }) => /^dec1_rate\d+$/.test(name))
    .map((layer) => [layer.name, ...layer.getConfig()["dilationRate"] as number[]]);
  expect(rates.sort()).toEqual([
    ["dec1_rate1", 1, 1],
    ["dec1_rate12", 12, 12],
    ["dec1_rate18", 18, 18],
    ["dec1_rate6", 6, 6],
  ]);
  expect(stageLines(network)).toEqual([
    "rescaling input 1 3",
    "block_3_expand_relu encoder 4 144",
    "block_13_expand_relu bottleneck 16 576",
    "dec1_project_relu decoder 16 256",
    "dec2_conv_relu decoder 4 256",
    "probability head 1 1",
  ]);
  expect(() => build({ decoder: "deeplab-v3-plus", decoderFilters: [8] })).toThrow(
    "Cannot build a DeepLabV3+: expected 3 numbers of decoder filters: of the pyramid, of the tap, and " +
      "after both, got 1 (8). Give 3 numbers with --decoder-filters",
  );
  expect(() => build({ encoder: "double-conv", encoderDepth: 3, decoder: "deeplab-v3-plus" }))
    .toThrow("expected an encoder with features at strides 4 and 16, got strides 1, 2, 4.");
});

const classes = (count: number) =>
  Array.from({ length: count }, (_, c) => ({ name: c === 0 ? "background" : `class-${c}` }));

/** What learns, as PyTorch counts parameters. */
const learning = (network: SegmentationModel) => counts(network).all - counts(network).moving;

Deno.test("networks with several classes have the parameters that are published for them", () => {
  // github.com/milesial/Pytorch-UNet with n_classes = 2, bilinear = False.
  const unet = { encoder: "double-conv", encoderBatchNorm: true, decoderBatchNorm: true } as const;
  expect(learning(build({ ...unet, classes: classes(2) }))).toBe(31_037_698);
  // TensorFlow's tutorial, OUTPUT_CLASSES = 3.
  const pix2pix = build({ decoder: "pix2pix", classes: classes(3) });
  setEncoderTrainable(pix2pix, false);
  expect(counts(pix2pix)).toEqual({ all: 6_504_227, moving: 1_843_904 });
  // SegNet of 12 classes: 29.46 million (Paszke et al. 2016, arXiv 1606.02147).
  const segnet = { encoder: "vgg16", encoderBatchNorm: true, decoder: "segnet" } as const;
  expect(Math.round(counts(build({ ...segnet, classes: classes(12) })).all / 1e4)).toBe(2946);
});

/*
 * FCN-8s of VOC's 21 classes (wkentaro/pytorch-fcn, fcn8s.py), without the preprocessing's 12: VGG16's
 * convolutions, fc6 and fc7; scores 4096·21 + 21, 512·21 + 21, 256·21 + 21; and transposed convolutions
 * from 21 to 21 classes, 4·4 twice and 16·16.
 */
Deno.test("an FCN-8s of 21 classes has 134,489,759 parameters, each class its scores", () => {
  const narrow = build(
    {
      ...{ encoder: "vgg16", decoder: "fcn-8s", decoderFilters: [2, 3], classes: classes(21) },
    } as const,
  );
  const scores = (512 + 1) * 21 + (256 + 1) * 21 + (16 + 16 + 256) * 21 * 21;
  expect(counts(narrow).all).toBe(
    14_714_688 + 12 + (49 * 512 * 2 + 2) + (2 * 3 + 3) + (3 + 1) * 21 + scores,
  );
  expect(14_714_688 + 102_764_544 + 16_781_312 + 4_097 * 21 + scores).toBe(134_489_759);
  // At the start no class sees another's scores.
  const kernel = namedVariables(narrow.model).get("mask/kernel") as tf.Variable;
  const ofPixel = tf.tidy(() => tf.slice(kernel, [7, 7, 0, 0], [1, 1, 21, 21]).reshape([21, 21]));
  const middle = (1 - 0.5 / 8) ** 2;
  const expected = tf.tidy(() => tf.mul(tf.eye(21), middle).dataSync());
  expect([...ofPixel.dataSync()].map((x) => x.toFixed(6)))
    .toEqual([...expected].map((x) => x.toFixed(6)));
  ofPixel.dispose();
});

const narrowest = { inputSidePx: 32, encoder: "vgg16", encoderFilters: 2 } as const;

for (
  const [decoder, options] of Object.entries({
    "unet": { decoderFilters: [2, 2, 2, 2, 2] },
    "attention-unet": { decoderFilters: [2, 2, 2, 2, 2] },
    "pix2pix": { decoderFilters: [2, 2, 2, 2] },
    "segnet": {},
    "fcn-8s": { decoderFilters: [2, 2] },
    "deeplab-v3-plus": { decoderFilters: [4, 2, 4] },
  }) as [NonNullable<SegmentationOptions["decoder"]>, Partial<SegmentationOptions>][]
) {
  Deno.test(`${decoder}: a softmax over as many logits as classes, a sigmoid without`, () => {
    const of = (count: number) =>
      build({ ...narrowest, ...options, decoder, classes: classes(count) });
    const [several, none] = [of(5), of(0)];
    expect(several.model.outputs[0]?.shape).toEqual([null, 32, 32, 5]);
    expect(several.logits.outputs[0]?.shape).toEqual([null, 32, 32, 5]);
    expect(several.model.layers.at(-1)?.name).toBe("probability");
    expect(several.model.layers.at(-1)?.getConfig()["activation"]).toBe("softmax");
    expect(none.model.outputs[0]?.shape).toEqual([null, 32, 32, 1]);
    expect(none.model.layers.at(-1)?.getConfig()["activation"]).toBe("sigmoid");
    const image = tf.randomUniform([1, 32, 32, 3], 0, 255, "float32", 5);
    const sums = tf.tidy(() => tf.sum(several.model.predict(image) as tf.Tensor, 3).dataSync());
    sums.forEach((sum) => expect(sum).toBeCloseTo(1, 5));
    expect(stagesOf(several).map(({ name }) => name)).toEqual(
      stagesOf(none).map(({ name }) => name),
    );
  });
}

Deno.test("filters that do not fit are errors", () => {
  const unet = { encoder: "double-conv", encoderDepth: 4 } as const;
  expect(() => build({ ...unet, decoderFilters: [8, 4] })).toThrow(
    "Cannot build a U-Net: expected 3 numbers of decoder filters, one for each doubling of the side " +
      "(double-conv-64-128-256-512), got 2 (8, 4). Give 3 numbers with --decoder-filters, from coarse to fine",
  );
});

Deno.test("an encoder without published weights says so", async () => {
  const { encoder } = build({ encoder: "double-conv", encoderDepth: 2, encoderFilters: 4 });
  await expect(imagenetWeightsPath(encoder)).rejects.toThrow(
    "Cannot get the ImageNet weights of double-conv-4-8: expected an encoder that was trained on " +
      "ImageNet, with its own widths, got one that has no published weights. " +
      "Start from random weights with --encoder-weights none, or give a file's path.",
  );
});

Deno.test("SegNet takes no filters of its own", () => {
  expect(() => build({ encoder: "vgg16", decoder: "segnet", decoderFilters: [8, 4] })).toThrow(
    "expected no filters of its decoder, which are the encoder's, got 8, 4",
  );
});
