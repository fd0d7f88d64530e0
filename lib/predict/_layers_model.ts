import { dirname, join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import "papilio/model/registered_layers.ts";

/** The file of the tfjs model that lies beside an ONNX file. */
function layersModelPath(onnxPath: string): string {
  return join(dirname(onnxPath), "model.json");
}

/**
 * The tfjs model that training wrote beside an ONNX file.
 *
 * @throws {PapilioError} with the remedy that is given, if it cannot be read.
 */
export async function openLayersModel(
  onnxPath: string,
  { remedy }: { remedy: string },
): Promise<tf.LayersModel> {
  const path = layersModelPath(onnxPath);
  try {
    return await readLayersModel(path);
  } catch (cause) {
    throw new PapilioError({
      cannot: `open the network ${path}`,
      expected: "the tfjs model that training wrote, with its weights.bin",
      got: messageOf(cause),
      remedy,
      cause,
    });
  }
}

async function readLayersModel(path: string): Promise<tf.LayersModel> {
  tf.enableProdMode(); // No advice to install another backend.
  const { modelTopology, weightsManifest } = JSON.parse(await Deno.readTextFile(path));
  const { buffer } = await Deno.readFile(join(dirname(path), "weights.bin"));
  const weightSpecs = weightsManifest[0].weights;
  return await tf.loadLayersModel(
    tf.io.fromMemory({ modelTopology, weightSpecs, weightData: buffer }),
  );
}
