import * as tf from "@tensorflow/tfjs";
import type { BenchCase, Contender } from "papilio/cli/_bench_case.ts";
import { exportOnnx } from "papilio/engine/compiled/export.ts";
import type { OnnxDevice } from "papilio/engine/compiled/devices.ts";
import { OnnxModel } from "papilio/engine/compiled/onnx_model.ts";
import type { EngineCandidate } from "papilio/engine/candidate.ts";
import type { Engine } from "papilio/engine/engine.ts";
import {
  buildSegmentation,
  type SegmentationModel,
  setEncoderTrainable,
} from "papilio/model/segmentation.ts";
import { namedVariables, trainableVariables } from "papilio/model/variables.ts";
import { bceDiceLoss } from "papilio/train/losses/mod.ts";
import { Adam } from "papilio/train/optimizers/mod.ts";
import { BatchedStep, makeTrainStep, phaseVariables } from "papilio/train/steps.ts";

/** A case that is ready to run. */
interface Runner {
  step(): Promise<unknown>;
  dispose(): Promise<void>;
}

const warmUpSteps = 2;

export interface PapilioOptions {
  candidate: EngineCandidate;
  /** On the processor; 0: as many as there are. */
  threads: number;
}

/** Papilio's U-Net (alpha = 1, random weights) as training and export run it. */
export class PapilioContender implements Contender {
  readonly name = "papilio";
  readonly #options: PapilioOptions;
  #current: { benchCase: BenchCase; runner: Runner } | undefined;

  constructor(options: PapilioOptions) {
    this.#options = options;
  }

  async measure(benchCase: BenchCase, steps: number): Promise<number[]> {
    const runner = await this.#prepare(benchCase);
    await runner.step();
    const msPerImage: number[] = [];
    for (let i = 0; i < steps; i++) {
      const startMs = performance.now();
      await runner.step();
      msPerImage.push((performance.now() - startMs) / benchCase.batch);
    }
    return msPerImage;
  }

  async #prepare(benchCase: BenchCase): Promise<Runner> {
    if (this.#current?.benchCase === benchCase) return this.#current.runner;
    await this.dispose();
    const make = benchCase.mode === "inference" ? makePredicting : makeTraining;
    const runner = await make(benchCase, this.#options);
    this.#current = { benchCase, runner };
    for (let i = 0; i < warmUpSteps; i++) await runner.step();
    return runner;
  }

  async dispose(): Promise<void> {
    await this.#current?.runner.dispose();
    this.#current = undefined;
  }
}

async function makeTraining(
  { mode, sidePx, batch }: BenchCase,
  { candidate, threads }: PapilioOptions,
): Promise<Runner> {
  const engine = await candidate.create({ threads });
  const unet = buildSegmentation({ inputSidePx: sidePx, alpha: 1, seed: 1 });
  const { optimizer, step } = makeStep(engine, unet, mode === "full");
  const images = Uint8Array.from({ length: batch * sidePx * sidePx * 3 }, (_, i) => i % 251);
  const masks = Uint8Array.from({ length: batch * sidePx * sidePx }, (_, i) => i % 7 < 3 ? 1 : 0);
  return {
    step: () => step.run({ ids: [], images, masks, size: batch }),
    async dispose() {
      await step.dispose();
      await engine.dispose();
      optimizer.dispose();
      unet.model.dispose();
    },
  };
}

function makeStep(engine: Engine, unet: SegmentationModel, wholeNetwork: boolean) {
  setEncoderTrainable(unet, wholeNetwork);
  const weights = trainableVariables(unet.model);
  const optimizer = new Adam(weights, 1e-4);
  const { moving, frozen } = phaseVariables(unet.model);
  const options = { loss: bceDiceLoss, threshold: 0.5 };
  const step = new BatchedStep(engine, makeTrainStep(unet, optimizer, weights, options), {
    name: "bench",
    sidePx: unet.inputSidePx,
    variables: [...moving.values(), ...optimizer.state.values()],
    constants: [...frozen.values()],
  });
  return { optimizer, step };
}

async function makePredicting(
  { sidePx, batch }: BenchCase,
  { candidate, threads }: PapilioOptions,
): Promise<Runner> {
  tf.enableProdMode(); // No advice to install another backend.
  await tf.setBackend("cpu");
  const unet = buildSegmentation({ inputSidePx: sidePx, alpha: 1, seed: 1 });
  const shape = [batch, sidePx, sidePx, 3];
  const data = Float32Array.from({ length: batch * sidePx * sidePx * 3 }, (_, i) => i % 251);
  if (candidate.name !== "onnx") {
    return await makeEager(unet, { engine: await candidate.create({ threads }), shape, data });
  }
  const device = candidate.device as OnnxDevice;
  const network = await OnnxModel.open(exportOnnx(unet.model), { threads, device });
  unet.model.dispose();
  return {
    step: () => network.run({ image: { shape, data } }),
    dispose: () => network.dispose(),
  };
}

/** Prediction on an engine that runs tfjs models as they are. */
async function makeEager(
  { model }: SegmentationModel,
  { engine, shape, data }: { engine: Engine; shape: number[]; data: Float32Array },
): Promise<Runner> {
  const step = await engine.compile(
    ({ image }) => ({
      probability: model.apply(image as tf.Tensor, { training: false }) as tf.Tensor,
    }),
    {
      name: "bench",
      inputs: { image: { shape } },
      variables: [],
      constants: [...namedVariables(model).values()],
    },
  );
  return {
    step: () => step.run({ image: data }),
    async dispose() {
      await step.dispose();
      await engine.dispose();
      model.dispose();
    },
  };
}
