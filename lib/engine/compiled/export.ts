import * as tf from "@tensorflow/tfjs";
import { PapilioError } from "papilio/core/errors.ts";
import { encodeOnnx } from "papilio/engine/compiled/onnx.ts";
import { traceStep } from "papilio/engine/compiled/trace.ts";
import { namedVariables } from "papilio/model/variables.ts";

export interface ExportOptions {
  /** `image` if not given. */
  inputName?: string;
  /** `probability` if not given. */
  outputName?: string;
  /** Written into the file's `metadata_props`. */
  metadata?: Record<string, string>;
}

/**
 * A tfjs model as an ONNX file for inference: weights inside, any number of images at once.
 *
 * `Shapes:` input and output are row-major NHWC float32 with the first dimension symbolic, the others as
 * the model has them.
 *
 * @throws {PapilioError} if the model's input has an open side, or its graph depends on the number of
 * images.
 */
export function exportOnnx(model: tf.LayersModel, options: ExportOptions = {}): Uint8Array {
  const { metadata = {} } = options;
  const [two, three] = [2, 3].map((batch) =>
    encodeOnnx(tracePrediction(model, batch, options), metadata)
  ) as [Uint8Array, Uint8Array];
  if (two.length !== three.length || two.some((byte, index) => byte !== three[index])) {
    throw new PapilioError({
      cannot: `export the model "${model.name}" for any number of images`,
      expected: "the same graph for 2 and for 3 images",
      got: "graphs that differ",
      remedy: "Look for a layer that writes the batch size into a shape (reshape, tile, …).",
    });
  }
  return two;
}

function imageShape(model: tf.LayersModel): number[] {
  const [, ...shape] = (model.inputs[0] as tf.SymbolicTensor).shape;
  if (shape.every((dim) => dim !== null)) return shape;
  throw new PapilioError({
    cannot: `export the model "${model.name}"`,
    expected: "an input of known height, width and channels",
    got: `[${shape.map((dim) => dim ?? "?").join(", ")}]`,
    remedy: "Build the model for the size of its images.",
  });
}

function tracePrediction(
  model: tf.LayersModel,
  batch: number,
  { inputName = "image", outputName = "probability" }: ExportOptions,
) {
  const shape = [batch, ...imageShape(model)];
  const { graph } = traceStep(
    (inputs) => ({
      [outputName]: model.apply(inputs[inputName] as tf.Tensor, { training: false }) as tf.Tensor,
    }),
    {
      name: `export ${model.name}`,
      inputs: { [inputName]: { shape } },
      variables: [],
      constants: [...namedVariables(model).values()],
    },
    { symbolicBatch: "batch" },
  );
  return graph;
}
