/** Whole training steps, compiled: each optimizer with clipped gradients, an average and another loss. */
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { setEncoderTrainable } from "papilio/model/segmentation.ts";
import { trainableVariables } from "papilio/model/variables.ts";
import { runEpoch } from "papilio/train/epoch.ts";
import { makeLoss } from "papilio/train/losses/mod.ts";
import { type OptimizerName, optimizers, WeightAverage } from "papilio/train/optimizers/mod.ts";
import { BatchedStep, makeTrainStep, phaseVariables } from "papilio/train/steps.ts";
import { withOnnxEngine } from "../engine/harness.ts";
import { sidePx, tinyBatches, tinyModel } from "./_stand_in.ts";

const runs: [OptimizerName, string][] = [
  ["adam", "focal + border-bce"],
  ["adamw", "bce + log-dice"],
  ["sgd", "lovasz-hinge"],
  ["rmsprop", "0.5*bce + focal-tversky"],
];

/** Losses of the steps, and a sum over the averages at the end: all of them depend on every update. */
async function train(engine: Engine, name: OptimizerName, loss: string): Promise<number[]> {
  const segmentation = tinyModel();
  setEncoderTrainable(segmentation, true);
  const weights = trainableVariables(segmentation.model);
  const { moving } = phaseVariables(segmentation.model);
  const optimizer = optimizers[name](weights, 0.01, { sgd: { momentum: 0.9, nesterov: true } });
  const average = new WeightAverage(moving, { decay: 0.5 });
  const options = { loss: makeLoss(loss), threshold: 0.5, maxGradientNorm: 0.1, average };
  const variables = [...moving.values(), ...optimizer.state.values(), ...average.state.values()];
  const step = new BatchedStep(engine, makeTrainStep(segmentation, optimizer, weights, options), {
    name,
    sidePx,
    variables,
  });
  const found: number[] = [];
  await runEpoch(
    step,
    tinyBatches(6, 1).epoch({ batchSize: 2, epoch: 1, shuffle: false, augment: false }),
    {
      onBatch: (_, { loss, gradientNorm }) =>
        found.push(present(loss?.data[0]), present(gradientNorm?.data[0])),
    },
  );
  await engine.pull(variables);
  const kernel = present(average.state.get("average/of/mask/kernel")).dataSync();
  const statistics = present(average.state.get("average/of/encoder_bn/moving_variance")).dataSync();
  found.push(...kernel.slice(0, 5), ...statistics);
  await step.dispose();
  optimizer.dispose();
  average.dispose();
  segmentation.model.dispose();
  return found;
}

Deno.test("three compiled steps equal the eager ones", async (t) => {
  await withOnnxEngine(async (compiled) => {
    const eager = await EagerEngine.create("cpu");
    for (const [name, loss] of runs) {
      await t.step(`${name}, ${loss}`, async () => {
        const expected = await train(eager, name, loss);
        const got = await train(compiled, name, loss);
        expect(expected.length).toBe(3 * 2 + 5 + 4);
        got.forEach((value, i) =>
          expect(Math.abs(value - present(expected[i]))).toBeLessThan(1e-4)
        );
        expect(Math.abs(present(expected[0]) - present(expected[4]))).toBeGreaterThan(1e-3);
      });
    }
  });
});
