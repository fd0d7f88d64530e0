import { dirname, join } from "@std/path";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import type { EngineCandidate } from "papilio/engine/candidate.ts";
import { isOpen } from "papilio/engine/choose.ts";
import type { OnnxDevice } from "papilio/engine/compiled/devices.ts";
import { OnnxModel } from "papilio/engine/compiled/onnx_model.ts";
import { listEngines, rankedEngines } from "papilio/engine/open_engine.ts";
import type { Network, PredictorOptions } from "papilio/predict/predictor.ts";

/** The network of an ONNX file, or for an engine that runs tfjs models, of the one beside it. */
export async function openNetwork(onnxPath: string, options: PredictorOptions): Promise<Network> {
  const { engine, device, threads = 0, note } = options;
  if (engine === undefined && device === undefined) {
    return await OnnxModel.open(onnxPath, { threads });
  }
  const hasLayers = await exists(join(dirname(onnxPath), "model.json"));
  const found = await listEngines(engine, { threads });
  const usable = found.filter(({ name }) => name === "onnx" || hasLayers);
  if (usable.length === 0) throw noLayers(onnxPath, engine);
  const wish = { engine, device };
  for (const candidate of await rankedEngines(usable, wish, { threads, note })) {
    try {
      const network = await open(candidate, onnxPath, threads);
      note?.(`Engine: ${candidate.description}`);
      return network;
    } catch (error) {
      // A graphics processor that was only found may turn out not to work; what is named is meant.
      if (!isOpen(wish) || !candidate.isGpu) throw error;
      note?.(`${candidate.description} does not work: ${messageOf(error)}`);
    }
  }
  throw new Error("Internal mistake: no engine");
}

async function open(best: EngineCandidate, onnxPath: string, threads: number): Promise<Network> {
  if (best.name === "onnx") {
    return await OnnxModel.open(onnxPath, { threads, device: best.device as OnnxDevice });
  }
  const { LayersNetwork } = await import("papilio/predict/layers_network.ts");
  const engine = await best.create({ threads });
  try {
    return await LayersNetwork.open(onnxPath, engine);
  } catch (error) {
    await engine.dispose();
    throw error;
  }
}

function noLayers(onnxPath: string, engine: string | undefined): PapilioError {
  return new PapilioError({
    cannot: `predict with the engine ${engine}`,
    expected: "a run folder, whose model/model.json this engine runs",
    got: `${onnxPath} on its own`,
    remedy: "Give the run folder with --model, or --engine onnx.",
  });
}
