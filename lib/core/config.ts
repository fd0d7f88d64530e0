import { z } from "zod";
import { classSchema, classTableProblem } from "papilio/core/classes.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { type PresetName, presets } from "papilio/core/presets.ts";

const fraction = z.number().min(0).max(1);
const positiveInteger = z.number().int().positive();
const count = z.number().int().nonnegative();

const phase = (epochs: number, batchSize: number, learningRate: number) =>
  z.strictObject({
    epochs: count.default(epochs).describe("at most so many epochs"),
    batchSize: positiveInteger.default(batchSize).describe("images in a step"),
    learningRate: z.number().positive().default(learningRate).describe("at its largest"),
  }).prefault({});

/**
 * Everything that a training run is fixed by; the description of a field is its help on the command line.
 *
 * Defaults are the butterfly project's. A preset lists only what differs.
 */
export const configSchema = z.strictObject({
  data: z.string().default("").describe("folder of the data set"),
  layout: z.enum(["auto", "instances", "parts", "pets", "leeds", "paired"]).default("auto")
    .describe("how the folder is laid out; auto looks"),
  maskResize: z.enum(["nearest", "any"]).default("nearest")
    .describe("nearest: union, threshold, nearest; any: each mask interpolated, > 0 (grows masks)"),
  split: z.enum(["last", "random", "listed"]).default("last")
    .describe("which cases validate: the last fraction of the sorted ids, a random one, or a list"),
  validationFraction: fraction.default(0.1).describe(
    "share of the cases that are not test which validates",
  ),
  testFraction: fraction.default(0).describe(
    "share of the cases held out as test, seen by no epoch",
  ),
  splitFile: z.string().default("").describe("for split=listed: CSV with the columns id,split"),
  seed: z.number().int().default(42).describe("of every random choice"),
  classes: z.array(classSchema).default([])
    .refine((classes) => classTableProblem(classes) === undefined, {
      error: ({ input }) => classTableProblem(input as z.output<typeof classSchema>[]) ?? "",
    })
    .describe("class table, as name=rule,…: label values or names of mask files; none: one mask"),
  inputSidePx: z.number().int().min(16).max(4096).default(512)
    .describe("side of the network's square input, from 16 to 4096"),
  inputChannels: z.number().int().min(1).max(16).default(3)
    .describe("of the images: 1 grey, 3 RGB, more as stored"),
  intensityRange: z.enum(["format", "image"]).default("format")
    .describe("what becomes 0…255: all its format holds, or each image's own 0.1 to 99.9 %"),
  encoder: z.enum(["mobilenet-v2", "resnet34", "vgg16", "double-conv"]).default("mobilenet-v2")
    .describe("downward half of the network"),
  alpha: z.literal([0.35, 0.5, 0.75, 1, 1.3, 1.4]).default(1)
    .describe("width multiplier of MobileNetV2"),
  encoderFilters: positiveInteger.default(64)
    .describe("of the first level of double-conv, resnet34 and vgg16"),
  encoderDepth: z.number().int().min(2).max(7).default(5)
    .describe("levels of double-conv, the bottleneck among them"),
  encoderBatchNorm: z.boolean().default(false)
    .describe("normalise after each convolution of double-conv and vgg16"),
  encoderWeights: z.string().default("imagenet")
    .describe("imagenet (downloaded once), the path of Keras' .h5 file, or none"),
  decoder: z.enum(["unet", "attention-unet", "pix2pix", "segnet", "fcn-8s", "deeplab-v3-plus"])
    .default("unet").describe("upward half of the network"),
  decoderFilters: z.array(positiveInteger).default([])
    .describe("filters of its stages, from coarse to fine; none: those that go with the network"),
  decoderBatchNorm: z.boolean().default(false)
    .describe("normalise after each convolution of a U-Net's decoder"),
  upsampling: z.enum(["transpose", "nearest", "bilinear", "pixel-shuffle"]).default("transpose")
    .describe("how a U-Net's decoder doubles the side"),
  batchNormMomentum: fraction.nullable().default(null)
    .describe("of the encoder's moving statistics; null: as it was published"),
  loss: z.string().default("bce+dice")
    .describe("sum of losses, perhaps with weights: bce+0.5*jaccard"),
  lossSettings: z.strictObject({
    classWeights: z.array(z.number().nonnegative()).default([])
      .describe("of cross-entropy, one for each class; none: 1"),
    focalGamma: z.number().nonnegative().default(2).describe("how much focal plays down the sure"),
    focalAlpha: fraction.default(0.25).describe("focal's weight of foreground"),
    falsePositiveWeight: z.number().nonnegative().default(0.3).describe("of Tversky losses"),
    falseNegativeWeight: z.number().nonnegative().default(0.7).describe("of Tversky losses"),
    focalTverskyGamma: z.number().min(1).max(3).default(4 / 3)
      .describe("the loss to the power 1/γ"),
    borderWeight: z.number().nonnegative().default(10)
      .describe("of border-bce: what a pixel at the border counts more"),
    borderSigmaPx: z.number().min(0.1).max(20).default(5).describe("how fast that falls off"),
  }).prefault({}),
  optimizer: z.strictObject({
    name: z.enum(["adam", "adamw", "sgd", "rmsprop"]).default("adam").describe(
      "what moves weights",
    ),
    momentum: fraction.nullable().default(null)
      .describe("of sgd and rmsprop; null: 0.9 for sgd, 0 for rmsprop"),
    nesterov: z.boolean().default(false).describe("Nesterov's momentum, of sgd"),
    weightDecay: z.number().nonnegative().nullable().default(null)
      .describe("of adamw and sgd; null: 0.01 for adamw, 0 for sgd"),
    maxGradientNorm: z.number().nonnegative().default(0)
      .describe("larger gradients are shortened to it; 0: none are"),
    averageDecay: z.number().min(0).lt(1).default(0)
      .describe("of a moving average of the weights, which is what is kept; 0: none"),
    encoderRateFactor: z.number().positive().default(1)
      .describe("of the encoder's learning rate in phase 2"),
  }).prefault({}),
  schedule: z.strictObject({
    name: z.enum(["plateau", "constant", "cosine", "one-cycle", "poly"]).default("plateau")
      .describe("of the learning rate, in each phase; plateau: see reduceLearningRate"),
    warmUpShare: fraction.default(0).describe("of a phase's steps in which cosine's rate rises"),
    minimum: z.number().nonnegative().default(0).describe("where cosine and poly end"),
    polyPower: z.number().positive().default(0.9).describe("of poly"),
  }).prefault({}),
  phase1: phase(25, 16, 1e-3).describe("encoder frozen"),
  phase2: phase(10, 8, 1e-4).describe("all layers"),
  earlyStopping: z.strictObject({
    patience: count.default(5).describe("epochs without a better val_loss before a phase ends"),
  }).prefault({}),
  reduceLearningRate: z.strictObject({
    factor: fraction.default(0.5).describe("multiplies the learning rate on a plateau"),
    patience: count.default(2).describe("epochs without a better val_loss before that"),
    minimum: z.number().nonnegative().default(1e-6).describe("and never below this"),
  }).prefault({}),
  augment: z.strictObject({
    enabled: z.boolean().default(false).describe("vary the training images"),
    flipHorizontal: fraction.default(0.5).describe("probability of a left-right flip"),
    flipVertical: fraction.default(0).describe("probability of an up-down flip"),
    rotationDegrees: z.number().nonnegative().default(20).describe("drawn from ± this"),
    scale: z.number().min(0).max(0.9).default(0.2).describe("zoom drawn from 1 ± this"),
    shift: fraction.default(0.1).describe("shift drawn from ± this share of the side"),
    brightness: fraction.default(0.2).describe("drawn from ± this share of 255"),
    contrast: fraction.default(0.2).describe("factor drawn from 1 ± this"),
    saturation: fraction.default(0.2).describe("factor drawn from 1 ± this"),
    hueDegrees: z.number().min(0).max(180).default(8).describe("drawn from ± this"),
  }).prefault({}),
  cacheMegabytes: count.default(2048).describe(
    "memory for decoded images; above it, they are re-read",
  ),
  threshold: fraction.default(0.5)
    .describe("probability from which a pixel is foreground, where there are no classes"),
  engine: z.enum(["auto", "tensorflow", "webgpu", "onnx", "cpu"]).default("auto")
    .describe("what computes; auto: the fastest that is there"),
  device: z.enum(["auto", "cpu", "webgpu", "cuda", "coreml", "dml"]).default("auto")
    .describe("where it computes; auto: a graphics processor before the CPU"),
  threads: count.default(0).describe("of the engine; 0: one for each processor"),
});

/** A resolved configuration: every field has its value. */
export type Config = z.output<typeof configSchema>;
/** What a person may give; what is missing takes the preset's value, then the default. */
export type ConfigOverrides = z.input<typeof configSchema>;

/** What messages call a field, by its path: `["phase1", "epochs"]`. */
export type FieldName = (path: readonly PropertyKey[]) => string;

/** As in a file: `"phase1.epochs"`. */
export const fieldName: FieldName = (path) => path.map(String).join(".") || "at the top";

export interface ConfigOptions {
  /** Of fields that were given elsewhere than in a file. */
  nameOf?: FieldName;
  /** Whose options they are; `deno task train` if not given. */
  command?: string;
}

/**
 * The preset with the overrides laid over it, checked.
 *
 * Filters of a preset's decoder are those of its network: with another encoder or decoder they go.
 *
 * @throws {PapilioError} for an unknown preset or key, or a value outside its range; it names each.
 *
 * @example
 * ```ts
 * import { resolveConfig } from "papilio/core/config.ts";
 * const config = resolveConfig("laptop", { phase1: { epochs: 4 } });
 * console.assert(config.inputSidePx === 256 && config.phase1.epochs === 4);
 * ```
 */
export function resolveConfig(
  preset: string = "butterfly",
  overrides: ConfigOverrides = {},
  options: ConfigOptions = {},
): Config {
  if (!Object.hasOwn(presets, preset)) {
    throw new PapilioError({
      cannot: "configure a run",
      expected: `a preset out of ${Object.keys(presets).join(", ")}`,
      got: `"${preset}"`,
      remedy: "Give one of these with --preset.",
    });
  }
  const merged = merge(baseOf(preset as PresetName, overrides), overrides);
  return parseConfig(merged, `preset ${preset}`, options);
}

/** A preset; where another network is asked for, without the filters that go with its own. */
function baseOf(preset: PresetName, { encoder, decoder }: ConfigOverrides): ConfigOverrides {
  const base: ConfigOverrides = presets[preset];
  const own = parseConfig(base, `preset ${preset}`);
  const isOther = (encoder ?? own.encoder) !== own.encoder ||
    (decoder ?? own.decoder) !== own.decoder;
  return isOther ? { ...base, decoderFilters: [] } : base;
}

/** A configuration from untyped data (a saved `config.json`), checked. */
export function parseConfig(
  data: unknown,
  source: string,
  { nameOf = fieldName, command }: ConfigOptions = {},
): Config {
  const result = configSchema.safeParse(data);
  if (!result.success) {
    throw new PapilioError({
      cannot: command === undefined ? `configure a run (${source})` : `run ${command}`,
      expected: "known keys with values in their range",
      got: result.error.issues.map(({ path, message }) => `${nameOf(path)}: ${message}`).join("; "),
      remedy: `\`${command ?? "deno task train"} --help\` lists every key with its meaning.`,
    });
  }
  return result.data;
}

function merge(base: object, over: object): object {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isPlainObject(below) && isPlainObject(value) ? merge(below, value) : value;
  }
  return merged;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
