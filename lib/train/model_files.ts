import { join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { classColours, namesOf } from "papilio/core/classes.ts";
import type { Config } from "papilio/core/config.ts";
import { writeFileAtomically } from "papilio/core/files.ts";
import type { RunFolder } from "papilio/core/run_folder.ts";
import { version } from "papilio/core/version.ts";
import { exportOnnx } from "papilio/engine/compiled/export.ts";

const CHANNELS: Record<number, string> = { 1: "grey", 3: "RGB" };

/** How a network wants its images; goes with every copy of it. */
export function preprocessingOf(
  { inputChannels, intensityRange }: Pick<Config, "inputChannels" | "intensityRange">,
): string {
  const kind = CHANNELS[inputChannels] ?? `${inputChannels}-channel`;
  const range = intensityRange === "image" ? `${ownRangeOf(inputChannels)}, ` : "";
  return `${kind} image, EXIF orientation applied, ${range}resized to the input side (anti-aliased, aspect ` +
    "ratio not kept), float32 0...255, channels last; the network rescales by itself";
}

/** What `intensityRange: "image"` does, in words. */
function ownRangeOf(channels: number): string {
  const of = channels in CHANNELS ? "the whole image" : "each channel";
  return `percentiles 0.1 and 99.9 of ${of} brought to 0 and 255 and rounded`;
}

/** Writes the model for use elsewhere: ONNX, and tfjs' own format. */
export async function writeModelFiles(
  run: RunFolder,
  model: tf.LayersModel,
  { config, trainingScale }: { config: Config; trainingScale: number },
): Promise<void> {
  const isBinary = config.classes.length === 0;
  const names = isBinary ? ["foreground"] : namesOf(config.classes);
  const colours = classColours(isBinary ? names : config.classes);
  const onnx = exportOnnx(model, {
    inputName: "image",
    outputName: "probability",
    metadata: {
      "papilio.version": version,
      "papilio.inputSidePx": String(config.inputSidePx),
      // With classes each pixel gets the likeliest, as in training.
      ...(isBinary && { "papilio.threshold": String(config.threshold) }),
      "papilio.trainingScale": trainingScale.toPrecision(4),
      "papilio.inputChannels": String(config.inputChannels),
      "papilio.intensityRange": config.intensityRange,
      "papilio.classes": JSON.stringify(names),
      "papilio.classColours": JSON.stringify(colours),
      ...(!isBinary && { "papilio.classTable": JSON.stringify(config.classes) }),
      "papilio.preprocessing": preprocessingOf(config),
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
