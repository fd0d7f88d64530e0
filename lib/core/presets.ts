import type { ConfigOverrides } from "papilio/core/config.ts";
import { parseClasses } from "papilio/core/classes.ts";

/** For the butterflies that `data:sample` draws. */
const drawings = {
  split: "random",
  testFraction: 0.1,
  alpha: 0.35,
  encoderWeights: "none",
  batchNormMomentum: 0.9,
  decoderFilters: [64, 48, 32, 24, 16],
  // What turns and shrinks would blur antennae, which are thin at this size.
  augment: {
    enabled: true,
    flipVertical: 0.5,
    rotationDegrees: 0,
    scale: 0,
    shift: 0,
    brightness: 0.1,
    contrast: 0.1,
    hueDegrees: 30,
  },
} as const satisfies ConfigOverrides;

/** TensorFlow's segmentation tutorial: MobileNetV2 with pix2pix' decoder, classes under a softmax. */
const tutorial = {
  inputSidePx: 128,
  decoder: "pix2pix",
  batchNormMomentum: 0.9, // As in laptop.
  loss: "cross-entropy",
} as const satisfies ConfigOverrides;

/** Named configurations; each lists only what differs from the defaults, with the reason. */
export const presets = {
  /** The butterfly project's recipe at its own size, 512². */
  butterfly: {},
  /** Half the side: four times fewer pixels, so that 600 photos train in half an hour on two cores. */
  laptop: {
    inputSidePx: 256,
    // So few steps leave Keras' 0.999 at ImageNet's statistics, which are wrong for nuclei, say.
    batchNormMomentum: 0.9,
    phase1: { epochs: 4, batchSize: 4 },
    phase2: { epochs: 8, batchSize: 4 },
    augment: { enabled: true },
  },
  /** Drawn butterflies without pretrained weights: a few minutes from nothing to masks. */
  demo: {
    ...drawings,
    inputSidePx: 128,
    phase1: { epochs: 1, batchSize: 8 },
    phase2: { epochs: 20, batchSize: 8, learningRate: 3e-3 },
  },
  /** The same in a notebook: shorter, so that a class can watch the curves grow. */
  classroom: {
    ...drawings,
    inputSidePx: 128,
    phase1: { epochs: 2, batchSize: 8 },
    phase2: { epochs: 14, batchSize: 8, learningRate: 2e-3 },
  },
  /**
   * Nuclei as TensorFlow's segmentation tutorial does it for the Data Science Bowl 2018: MobileNetV2 with
   * pix2pix' decoder at 128², two classes under a softmax.
   *
   * Source: tensorflow.org/tutorials/images/segmentation; Caicedo 2019 (the data). There the network
   * gets 0…1 where its weights want -1…1, the encoder stays frozen to the end, and test images choose
   * the epoch.
   */
  "nuclei-dsb2018": {
    split: "random",
    testFraction: 0.15,
    classes: parseClasses("background,nucleus=*"),
    ...tutorial,
    phase1: { epochs: 20, batchSize: 16, learningRate: 1e-3 },
    phase2: { epochs: 20, batchSize: 16, learningRate: 1e-4 },
    augment: { enabled: true, flipVertical: 0.5 },
  },
  /**
   * Pets by a U-Net from nothing: five levels of 64 to 1024 filters with batch normalisation at 128².
   *
   * Source: Ronneberger 2015 for the network; the usual exercise on the Oxford pets for the rest:
   * cross-entropy + Dice, Adam at 1e-3, batches of 8, five epochs, 80 to 20. That many epochs suffice for
   * all 7,349 photos, not for a few hundred.
   */
  "pets-unet": {
    ...{ layout: "pets", split: "random", validationFraction: 0.2 },
    inputSidePx: 128,
    ...{ encoder: "double-conv", encoderBatchNorm: true, encoderWeights: "none" },
    decoderBatchNorm: true,
    phase1: { epochs: 0 }, // There is nothing learnt to freeze.
    phase2: { epochs: 5, batchSize: 8, learningRate: 1e-3 },
  },
  /**
   * Pets by a U-Net on ResNet34: plain gradient descent, and cross-entropy - log Dice.
   *
   * Source: github.com/qubvel/segmentation_models for the network; Iglovikov 2018 for the logarithm in
   * the loss. The first epochs are frozen here, so that the new decoder's gradients spoil no weights.
   */
  "pets-resnet34": {
    ...{ layout: "pets", split: "random", validationFraction: 0.2 },
    inputSidePx: 224,
    encoder: "resnet34",
    ...{ decoderBatchNorm: true, upsampling: "nearest" },
    batchNormMomentum: 0.9, // As in laptop.
    loss: "bce+log-dice",
    optimizer: { name: "sgd", weightDecay: 1e-4 },
    phase1: { epochs: 3, batchSize: 32, learningRate: 0.05 },
    phase2: { epochs: 12, batchSize: 32, learningRate: 0.02 },
    augment: { enabled: true },
  },
  /**
   * Pets in three classes, as their trimaps say: pet, background, and the border between them.
   *
   * Source: tensorflow.org/tutorials/images/segmentation, with what is said at nuclei-dsb2018.
   */
  "pets-trimap": {
    ...{ layout: "pets", split: "random", validationFraction: 0.2 },
    classes: parseClasses("background=2,pet=1,border=3"),
    ...tutorial,
    phase1: { epochs: 10, batchSize: 16, learningRate: 1e-3 },
    phase2: { epochs: 10, batchSize: 16, learningRate: 1e-4 },
    augment: { enabled: true },
  },
  /** Wings, body and antennae of butterflies, from a mask of each in `<id>/parts`. */
  "parts": {
    ...{ layout: "parts", split: "random", testFraction: 0.1 },
    classes: parseClasses("background,wings=*wing*,body=*body*,antennae=*antenna*"),
    inputSidePx: 256,
    batchNormMomentum: 0.9, // As in laptop.
    // Antennae are a three-hundredth of the pixels: without weights, and a logarithm that does not let go
    // of a class that is lost, they are left out for many epochs.
    loss: "cross-entropy+log-dice",
    lossSettings: { classWeights: [0.3, 0.6, 4, 12] },
    phase1: { epochs: 2, batchSize: 4 },
    phase2: { epochs: 18, batchSize: 4, learningRate: 5e-4 },
    // No turns and shrinking, which would blur what is one pixel wide.
    augment: { enabled: true, rotationDegrees: 0, scale: 0, shift: 0 },
  },
  /** Seconds, to see that everything works; its masks are not for use. */
  smoke: {
    inputSidePx: 64,
    alpha: 0.35,
    encoderWeights: "none",
    batchNormMomentum: 0.9,
    decoderFilters: [32, 24, 16, 8, 8],
    phase1: { epochs: 1, batchSize: 4 },
    phase2: { epochs: 2, batchSize: 4, learningRate: 1e-3 },
  },
} as const satisfies Record<string, ConfigOverrides>;

export type PresetName = keyof typeof presets;
