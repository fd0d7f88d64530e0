import type { ConfigOverrides } from "papilio/core/config.ts";

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
