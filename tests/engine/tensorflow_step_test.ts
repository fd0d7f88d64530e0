/** A training step of the U-Net on TensorFlow's backend: its own kernels, with a stand-in addon below. */
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import { findTensorflow } from "papilio/engine/eager/tensorflow.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { buildSegmentation, setEncoderTrainable } from "papilio/model/segmentation.ts";
import { trainableVariables } from "papilio/model/variables.ts";
import { bceDiceLoss } from "papilio/train/losses/mod.ts";
import { Adam } from "papilio/train/optimizers/mod.ts";
import { makeTrainStep, phaseVariables } from "papilio/train/steps.ts";
import { inFolder } from "../data/_files.ts";
import { relativeError } from "./harness.ts";
import { StandInBinding } from "./_tensorflow_binding.ts";
import { makePackage, withBinding } from "./_tensorflow_stand_in.ts";

const sidePx = 64;
const batch = 2;
const images = Uint8Array.from({ length: batch * sidePx ** 2 * 3 }, (_, i) => (i * 7919) % 256);
const masks = Uint8Array.from({ length: batch * sidePx ** 2 }, (_, i) => (i >> 5) % 2);

/** Adam that keeps the gradients it was given: its first update has their signs alone. */
class RecordingAdam extends Adam {
  gradients: Record<string, tf.Tensor> = {};

  override apply(gradients: ReadonlyMap<string, tf.Tensor>): void {
    const named = [...gradients].map(([name, gradient]) => [`gradient ${name}`, gradient] as const);
    this.gradients = Object.fromEntries(named);
    for (const gradient of gradients.values()) tf.keep(gradient);
    super.apply(gradients);
  }
}

/** The results of one step, its gradients, and all that it changed. */
async function runStep(engine: Engine, isWhole: boolean): Promise<Map<string, Float32Array>> {
  const unet = buildSegmentation({
    inputSidePx: sidePx,
    alpha: 0.35,
    decoderFilters: [4, 4, 4, 4, 4],
    seed: 3,
  });
  setEncoderTrainable(unet, isWhole);
  const learning = trainableVariables(unet.model);
  const adam = new RecordingAdam(learning, 1e-3);
  const { moving, frozen } = phaseVariables(unet.model);
  const step = makeTrainStep(unet, adam, learning, { loss: bceDiceLoss, threshold: 0.5 });
  const variables = [...moving.values(), ...adam.state.values()];
  const compiled = await engine.compile((inputs) => ({ ...step(inputs), ...adam.gradients }), {
    name: "step",
    inputs: {
      images: { shape: [batch, sidePx, sidePx, 3], dtype: "uint8" },
      masks: { shape: [batch, sidePx, sidePx, 1], dtype: "uint8" },
    },
    variables,
    constants: [...frozen.values()],
  });
  const outputs = await compiled.run({ images, masks });
  await engine.pull(variables);
  const values = new Map(Object.entries(outputs).map(([name, { data }]) => [name, data]));
  for (const [name, variable] of moving) values.set(name, Float32Array.from(variable.dataSync()));
  await compiled.dispose();
  tf.dispose(adam.gradients);
  adam.dispose();
  unet.model.dispose();
  return values;
}

async function compareWithCpu(folder: string, isWhole: boolean): Promise<void> {
  const packageFolder = await makePackage(folder);
  const binding = new StandInBinding();
  await withBinding(binding, async () => {
    const [, cpu] = await findTensorflow({ packageFolder, os: "linux", arch: "x86_64" });
    const engine = await present(cpu).create();
    const before = binding.tensorCount;
    const got = await runStep(engine, isWhole);
    expect(binding.tensorCount).toBe(before);
    expect(binding.operations).toContain("Conv2DBackpropFilter");
    await engine.dispose();
    const expected = await runStep(await EagerEngine.create("cpu"), isWhole);
    expect([...got.keys()]).toEqual([...expected.keys()]);
    for (const [name, values] of expected) {
      const error = relativeError(present(got.get(name)), values);
      expect([name, error < 1e-5 ? "equal" : error]).toEqual([name, "equal"]);
    }
  });
}

for (
  const [network, isWhole] of [["the whole U-Net", true], ["a frozen encoder", false]] as const
) {
  Deno.test(`a training step of ${network} on TensorFlow's kernels equals the backend cpu's`, () =>
    inFolder((folder) => compareWithCpu(folder, isWhole)));
}
