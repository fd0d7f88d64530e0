import { expect } from "expect";
import {
  buildSegmentation,
  type SegmentationOptions,
  setEncoderTrainable,
} from "papilio/model/segmentation.ts";
import { exportError, overfit, spreadBetas, stepErrors } from "./architecture_checks.ts";
import { withOnnxEngine } from "./harness.ts";

interface Architecture {
  name: string;
  options: Omit<SegmentationOptions, "seed">;
  /** What the loss of two images falls to within 60 steps; it starts above 1. */
  lossBelow: number;
}

const classes = [{ name: "background" }, { name: "disc" }, { name: "left" }];

/**
 * Narrow networks on small images: each architecture once for foreground and once for classes, each option
 * somewhere; sides that are no multiples of the stride, and images of 1, 2 and 5 channels.
 */
const architectures: readonly Architecture[] = [
  {
    name: "U-Net with double convolutions",
    options: { inputSidePx: 32, encoder: "double-conv", encoderDepth: 3, encoderFilters: 8 },
    lossBelow: 0.2,
  },
  {
    name: "U-Net with double convolutions and normalisation",
    options: {
      ...{ inputSidePx: 32, encoder: "double-conv", encoderDepth: 5, encoderFilters: 4 },
      ...{ encoderBatchNorm: true, decoderBatchNorm: true },
    },
    lossBelow: 0.2,
  },
  {
    name: "U-Net on ResNet34, upsampling by nearest neighbour",
    options: {
      ...{ inputSidePx: 64, encoder: "resnet34", encoderFilters: 4, upsampling: "nearest" },
      ...{ decoderBatchNorm: true, decoderFilters: [16, 12, 8, 8, 4] },
    },
    lossBelow: 0.2,
  },
  {
    name: "U-Net on VGG16, bilinear upsampling",
    options: {
      ...{ inputSidePx: 32, encoder: "vgg16", encoderFilters: 4, upsampling: "bilinear" },
      decoderFilters: [16, 12, 8, 8, 4],
    },
    lossBelow: 0.55,
  },
  {
    name: "U-Net on MobileNetV2, upsampling by pixel shuffle",
    options: {
      ...{ inputSidePx: 64, encoder: "mobilenet-v2", alpha: 0.35, upsampling: "pixel-shuffle" },
      ...{ decoderFilters: [16, 12, 8, 8, 4], batchNormMomentum: 0.9 },
    },
    lossBelow: 0.1,
  },
  {
    name: "pix2pix blocks on MobileNetV2",
    options: {
      ...{ inputSidePx: 64, alpha: 0.35, decoder: "pix2pix", decoderFilters: [16, 12, 8, 8] },
      batchNormMomentum: 0.9,
    },
    lossBelow: 0.2,
  },
  {
    name: "Attention U-Net",
    options: {
      ...{ inputSidePx: 32, encoder: "double-conv", encoderDepth: 4, encoderFilters: 4 },
      decoder: "attention-unet",
    },
    lossBelow: 0.2,
  },
  {
    name: "SegNet on VGG16 with normalisation",
    options: {
      ...{ inputSidePx: 32, encoder: "vgg16", encoderFilters: 4, encoderBatchNorm: true },
      decoder: "segnet",
    },
    lossBelow: 0.2,
  },
  {
    name: "FCN-8s on VGG16",
    options: {
      ...{ inputSidePx: 32, encoder: "vgg16", encoderFilters: 4 },
      ...{ decoder: "fcn-8s", decoderFilters: [8, 8] },
    },
    lossBelow: 0.4,
  },
  {
    name: "DeepLabV3+ on MobileNetV2",
    options: {
      ...{ inputSidePx: 64, alpha: 0.35, batchNormMomentum: 0.9 },
      ...{ decoder: "deeplab-v3-plus", decoderFilters: [8, 4, 8] },
    },
    lossBelow: 0.2,
  },
  {
    name: "U-Net of classes, with a side of 50",
    options: {
      ...{ inputSidePx: 50, encoder: "double-conv", encoderDepth: 4, encoderFilters: 4, classes },
      ...{ encoderBatchNorm: true, decoderBatchNorm: true },
    },
    lossBelow: 0.3,
  },
  {
    name: "U-Net of classes on ResNet34, grey images with a side of 44",
    options: {
      ...{ inputSidePx: 44, encoder: "resnet34", encoderFilters: 4, upsampling: "bilinear" },
      ...{ decoderBatchNorm: true, decoderFilters: [16, 12, 8, 8, 4], inputChannels: 1, classes },
    },
    lossBelow: 0.3,
  },
  {
    name: "pix2pix blocks of classes on MobileNetV2, two channels, with a side of 50",
    options: {
      ...{ inputSidePx: 50, alpha: 0.35, decoder: "pix2pix", decoderFilters: [16, 12, 8, 8] },
      ...{ batchNormMomentum: 0.9, inputChannels: 2, classes },
    },
    lossBelow: 0.3,
  },
  {
    name: "Attention U-Net of classes",
    options: {
      ...{ inputSidePx: 32, encoder: "double-conv", encoderDepth: 4, encoderFilters: 4 },
      ...{ decoder: "attention-unet", classes },
    },
    lossBelow: 0.35,
  },
  {
    name: "SegNet of classes on VGG16 with normalisation, grey images",
    options: {
      ...{ inputSidePx: 32, encoder: "vgg16", encoderFilters: 4, encoderBatchNorm: true },
      ...{ decoder: "segnet", inputChannels: 1, classes },
    },
    lossBelow: 0.3,
  },
  {
    name: "FCN-8s of classes on VGG16, five channels, with a side of 45",
    options: {
      ...{ inputSidePx: 45, encoder: "vgg16", encoderFilters: 4 },
      ...{ decoder: "fcn-8s", decoderFilters: [8, 8], inputChannels: 5, classes },
    },
    lossBelow: 0.6,
  },
  {
    name: "DeepLabV3+ of classes on MobileNetV2, with a side of 60",
    options: {
      ...{ inputSidePx: 60, alpha: 0.35, batchNormMomentum: 0.9 },
      ...{ decoder: "deeplab-v3-plus", decoderFilters: [8, 4, 8], classes },
    },
    lossBelow: 0.3,
  },
];

for (
  const { name, options, lossBelow } of architectures
) {
  Deno.test(`${name}: compiled step, export, and a batch that is learnt by heart`, async (t) => {
    const segmentation = buildSegmentation({ ...options, seed: 7 });
    spreadBetas(segmentation);
    await withOnnxEngine(async (engine) => {
      await t.step("loss and gradients equal eager tfjs'", async () => {
        const { loss, gradients, worst } = await stepErrors(engine, segmentation);
        expect(loss).toBeLessThan(1e-5);
        expect(gradients).toBeLessThan(1e-4);
        expect(worst.error).toBeLessThan(1e-4);
      });
      await t.step("two images are learnt by heart", async () => {
        const losses = await overfit(engine, segmentation, { steps: 60, learningRate: 0.01 });
        expect(losses[0]).toBeGreaterThan(1);
        expect(losses.at(-1)).toBeLessThan(lossBelow);
      });
    });
    await t.step("the ONNX file equals tfjs", async () => {
      expect(await exportError(segmentation)).toBeLessThan(3e-5);
    });
    segmentation.model.dispose();
  });
}

const narrow = { inputSidePx: 32, encoderFilters: 4, decoderFilters: [8, 8, 6, 4, 4] } as const;

for (const encoder of ["resnet34", "vgg16"] as const) {
  Deno.test(`${encoder} frozen: what follows it learns by the gradients of eager tfjs`, async () => {
    const segmentation = buildSegmentation({ ...narrow, encoder, seed: 7 });
    spreadBetas(segmentation);
    setEncoderTrainable(segmentation, false);
    await withOnnxEngine(async (engine) => {
      const { loss, worst } = await stepErrors(engine, segmentation);
      expect(loss).toBeLessThan(1e-5);
      expect(worst.error).toBeLessThan(1e-4);
      expect(worst.name).toMatch(/^gradient of (dec|mask)/);
    });
    segmentation.model.dispose();
  });
}
