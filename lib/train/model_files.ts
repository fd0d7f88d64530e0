import { join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import type { Config } from "papilio/core/config.ts";
import { writeFileAtomically } from "papilio/core/files.ts";
import type { RunFolder } from "papilio/core/run_folder.ts";
import { version } from "papilio/core/version.ts";
import { exportOnnx } from "papilio/engine/compiled/export.ts";

/** How the network wants its images; goes with every copy of it. */
export const preprocessing =
  "RGB image, EXIF orientation applied, resized to the input side (anti-aliased, aspect ratio not " +
  "kept), float32 0...255, channels last; the network rescales by itself";

/** Writes the model for use elsewhere: ONNX, and tfjs' own format. */
export async function writeModelFiles(
  run: RunFolder,
  model: tf.LayersModel,
  { config, trainingScale }: { config: Config; trainingScale: number },
): Promise<void> {
  const onnx = exportOnnx(model, {
    inputName: "image",
    outputName: "probability",
    metadata: {
      "papilio.version": version,
      "papilio.inputSidePx": String(config.inputSidePx),
      "papilio.threshold": String(config.threshold),
      "papilio.trainingScale": trainingScale.toPrecision(4),
      "papilio.classes": JSON.stringify(["foreground"]),
      "papilio.preprocessing": preprocessing,
    },
  });
  await writeFileAtomically(run.onnx, onnx);
  await writeLayersModel(run.model, model);
}

/** Writes `model.json` and `weights.bin`, which `tf.loadLayersModel` reads. */
async function writeLayersModel(folder: string, model: tf.LayersModel): Promise<void> {
  await model.save(tf.io.withSaveHandler(async (artifacts) => {
    const { weightData, weightSpecs, ...rest } = artifacts;
    const weights = tf.io.CompositeArrayBuffer.join(weightData);
    const manifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
    await writeFileAtomically(join(folder, "weights.bin"), new Uint8Array(weights));
    await writeFileAtomically(
      join(folder, "model.json"),
      JSON.stringify({ ...rest, weightsManifest: manifest }),
    );
    return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
  }));
}
