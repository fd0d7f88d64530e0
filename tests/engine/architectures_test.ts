import { expect } from "expect";
import {
  buildSegmentation,
  type SegmentationOptions,
  setEncoderTrainable,
} from "papilio/model/segmentation.ts";
import {
  exportError,
  overfit,
  parametersOf,
  spreadBetas,
  stepErrors,
} from "./architecture_checks.ts";
import { withOnnxEngine } from "./harness.ts";

interface Architecture {
  name: string;
  options: Omit<SegmentationOptions, "seed">;
  /** Of Adam, on two images; 0.01 if not given. */
  learningRate?: number;
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
  },
  {
    name: "U-Net with double convolutions and normalisation",
    options: {
      ...{ inputSidePx: 32, encoder: "double-conv", encoderDepth: 5, encoderFilters: 4 },
      ...{ encoderBatchNorm: true, decoderBatchNorm: true },
    },
  },
  {
    name: "U-Net on ResNet34, upsampling by nearest neighbour",
    options: {
      ...{ inputSidePx: 64, encoder: "resnet34", encoderFilters: 4, upsampling: "nearest" },
      ...{ decoderBatchNorm: true, decoderFilters: [16, 12, 8, 8, 4] },
    },
  },
  {
    name: "U-Net on VGG16, bilinear upsampling",
    options: {
      ...{ inputSidePx: 32, encoder: "vgg16", encoderFilters: 4, upsampling: "bilinear" },
      decoderFilters: [16, 12, 8, 8, 4],
    },
  },
  {
    name: "U-Net on MobileNetV2, upsampling by pixel shuffle",
    options: {
      ...{ inputSidePx: 64, encoder: "mobilenet-v2", alpha: 0.35, upsampling: "pixel-shuffle" },
      ...{ decoderFilters: [16, 12, 8, 8, 4], batchNormMomentum: 0.9 },
    },
  },
  {
    name: "pix2pix blocks on MobileNetV2",
    options: {
      ...{ inputSidePx: 64, alpha: 0.35, decoder: "pix2pix", decoderFilters: [16, 12, 8, 8] },
      batchNormMomentum: 0.9,
    },
  },
  {
    name: "Attention U-Net",
    options: {
      ...{ inputSidePx: 32, encoder: "double-conv", encoderDepth: 4, encoderFilters: 4 },
      decoder: "attention-unet",
    },
  },
  {
    name: "SegNet on VGG16 with normalisation",
    options: {
      ...{ inputSidePx: 32, encoder: "vgg16", encoderFilters: 4, encoderBatchNorm: true },
      decoder: "segnet",
    },
  },
  {
    name: "FCN-8s on VGG16",
    options: {
      ...{ inputSidePx: 32, encoder: "vgg16", encoderFilters: 4 },
      ...{ decoder: "fcn-8s", decoderFilters: [8, 8] },
    },
  },
  {
    name: "DeepLabV3+ on MobileNetV2",
    options: {
      ...{ inputSidePx: 64, alpha: 0.35, batchNormMomentum: 0.9 },
      ...{ decoder: "deeplab-v3-plus", decoderFilters: [8, 4, 8] },
    },
  },
  {
    name: "U-Net of classes, with a side of 50",
    options: {
      ...{ inputSidePx: 50, encoder: "double-conv", encoderDepth: 4, encoderFilters: 4, classes },
      ...{ encoderBatchNorm: true, decoderBatchNorm: true },
    },
  },
  {
    name: "U-Net of classes on ResNet34, grey images with a side of 44",
    options: {
      ...{ inputSidePx: 44, encoder: "resnet34", encoderFilters: 4, upsampling: "bilinear" },
      ...{ decoderBatchNorm: true, decoderFilters: [16, 12, 8, 8, 4], inputChannels: 1, classes },
    },
  },
  {
    name: "pix2pix blocks of classes on MobileNetV2, two channels, with a side of 50",
    options: {
      ...{ inputSidePx: 50, alpha: 0.35, decoder: "pix2pix", decoderFilters: [16, 12, 8, 8] },
      ...{ batchNormMomentum: 0.9, inputChannels: 2, classes },
    },
  },
  {
    name: "Attention U-Net of classes",
    options: {
      ...{ inputSidePx: 32, encoder: "double-conv", encoderDepth: 4, encoderFilters: 4 },
      ...{ decoder: "attention-unet", classes },
    },
  },
  {
    name: "SegNet of classes on VGG16 with normalisation, grey images",
    options: {
      ...{ inputSidePx: 32, encoder: "vgg16", encoderFilters: 4, encoderBatchNorm: true },
      ...{ decoder: "segnet", inputChannels: 1, classes },
    },
  },
  {
    name: "FCN-8s of classes on VGG16, five channels, with a side of 45",
    options: {
      ...{ inputSidePx: 45, encoder: "vgg16", encoderFilters: 4 },
      ...{ decoder: "fcn-8s", decoderFilters: [8, 8], inputChannels: 5, classes },
    },
  },
  {
    name: "DeepLabV3+ of classes on MobileNetV2, with a side of 60",
    options: {
      ...{ inputSidePx: 60, alpha: 0.35, batchNormMomentum: 0.9 },
      ...{ decoder: "deeplab-v3-plus", decoderFilters: [8, 4, 8], classes },
    },
  },
];

/** Set, to print what the tests find: the table of all architectures. */
const isPrinted = Deno.env.get("PAPILIO_PRINT_ARCHITECTURES") !== undefined;

for (const { name, options, learningRate = 0.01 } of architectures) {
  Deno.test(`${name}: compiled step, export, and a batch that is learnt by heart`, async (t) => {
    const segmentation = buildSegmentation({ ...options, seed: 7 });
    spreadBetas(segmentation);
    const row = [name, parametersOf(segmentation).toLocaleString("en")];
    await withOnnxEngine(async (engine) => {
      await t.step("loss and gradients equal eager tfjs'", async () => {
        const { loss, gradients, worst } = await stepErrors(engine, segmentation);
        expect(loss).toBeLessThan(1e-5);
        expect(gradients).toBeLessThan(1e-4);
        expect(worst.error).toBeLessThan(1e-4);
        row.push(...[loss, gradients, worst.error].map((error) => error.toExponential(1)));
      });
      await t.step("two images are learnt by heart", async () => {
        const settings = { dice: 0.95, mostSteps: 300, learningRate };
        const { firstLoss, dice, steps } = await overfit(engine, segmentation, settings);
        expect(firstLoss).toBeGreaterThan(1);
        expect(dice).toBeGreaterThan(0.95);
        row.push(`${dice.toFixed(3)} after ${steps} steps`);
      });
    });
    await t.step("the ONNX file equals tfjs", async () => {
      const error = await exportError(segmentation);
      expect(error).toBeLessThan(3e-5);
      row.push(error.toExponential(1));
    });
    segmentation.model.dispose();
    if (isPrinted) console.log(`| ${row.join(" | ")} |`);
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
