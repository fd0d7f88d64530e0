/** Input sides that are no multiple of the encoder's stride. */
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import fc from "fast-check";
import { marginsUpTo } from "papilio/model/mirror_padding.ts";
import { spanBehind } from "papilio/model/receptive_field.ts";
import { mirror } from "papilio/model/resizing.ts";
import {
  buildSegmentation,
  type SegmentationModel,
  type SegmentationOptions,
} from "papilio/model/segmentation.ts";
import { stagedModel, stagesOf } from "papilio/model/stages.ts";
import { relativeError, take } from "./_compare.ts";

await tf.setBackend("cpu");

const doubleConv = { encoder: "double-conv", encoderDepth: 3, encoderFilters: 2 } as const;
const vgg = { encoder: "vgg16", encoderFilters: 2 } as const;
const unets = { decoderFilters: [2, 2, 2, 2, 2] };
const networks: Record<string, Omit<SegmentationOptions, "inputSidePx" | "seed">> = {
  "U-Net": { alpha: 0.35, ...unets },
  "attention U-Net": { ...doubleConv, decoder: "attention-unet" },
  "pix2pix": { ...vgg, decoder: "pix2pix", decoderFilters: [2, 2, 2, 2] },
  "SegNet": { ...vgg, decoder: "segnet", classes: [{ name: "a" }, { name: "b" }] },
  "FCN-8s": { ...vgg, decoder: "fcn-8s", decoderFilters: [2, 2] },
  "DeepLabV3+": { alpha: 0.35, decoder: "deeplab-v3-plus", decoderFilters: [4, 2, 4] },
};

const build = (name: string, inputSidePx: number) =>
  buildSegmentation({ ...networks[name], inputSidePx, seed: 4 });

const namesOf = ({ model }: SegmentationModel) => model.layers.map(({ name }) => name);

const parameters = ({ model }: SegmentationModel) => model.countParams();

for (const name of Object.keys(networks)) {
  Deno.test(`${name}: the output has the side of the input, whatever that is`, () => {
    const of64 = build(name, 64);
    expect(namesOf(of64)).not.toContain("padding");
    expect(namesOf(of64)).not.toContain("cropping");
    const channels = of64.model.outputs[0]?.shape[3];
    for (const side of [7, 50, 100, 250]) {
      const network = build(name, side);
      expect(network.model.outputs[0]?.shape).toEqual([null, side, side, channels]);
      expect(network.logits.outputs[0]?.shape).toEqual([null, side, side, channels]);
      expect(parameters(network)).toBe(parameters(of64));
      const added = ["padding", "cropping"];
      const fitting = side % network.encoder.stride === 0;
      expect(namesOf(network).filter((name) => added.includes(name)))
        .toEqual(fitting ? [] : added);
      expect(namesOf(network).filter((name) => !added.includes(name))).toEqual(namesOf(of64));
      expect(network.encoderLayerNames).toEqual(of64.encoderLayerNames);
    }
  });
}

Deno.test("a network for 50 pixels is that for 64 on a mirrored image, cropped", () => {
  const image = tf.randomUniform([1, 50, 50, 3], 0, 255, "float32", 5) as tf.Tensor4D;
  const small = take(build("U-Net", 50).model.predict(image) as tf.Tensor);
  const large = tf.tidy(() =>
    take(
      tf.slice(
        build("U-Net", 64).model.predict(tf.mirrorPad(image, around(7), "symmetric")) as tf.Tensor,
        [0, 7, 7, 0],
        [1, 50, 50, 1],
      ),
    )
  );
  expect(relativeError(small, large)).toBeLessThan(1e-6);
  expect(Math.max(...small) - Math.min(...small)).toBeGreaterThan(1e-3);
});

const around = (margin: number): [number, number][] => [
  [0, 0],
  [margin, margin],
  [margin, margin],
  [0, 0],
];

Deno.test("marginsUpTo: as equal as they can be, none for multiples", () => {
  expect(marginsUpTo(32, 250)).toEqual([[3, 3], [3, 3]]);
  expect(marginsUpTo(32, 45)).toEqual([[9, 10], [9, 10]]);
  expect(marginsUpTo(16, 64)).toEqual([[0, 0], [0, 0]]);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1, max: 600 }),
      (stride, side) => {
        const [[before, after]] = marginsUpTo(stride, side);
        expect((before + side + after) % stride).toBe(0);
        expect(before + after).toBeLessThan(stride);
        expect([0, 1]).toContain(after - before);
      },
    ),
    { seed: 1 },
  );
});

Deno.test("mirror: the border's pixel first, and mirrors of mirrors where there are too few", () => {
  const mirrored = (values: number[], margins: [number, number], axis: 1 | 2) => {
    const shape = axis === 1 ? [1, values.length, 1, 1] : [1, 1, values.length, 1];
    const x = tf.tensor(values, shape as [number, number, number, number]) as tf.Tensor4D;
    const result = take(mirror(x, axis, margins));
    x.dispose();
    return result;
  };
  // numpy.pad([1, 2, 3], margins, "symmetric")
  for (const axis of [1, 2] as const) {
    expect(mirrored([1, 2, 3], [2, 1], axis)).toEqual([2, 1, 1, 2, 3, 3]);
    expect(mirrored([1, 2, 3], [0, 2], axis)).toEqual([1, 2, 3, 3, 2]);
    expect(mirrored([1, 2, 3], [0, 0], axis)).toEqual([1, 2, 3]);
    expect(mirrored([1, 2, 3], [5, 4], axis)).toEqual([2, 3, 3, 2, 1, 1, 2, 3, 3, 2, 1, 1]);
    expect(mirrored([7], [2, 3], axis)).toEqual([7, 7, 7, 7, 7, 7]);
  }
});

Deno.test("mirror: the gradient adds up what comes back from the mirror images", () => {
  const x = tf.tensor4d([1, 2, 3], [1, 1, 3, 1]);
  const weights = tf.tensor4d([1, 10, 100, 1e3, 1e4, 1e5], [1, 1, 6, 1]);
  const slope = tf.grad((x) => tf.sum(tf.mul(mirror(x as tf.Tensor4D, 2, [2, 1]), weights)))(x);
  expect(take(slope)).toEqual([110, 1001, 110_000]);
});

Deno.test("stages of a padded network have the strides of one that is not", () => {
  const [padded, plain] = [build("U-Net", 50), build("U-Net", 64)];
  expect(stagesOf(padded).map(({ stride, channels }) => [stride, channels]))
    .toEqual(stagesOf(plain).map(({ stride, channels }) => [stride, channels]));
  const sides = stagesOf(padded).map(({ sidePx }) => sidePx);
  expect(sides).toEqual([64, 32, 16, 8, 4, 2, 4, 8, 16, 32, 64, 50]);
  expect(stagedModel(padded.model).encoderLayerNames).toEqual(padded.encoderLayerNames);
});

Deno.test("receptive fields are those of the plain network, moved by the margin", () => {
  const [padded, plain] = [build("attention U-Net", 30), build("attention U-Net", 32)];
  const marginPx = 1;
  for (let unit = 0; unit < 30; unit++) {
    const { first, last } = spanBehind(plain.model, "probability", unit + marginPx);
    expect(spanBehind(padded.model, "probability", unit))
      .toEqual({ first: first - marginPx, last: last - marginPx });
  }
});
