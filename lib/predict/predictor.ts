import { join } from "@std/path";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import type { RgbImage } from "papilio/data/case.ts";
import type { EngineWish } from "papilio/engine/choose.ts";
import type { OnnxModel } from "papilio/engine/compiled/onnx_model.ts";
import { openNetwork } from "papilio/predict/_open_network.ts";
import { readSettings } from "papilio/predict/_model_settings.ts";

/** What a predictor needs of a network; `OnnxModel` is one. */
export type Network = Pick<OnnxModel, "metadata" | "inputs" | "outputs" | "run" | "dispose">;

/** A network as others use it; a `Predictor` is one. */
export type SquarePredictor = Pick<Predictor, "inputSidePx" | "predict" | "predictBatch">;

export interface PredictorOptions extends EngineWish {
  /** Of the network; 0: one for each processor. */
  threads?: number;
  /** Instead of the threshold that the model was saved with. */
  threshold?: number;
  /** For a model that does not say its input side. */
  inputSidePx?: number;
  /** Hears which engine was chosen, where `engine` or `device` leave it open. */
  note?: ((text: string) => void) | undefined;
}

/**
 * A trained network with all that is needed to use it: input side, threshold, classes.
 *
 * @example
 * ```ts ignore
 * const predictor = await Predictor.open("outputs/butterfly");
 * const image = await decodeResized("photo.jpg", predictor.inputSidePx);
 * const probabilities = await predictor.predict(image);
 * await predictor.dispose();
 * ```
 */
export class Predictor {
  readonly #network: Network;
  /** Side of the square that the network takes and gives. */
  readonly inputSidePx: number;
  /** Probability from which a pixel is foreground. */
  readonly threshold: number;
  /** At how much of their own size the network saw its training photos; 1 if it does not say. */
  readonly trainingScale: number;
  /** Names of the classes; one for a binary mask. */
  readonly classes: readonly string[];
  /** SHA-256 of the model file: two predictors with the same one are the same network. */
  readonly modelHash: string;

  /** For networks that come from elsewhere than a file. */
  constructor(network: Network, modelHash: string, options: PredictorOptions = {}) {
    const settings = readSettings(network, options);
    this.#network = network;
    this.modelHash = modelHash;
    this.inputSidePx = settings.inputSidePx;
    this.threshold = settings.threshold;
    this.trainingScale = settings.trainingScale;
    this.classes = settings.classes;
  }

  /**
   * Opens the model of a run folder, or an `.onnx` file on its own.
   *
   * Without `engine` and `device` it computes with ONNX Runtime on the CPU, which every machine has.
   *
   * @throws {PapilioError} if there is no model, it does not say how it is to be used, or the engine that
   * is named is not here.
   */
  static async open(path: string, options: PredictorOptions = {}): Promise<Predictor> {
    const modelPath = await findModel(path);
    const modelHash = await sha256(await Deno.readFile(modelPath));
    const network = await openNetwork(modelPath, options);
    try {
      return new Predictor(network, modelHash, options);
    } catch (error) {
      await network.dispose();
      throw error;
    }
  }

  /**
   * The foreground probability of each pixel of an image of the network's size.
   *
   * Shapes: image `[inputSidePx, inputSidePx, 3]` uint8 → `[inputSidePx, inputSidePx]` float32.
   * Units: RGB 0…255 → 0…1.
   * @throws {PapilioError} if the image has another size, or the network gives anything else than
   * probabilities.
   */
  async predict(image: RgbImage): Promise<Float32Array> {
    const [probabilities] = await this.predictBatch([image]);
    return present(probabilities);
  }

  /**
   * The foreground probabilities of several images, in one run of the network.
   *
   * A network whose file fixes the number of images runs once for each.
   *
   * Shapes: images `[inputSidePx, inputSidePx, 3]` uint8 → for each `[inputSidePx, inputSidePx]` float32.
   * Units: RGB 0…255 → 0…1.
   * @throws {PapilioError} as `predict` does.
   */
  async predictBatch(images: readonly RgbImage[]): Promise<Float32Array[]> {
    for (const image of images) checkSize(image, this.inputSidePx);
    if (!this.#hasFixedBatch) return await this.#run(images);
    const results: Float32Array[] = [];
    for (const image of images) results.push(...await this.#run([image]));
    return results;
  }

  get #hasFixedBatch(): boolean {
    const images = this.#network.inputs[0]?.dims[0];
    return typeof images === "number" && images > 0;
  }

  async #run(images: readonly RgbImage[]): Promise<Float32Array[]> {
    const pixels = this.inputSidePx ** 2;
    const { inputs, outputs } = this.#network;
    const input = {
      shape: [images.length, this.inputSidePx, this.inputSidePx, 3],
      data: joined(images, pixels * 3),
    };
    const result = await this.#network.run({ [present(inputs[0]).name]: input });
    const { shape, data } = present(result[present(outputs[0]).name]);
    checkProbabilities(shape, data, { count: images.length, sidePx: this.inputSidePx });
    const inRange = data.map((value) => Math.min(Math.max(value, 0), 1));
    return images.map((_, i) => inRange.subarray(i * pixels, (i + 1) * pixels));
  }

  async dispose(): Promise<void> {
    await this.#network.dispose();
  }
}

/** The model file of a run folder, or the file itself. */
async function findModel(path: string): Promise<string> {
  const status = await Deno.stat(path).catch(() => undefined);
  if (status?.isFile) return path;
  const { onnx, lastCheckpoint } = runFolder(path);
  if (await exists(onnx)) return onnx;
  throw new PapilioError({
    cannot: "predict",
    expected: "a run folder with a trained model, or an .onnx file",
    got: status === undefined
      ? `nothing at ${path}`
      : `no ${join("model", "model.onnx")} in ${path}`,
    remedy: await exists(lastCheckpoint)
      ? `Finish its training: \`deno task train --resume ${path}\`.`
      : "Train one: `deno task train <folder>`.",
  });
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return digest.toHex();
}

function joined(images: readonly RgbImage[], length: number): Float32Array {
  const data = new Float32Array(images.length * length);
  images.forEach((image, i) => data.set(image.data, i * length));
  return data;
}

function checkSize({ widthPx, heightPx }: RgbImage, sidePx: number): void {
  if (widthPx === sidePx && heightPx === sidePx) return;
  throw new PapilioError({
    cannot: "predict a mask",
    expected: `an image of ${sidePx}×${sidePx} pixels`,
    got: `${widthPx}×${heightPx}`,
    remedy: `Read it with \`decodeResized(path, ${sidePx})\`.`,
  });
}

/** Fast sigmoids overshoot: ONNX Runtime's gives 1.0000001 for large logits. */
const ROUNDING = 1e-5;

function checkProbabilities(
  shape: readonly number[],
  data: Float32Array,
  { count, sidePx }: { count: number; sidePx: number },
): void {
  const bad = data.find((value) => !(value >= -ROUNDING && value <= 1 + ROUNDING));
  if (data.length === count * sidePx * sidePx && bad === undefined) return;
  throw new PapilioError({
    cannot: "use the network's output as a mask",
    expected: `one probability from 0 to 1 for each of ${sidePx}×${sidePx} pixels`,
    got: bad === undefined ? `shape [${shape.join(", ")}]` : `the value ${bad}`,
    remedy: "Export a network with one class that ends in a sigmoid, for RGB images 0…255.",
  });
}
