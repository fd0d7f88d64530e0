import { messageOf } from "papilio/core/errors.ts";
import type { EngineCandidate, EngineName } from "papilio/engine/candidate.ts";
import {
  describeOthers,
  type EngineWish,
  isOpen,
  needsCalibration,
  rankEngines,
} from "papilio/engine/choose.ts";
import { findOnnx } from "papilio/engine/compiled/devices.ts";
import { findTensorflow } from "papilio/engine/eager/tensorflow.ts";
import { findWebgpu } from "papilio/engine/eager/webgpu.ts";
import type { Engine } from "papilio/engine/engine.ts";

export interface OpenEngineOptions extends EngineWish {
  /** Threads that compute on the processor; 0: as many as there are processors. */
  threads?: number;
  /** Hears in one line what was chosen, why, and what else there is. */
  note?: ((text: string) => void) | undefined;
}

/** Who looks for which engine. */
const finders: Record<EngineName, (options: { threads: number }) => Promise<EngineCandidate[]>> = {
  tensorflow: findTensorflow,
  webgpu: () => findWebgpu(),
  onnx: () => findOnnx(),
  cpu: () => Promise.resolve([eagerCpu]),
};

const eagerCpu: EngineCandidate = {
  name: "cpu",
  device: "cpu",
  description: "TensorFlow.js on the CPU (exact, and very slow)",
  isGpu: false,
  async create() {
    const { EagerEngine } = await import("papilio/engine/eager/eager_engine.ts");
    return await EagerEngine.create("cpu");
  },
};

/**
 * All engines, those that are here and those that are not.
 *
 * Looking computes nothing, and loads neither TensorFlow.js nor the engines: a batch of predictions on
 * ONNX Runtime does without them.
 */
export async function listEngines(
  engine: EngineWish["engine"] = "auto",
  { threads = 0 }: Pick<OpenEngineOptions, "threads"> = {},
): Promise<EngineCandidate[]> {
  const looking = engine === "auto" ? Object.values(finders) : [finders[engine]];
  return (await Promise.all(looking.map((find) => find({ threads })))).flat();
}

/** The wished engines, the fastest first; what is open between two on the processor is measured once. */
export async function rankedEngines(
  candidates: readonly EngineCandidate[],
  wish: EngineWish,
  { threads = 0, note }: Pick<OpenEngineOptions, "threads" | "note"> = {},
): Promise<EngineCandidate[]> {
  if (!needsCalibration(candidates, wish)) return rankEngines(candidates, wish);
  const { calibrated } = await import("papilio/engine/calibration.ts");
  return rankEngines(candidates, wish, await calibrated(candidates, { threads, note }));
}

/**
 * The engine that is named, or the fastest that is really there.
 *
 * @throws {PapilioError} if what is named is not there, with the reason and the remedy.
 */
export async function openEngine(options: OpenEngineOptions = {}): Promise<Engine> {
  const { threads = 0, note } = options;
  const candidates = await listEngines(options.engine, { threads });
  const ranked = await rankedEngines(candidates, options, options);
  for (const candidate of ranked) {
    try {
      const engine = await candidate.create({ threads });
      note?.(describeChoice(candidates, candidate, options, engine));
      return engine;
    } catch (error) {
      // What is named is meant; what was only found may turn out not to work.
      if (!isOpen(options) || candidate === ranked.at(-1)) throw error;
      note?.(`${candidate.description} does not work: ${messageOf(error)}`);
    }
  }
  throw new Error("Internal mistake: no engine");
}

function describeChoice(
  candidates: readonly EngineCandidate[],
  chosen: EngineCandidate,
  wish: EngineWish,
  { description }: Engine,
): string {
  const reason = isOpen(wish) ? "the fastest here" : "as asked";
  const others = isOpen(wish) ? describeOthers(candidates, chosen) : "";
  return `Engine: ${description}, ${reason}${others ? ` (${others})` : ""}`;
}
