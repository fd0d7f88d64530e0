import { join } from "@std/path";
import { present } from "papilio/core/assert.ts";
import type { ClassEntry } from "papilio/core/classes.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import type { ChannelImage } from "papilio/data/case.ts";
import type { IntensityRange } from "papilio/data/intensities.ts";
import type { EngineWish } from "papilio/engine/choose.ts";
import type { OnnxModel } from "papilio/engine/compiled/onnx_model.ts";
import { openNetwork } from "papilio/predict/_open_network.ts";
import { readSettings } from "papilio/predict/_model_settings.ts";
import type { DrawnClass } from "papilio/report/class_overlay.ts";

/** What a predictor needs of a network; `OnnxModel` is one. */
export type Network = Pick<OnnxModel, "metadata" | "inputs" | "outputs" | "run" | "dispose">;

/** A network as others use it; a `Predictor` is one. */
export type SquarePredictor = Pick<
  Predictor,
  "inputSidePx" | "channels" | "predict" | "predictBatch"
>;

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
  /** Of its images: 1 is grey, 3 RGB. */
  readonly inputChannels: number;
  /** Which of their values become 0…255: those of their format, or of each image. */
  readonly intensityRange: IntensityRange;
  /** Probability from which a pixel is foreground; of a network of several classes it means nothing. */
  readonly threshold: number;
  /** At how much of their own size the network saw its training photos; 1 if it does not say. */
  readonly trainingScale: number;
  /**
   * Names of the classes, one for a binary mask; a class's place is its number.
   *
   * A network of one class and the background is one of binary masks.
   */
  readonly classes: readonly string[];
  /** `"#56b4e9"`, one for each class. */
  readonly classColours: readonly string[];
  /** How the masks of its training data tell its classes; none for a binary mask. */
  readonly classTable: readonly ClassEntry[];
  /** The network's channel that is foreground, if it is one of one class and the background. */
  readonly foregroundChannel: number | undefined;
  /** SHA-256 of the model file: two predictors with the same one are the same network. */
  readonly modelHash: string;

  /** For networks that come from elsewhere than a file. */
  constructor(network: Network, modelHash: string, options: PredictorOptions = {}) {
    const settings = readSettings(network, options);
    this.#network = network;
    this.foregroundChannel = settings.foregroundChannel;
    this.modelHash = modelHash;
    this.inputSidePx = settings.inputSidePx;
    this.inputChannels = settings.inputChannels;
    this.intensityRange = settings.intensityRange;
    this.threshold = settings.threshold;
    this.trainingScale = settings.trainingScale;
    this.classes = settings.classes;
    this.classColours = settings.classColours;
    this.classTable = settings.classTable;
  }

  /** Probabilities of each pixel: one for each class, or 1 for a binary mask. */
  get channels(): number {
    return this.classes.length;
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
   * The probability of each class, or of foreground, at each pixel of an image of the network's size.
   *
   * Shapes: image `[inputSidePx, inputSidePx, inputChannels]` uint8 → `[inputSidePx, inputSidePx]`
   * float32, with several classes `[inputSidePx, inputSidePx, channels]`.
   * Units: 0…255 → 0…1.
   * @throws {PapilioError} if the image has another size, or the network gives anything else than
   * probabilities.
   */
  async predict(image: ChannelImage): Promise<Float32Array> {
    const [probabilities] = await this.predictBatch([image]);
    return present(probabilities);
  }

  /**
   * The probabilities of several images, in one run of the network.
   *
   * A network whose file fixes the number of images runs once for each.
   *
   * Shapes: as those of `predict`, for each image.
   * Units: 0…255 → 0…1.
   * @throws {PapilioError} as `predict` does.
   */
  async predictBatch(images: readonly ChannelImage[]): Promise<Float32Array[]> {
    for (const image of images) checkSize(image, this);
    if (!this.#hasFixedBatch) return await this.#run(images);
    const results: Float32Array[] = [];
    for (const image of images) results.push(...await this.#run([image]));
    return results;
  }

  get #hasFixedBatch(): boolean {
    const images = this.#network.inputs[0]?.dims[0];
    return typeof images === "number" && images > 0;
  }

  async #run(images: readonly ChannelImage[]): Promise<Float32Array[]> {
    const { inputSidePx: sidePx, inputChannels } = this;
    const channel = this.foregroundChannel;
    const channels = channel === undefined ? this.channels : 2;
    const { inputs, outputs } = this.#network;
    const input = {
      shape: [images.length, sidePx, sidePx, inputChannels],
      data: joined(images, sidePx ** 2 * inputChannels),
    };
    const result = await this.#network.run({ [present(inputs[0]).name]: input });
    const output = present(result[present(outputs[0]).name]);
    checkProbabilities(output, { count: images.length, sidePx, channels });
    const inRange = output.data.map((value) => Math.min(Math.max(value, 0), 1));
    const probabilities = channel === undefined
      ? inRange
      : inRange.filter((_, i) => i % 2 === channel);
    const length = probabilities.length / images.length;
    return images.map((_, i) => probabilities.subarray(i * length, (i + 1) * length));
  }

  async dispose(): Promise<void> {
    await this.#network.dispose();
  }
}

/** The classes of a network as they are drawn; none for binary masks. */
export function drawnClasses(
  { classes, classColours }: Pick<Predictor, "classes" | "classColours">,
): DrawnClass[] {
  if (classes.length === 1) return [];
  return classes.map((name, i) => ({ name, colour: present(classColours[i]) }));
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

function joined(images: readonly ChannelImage[], length: number): Float32Array {
  const data = new Float32Array(images.length * length);
  images.forEach((image, i) => data.set(image.data, i * length));
  return data;
}

function checkSize(
  { widthPx, heightPx, data }: ChannelImage,
  { inputSidePx: sidePx, inputChannels }: Pick<Predictor, "inputSidePx" | "inputChannels">,
): void {
  const channels = data.length / (widthPx * heightPx);
  if (widthPx === sidePx && heightPx === sidePx && channels === inputChannels) return;
  const isOrdinary = inputChannels === 3 && channels === 3;
  throw new PapilioError({
    cannot: "predict a mask",
    expected: `an image of ${sidePx}×${sidePx} pixels${
      isOrdinary ? "" : ` and ${inputChannels} channels`
    }`,
    got: `${widthPx}×${heightPx}${isOrdinary ? "" : ` and ${channels}`}`,
    remedy: inputChannels === 3
      ? `Read it with \`decodeResized(path, ${sidePx})\`.`
      : `Read it with \`decodeResized(path, ${sidePx}, { channels: ${inputChannels} })\`.`,
  });
}

/** Fast sigmoids overshoot: ONNX Runtime's gives 1.0000001 for large logits. */
const ROUNDING = 1e-5;

/** Half precision of a graphics processor leaves this much of the 1 to which classes sum. */
const SUM_ROUNDING = 2e-3;

interface OutputShape {
  count: number;
  sidePx: number;
  channels: number;
}

function checkProbabilities(
  { shape, data }: { shape: readonly number[]; data: Float32Array },
  expected: OutputShape,
): void {
  const { count, sidePx, channels } = expected;
  const bad = data.find((value) => !(value >= -ROUNDING && value <= 1 + ROUNDING));
  if (data.length !== count * sidePx * sidePx * channels) {
    throw noProbabilities(`shape [${shape.join(", ")}]`, expected);
  }
  if (bad !== undefined) throw noProbabilities(`the value ${bad}`, expected);
  const sum = channels === 1 ? undefined : sumThatIsNotOne(data, channels);
  if (sum !== undefined) throw noProbabilities(`a sum of ${sum.toPrecision(4)}`, expected);
}

function sumThatIsNotOne(data: Float32Array, channels: number): number | undefined {
  for (let i = 0; i < data.length; i += channels) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += data[i + c] as number;
    if (Math.abs(sum - 1) > SUM_ROUNDING) return sum;
  }
  return undefined;
}

function noProbabilities(got: string, { sidePx, channels }: OutputShape): PapilioError {
  const isBinary = channels === 1;
  return new PapilioError({
    cannot: "use the network's output as a mask",
    expected: isBinary
      ? `one probability from 0 to 1 for each of ${sidePx}×${sidePx} pixels`
      : `${channels} probabilities with the sum 1 for each of ${sidePx}×${sidePx} pixels`,
    got,
    remedy: isBinary
      ? "Export a network with one class that ends in a sigmoid, for RGB images 0…255."
      : "Export a network that ends in a softmax over its classes, for images 0…255.",
  });
}
