import type * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { readOnnxMetadata } from "papilio/engine/compiled/onnx.ts";
import type { ModelInput, ModelOutput } from "papilio/engine/compiled/onnx_model.ts";
import type { CompiledStep, Engine } from "papilio/engine/engine.ts";
import { namedVariables } from "papilio/model/variables.ts";
import { openLayersModel } from "papilio/predict/_layers_model.ts";
import type { Network } from "papilio/predict/predictor.ts";

/**
 * The tfjs model of a run folder, on any engine: the same network as the ONNX file beside it.
 *
 * It owns the engine, and disposes of it.
 */
export class LayersNetwork implements Network {
  readonly inputs;
  readonly outputs;
  readonly #engine: Engine;
  readonly #model: tf.LayersModel;
  /** Compiled for each number of images. */
  readonly #steps = new Map<string, Promise<CompiledStep>>();

  private constructor(
    engine: Engine,
    model: tf.LayersModel,
    /** Those of the ONNX file. */
    readonly metadata: Record<string, string>,
  ) {
    this.#engine = engine;
    this.#model = model;
    this.inputs = [{ name: "image", dims: dimsOf(model.inputs) }];
    this.outputs = [{ name: "probability", dims: dimsOf(model.outputs) }];
  }

  /** @throws {PapilioError} if the model beside the ONNX file cannot be read. */
  static async open(onnxPath: string, engine: Engine): Promise<LayersNetwork> {
    const metadata = readOnnxMetadata(await Deno.readFile(onnxPath));
    const remedy = "Give --engine onnx, which needs model.onnx alone.";
    return new LayersNetwork(engine, await openLayersModel(onnxPath, { remedy }), metadata);
  }

  async run({ image }: Record<string, ModelInput>): Promise<Record<string, ModelOutput>> {
    const { shape, data } = present(image, "the input image");
    const key = shape.join();
    const known = this.#steps.get(key) ?? this.#compile(shape);
    this.#steps.set(key, known);
    const { probability } = await (await known).run({ image: Float32Array.from(data) });
    return { probability: present(probability) };
  }

  #compile(shape: readonly number[]): Promise<CompiledStep> {
    return this.#engine.compile(
      ({ image }) => ({
        probability: this.#model.apply(present(image), { training: false }) as tf.Tensor,
      }),
      {
        name: "predict",
        inputs: { image: { shape } },
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

function dimsOf([tensor]: tf.SymbolicTensor[]): (number | string)[] {
  return present(tensor).shape.map((dim) => dim ?? "batch");
}
