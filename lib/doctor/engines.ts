import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { timeTraining } from "papilio/engine/calibration.ts";
import type { EngineCandidate } from "papilio/engine/candidate.ts";
import type { EngineWish } from "papilio/engine/choose.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { listEngines, openEngine } from "papilio/engine/open_engine.ts";
import { runOnce } from "papilio/engine/run_once.ts";
import { medianMs } from "papilio/engine/timing.ts";
import type { Check, Finding } from "papilio/doctor/check.ts";
import { buildSegmentation } from "papilio/model/segmentation.ts";
import { namedVariables } from "papilio/model/variables.ts";

/**
 * Every engine: its adapter or library, or what is missing.
 *
 * Those that are there add two numbers: a driver may be installed and refuse.
 */
export function engines(list: () => Promise<EngineCandidate[]> = () => listEngines()): Check {
  return {
    name: "engine",
    failure: "problem",
    async look() {
      const found: Omit<Finding, "name">[] = [];
      let isFast = false;
      for (const candidate of await list()) { // One after the other: each may want all memory.
        const finding = await tryOut(candidate);
        found.push(finding);
        isFast ||= finding.state === "ok" && candidate.name !== "cpu";
      }
      return isFast ? found : [...found, noFastEngine];
    },
  };
}

const noFastEngine = {
  state: "problem",
  text: "only TensorFlow.js' own, which takes minutes for a step",
  remedy: "Mend one of the engines above; onnx needs nothing but its npm package.",
} as const;

async function tryOut(candidate: EngineCandidate): Promise<Omit<Finding, "name">> {
  const { name, device, description, absence } = candidate;
  const choice = `--engine ${name} --device ${device}`;
  if (absence) {
    return { state: "note", text: `${choice}: ${absence.reason}`, remedy: absence.remedy };
  }
  try {
    await addNumbers(candidate);
    return { state: "ok", text: `${choice}: ${description}` };
  } catch (error) {
    const { got, remedy } = error instanceof PapilioError
      ? error.problem
      : { got: messageOf(error), remedy: "Use another engine." };
    return { state: "note", text: `${choice}: ${description} does not compute: ${got}`, remedy };
  }
}

async function addNumbers(candidate: EngineCandidate): Promise<void> {
  const engine = await candidate.create();
  try {
    const x = { shape: [1], data: Float32Array.of(1) };
    const { sum } = await runOnce(engine, ({ x }) => ({ sum: tf.add(present(x), 1) }), { x });
    if (sum?.data[0] !== 2) throw new Error(`1 + 1 gave ${sum?.data[0]}`);
  } finally {
    await engine.dispose();
  }
}

const sidePx = 128;

/** A training step and a prediction of a small U-Net, for seconds. */
export function benchmark(
  wish: EngineWish = {},
  open: (wish: EngineWish) => Promise<Engine> = openEngine,
): Check {
  return {
    name: "benchmark",
    failure: "problem",
    remedy: "Give another --engine; the line of this one above says what it needs.",
    async look() {
      const engine = await open(wish);
      try {
        const training = await timeTraining(engine) / 4;
        const inference = await timePrediction(engine);
        return {
          state: "ok",
          text:
            `U-Net (α = 0.35, ${sidePx}²): training step ${training.toFixed(0)} ms, prediction ` +
            `${inference.toFixed(0)} ms an image, on ${engine.description}`,
        };
      } finally {
        await engine.dispose();
      }
    },
  };
}

async function timePrediction(engine: Engine): Promise<number> {
  const unet = buildSegmentation({ inputSidePx: sidePx, alpha: 0.35, seed: 1 });
  const step = await engine.compile(
    ({ image }) => ({
      probability: unet.model.apply(present(image), { training: false }) as tf.Tensor,
    }),
    {
      name: "benchmark",
      inputs: { image: { shape: [1, sidePx, sidePx, 3] } },
      variables: [],
      constants: [...namedVariables(unet.model).values()],
    },
  );
  const image = new Float32Array(sidePx ** 2 * 3).fill(100);
  try {
    return await medianMs(() => step.run({ image }));
  } finally {
    await step.dispose();
    unet.model.dispose();
  }
}
