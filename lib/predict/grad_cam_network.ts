import type * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import type { ChannelImage } from "papilio/data/case.ts";
import type { CompiledStep, Engine } from "papilio/engine/engine.ts";
import { openEngine } from "papilio/engine/open_engine.ts";
import { type CamWeighting, explainableStages, gradCam } from "papilio/model/grad_cam.ts";
import type { Stage } from "papilio/model/stages.ts";
import { namedVariables } from "papilio/model/variables.ts";
import { openLayersModel } from "papilio/predict/_layers_model.ts";
import type { SquareMap } from "papilio/predict/resize.ts";

/** Where in a photo a stage of the network found what speaks for some pixels. */
export interface GradCamMap {
  stage: Stage;
  /** `[stage.sidePx, stage.sidePx]` float32, not below 0; in logits. */
  map: SquareMap;
}

export interface StageChoice {
  /** Out of `stages`. */
  stageNames: readonly string[];
  weighting?: CamWeighting | undefined;
  /** The class whose logits are weighed; 0 of a binary mask. */
  channel?: number;
}

/**
 * The trained network of a run, ready to say which places speak for its logits.
 *
 * It computes on ONNX Runtime on the CPU unless it is given another engine, which it then owns.
 *
 * @example
 * ```ts ignore
 * const network = await GradCamNetwork.open("outputs/butterflies");
 * const image = await decodeResized("photo.jpg", network.inputSidePx);
 * const pixelWeights = new Float32Array(network.inputSidePx ** 2).fill(1 / network.inputSidePx ** 2);
 * const options = { stageNames: ["block_16_project"] };
 * const [bottleneck] = await network.explain(image, pixelWeights, options);
 * await network.dispose();
 * ```
 */
export class GradCamNetwork {
  readonly inputSidePx: number;
  readonly #inputChannels: number;
  /** Logits of each pixel. */
  readonly #channels: number;
  /** From the finest tap over the bottleneck to the last stage of the decoder. */
  readonly stages: readonly Stage[];
  readonly #engine: Engine;
  readonly #model: tf.LayersModel;
  /** Compiled for each choice of stages. */
  readonly #steps = new Map<string, Promise<CompiledStep>>();

  private constructor(model: tf.LayersModel, engine: Engine) {
    this.#model = model;
    this.#engine = engine;
    this.inputSidePx = present(model.inputs[0]?.shape[1]);
    this.#inputChannels = present(model.inputs[0]?.shape[3]);
    this.#channels = present(model.outputs[0]?.shape[3]);
    this.stages = explainableStages(model);
  }

  /** @throws {PapilioError} if the run has no tfjs model, or one of another kind. */
  static async open(runPath: string, engine?: Engine): Promise<GradCamNetwork> {
    const used = engine ?? await openEngine({ engine: "onnx", device: "cpu" });
    try {
      const remedy = "Give a finished run folder; an .onnx file alone has no gradients.";
      return new GradCamNetwork(await openLayersModel(runFolder(runPath).onnx, { remedy }), used);
    } catch (error) {
      await used.dispose();
      throw error;
    }
  }

  /**
   * The maps of some stages, in the order of their names, for a weighted sum of an image's logits.
   *
   * Shapes: image `[inputSidePx, inputSidePx, inputChannels]` uint8, pixelWeights `[inputSidePx, inputSidePx]`.
   * Source: see `gradCam`, and `CamWeighting` for the last argument.
   * @throws {PapilioError} if image or weights have another size, or a stage is not there.
   */
  async explain(
    image: ChannelImage,
    pixelWeights: Float32Array,
    { stageNames, weighting = "mean", channel = 0 }: StageChoice,
  ): Promise<GradCamMap[]> {
    const stages = stageNames.map((name) => this.#stage(name));
    this.#checkSize(image, pixelWeights);
    const key = [weighting, ...stageNames].join();
    const known = this.#steps.get(key) ?? this.#compile(stageNames, weighting);
    this.#steps.set(key, known);
    const maps = await (await known).run({
      image: image.data,
      pixelWeights: inChannel(pixelWeights, channel, this.#channels),
    });
    return stages.map((stage) => {
      const { data } = present(maps[stage.name], stage.name);
      return { stage, map: { data, sidePx: stage.sidePx } };
    });
  }

  #stage(name: string): Stage {
    const stage = this.stages.find((stage) => stage.name === name);
    if (stage) return stage;
    throw new PapilioError({
      cannot: "explain a prediction",
      expected: `one of the stages ${this.stages.map(({ name }) => name).join(", ")}`,
      got: name,
      remedy: "Take the bottleneck's name, or another of `stages`.",
    });
  }

  #checkSize({ widthPx, heightPx }: ChannelImage, pixelWeights: Float32Array): void {
    const sidePx = this.inputSidePx;
    const fits = widthPx === sidePx && heightPx === sidePx && pixelWeights.length === sidePx ** 2;
    if (fits) return;
    throw new PapilioError({
      cannot: "explain a prediction",
      expected: `an image of ${sidePx}×${sidePx} pixels, and a weight for each`,
      got: `${widthPx}×${heightPx} pixels and ${pixelWeights.length} weights`,
      remedy: `Read the image with \`decodeResized(path, ${sidePx})\`.`,
    });
  }

  #compile(layerNames: readonly string[], weighting: CamWeighting): Promise<CompiledStep> {
    const sidePx = this.inputSidePx;
    return this.#engine.compile(
      ({ image, pixelWeights }) =>
        gradCam(
          this.#model,
          { image: image as tf.Tensor4D, pixelWeights: pixelWeights as tf.Tensor4D },
          { layerNames, weighting },
        ),
      {
        name: "explain",
        inputs: {
          image: { shape: [1, sidePx, sidePx, this.#inputChannels], dtype: "uint8" },
          pixelWeights: { shape: [1, sidePx, sidePx, this.#channels] },
        },
        variables: [],
        constants: [...namedVariables(this.#model).values()],
      },
    );
  }

  async dispose(): Promise<void> {
    for (const step of this.#steps.values()) await (await step).dispose();
    await this.#engine.dispose();
    this.#model.dispose();
  }
}

/** Weights for the logits of one class; those of the others are 0. Shapes: `[S, S]` → `[S, S, C]`. */
function inChannel(weights: Float32Array, channel: number, channels: number): Float32Array {
  if (channels === 1) return weights;
  const all = new Float32Array(weights.length * channels);
  for (let i = 0; i < weights.length; i++) all[i * channels + channel] = weights[i] as number;
  return all;
}
