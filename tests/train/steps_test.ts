import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { IGNORED } from "papilio/core/classes.ts";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { buildSegmentation, setEncoderTrainable } from "papilio/model/segmentation.ts";
import { namedVariables, trainableVariables } from "papilio/model/variables.ts";
import { runEpoch } from "papilio/train/epoch.ts";
import type { LabelledBatch } from "papilio/train/labelled.ts";
import { bceDiceLoss, makeLoss } from "papilio/train/losses/mod.ts";
import { Adam, Sgd, WeightAverage } from "papilio/train/optimizers/mod.ts";
import {
  BatchedStep,
  makeEvaluationStep,
  makeTrainStep,
  phaseVariables,
} from "papilio/train/steps.ts";
import { Tally } from "papilio/train/tally.ts";
import { testEngines } from "../engine/_engines.ts";
import { withOnnxEngine } from "../engine/harness.ts";
import { sidePx, tinyBatches, tinyModel } from "./_stand_in.ts";

const options = { loss: bceDiceLoss, threshold: 0.5 };
const engine = await EagerEngine.create("cpu");

Deno.test("phaseVariables: each variable is in one part, frozen layers' statistics too", () => {
  const segmentation = tinyModel();
  setEncoderTrainable(segmentation, false);
  const { moving, frozen } = phaseVariables(segmentation.model);
  expect([...moving.keys()]).toEqual(["mask/kernel", "mask/bias"]);
  expect([...frozen.keys()]).toContain("encoder_bn/moving_mean");
  expect(moving.size + frozen.size).toBe(namedVariables(segmentation.model).size);
  setEncoderTrainable(segmentation, true);
  const all = phaseVariables(segmentation.model);
  expect(all.frozen.size).toBe(0);
  expect([...all.moving.keys()]).toEqual([...namedVariables(segmentation.model).keys()]);
});

Deno.test("makeTrainStep: one step is the gradient of the loss, by finite differences, put to Adam", async () => {
  const segmentation = tinyModel();
  setEncoderTrainable(segmentation, true);
  const weights = trainableVariables(segmentation.model);
  const kernel = present(weights.get("mask/kernel"));
  const adam = new Adam(weights, 0);
  const step = new BatchedStep(engine, makeTrainStep(segmentation, adam, weights, options), {
    name: "train",
    sidePx,
    variables: [],
  });
  const [batch] = await Array.fromAsync(
    tinyBatches(3, 1).epoch({ batchSize: 3, epoch: 1, shuffle: false, augment: false }),
  );
  const lossAt = async (index: number, shift: number) => {
    const values = kernel.dataSync().slice();
    const moved = values.slice();
    moved[index] = present(moved[index]) + shift;
    tf.tidy(() => kernel.assign(tf.tensor(moved, kernel.shape)));
    const { loss } = await step.run(present(batch));
    tf.tidy(() => kernel.assign(tf.tensor(values, kernel.shape)));
    return present(present(loss).data[0]);
  };
  await step.run(present(batch));
  // After the first step, Adam's m is a tenth of the gradient; a rate of 0 leaves the weights.
  const gradient = [...present(adam.state.get("adam/m/mask/kernel")).dataSync()].map((m) => 10 * m);
  for (const index of [0, 7, 20, 35]) {
    const slope = (await lossAt(index, 0.01) - await lossAt(index, -0.01)) / 0.02;
    expect(gradient[index]).toBeCloseTo(slope, 3);
  }
  adam.dispose();
});

Deno.test("makeTrainStep: shortens gradients together, and the average follows the weights", async () => {
  const segmentation = tinyModel();
  setEncoderTrainable(segmentation, true);
  const weights = trainableVariables(segmentation.model);
  const start = [...weights.values()].map((weight) => weight.dataSync().slice());
  const rate = 0.5;
  const optimizer = new Sgd(weights, rate);
  const average = new WeightAverage(weights, { decay: 0.1 });
  const limits = { maxGradientNorm: 1e-3, average };
  const train = makeTrainStep(segmentation, optimizer, weights, { ...options, ...limits });
  const step = new BatchedStep(engine, train, { name: "train", sidePx, variables: [] });
  const [batch] = await Array.fromAsync(
    tinyBatches(3, 1).epoch({ batchSize: 3, epoch: 1, shuffle: false, augment: false }),
  );
  const outputs = await step.run(present(batch));
  expect(outputs.gradientNorm?.data[0]).toBeGreaterThan(1e-2);
  const moves = [...weights.values()].flatMap((weight, i) =>
    [...weight.dataSync()].map((value, j) => value - present(start[i]?.[j]))
  );
  expect(Math.hypot(...moves) / (rate * 1e-3)).toBeCloseTo(1, 2);
  const [name, kernel] = present([...weights][0]);
  const held = present(average.state.get(`average/of/${name}`)).dataSync();
  const [before, after] = [present(start[0]?.[0]), present(kernel.dataSync()[0])];
  expect(held[0]).toBeCloseTo(before * 0.1 + after * 0.9, 7);
  optimizer.dispose();
  average.dispose();
});

Deno.test("makeEvaluationStep: counts of each image by hand, and nothing is moved", async () => {
  const segmentation = tinyModel();
  const before = [...namedVariables(segmentation.model).values()].map((v) => v.dataSync().slice());
  const step = new BatchedStep(engine, makeEvaluationStep(segmentation, options), {
    name: "evaluate",
    sidePx,
    variables: [],
  });
  const [batch] = await Array.fromAsync(
    tinyBatches(2, 1).epoch({ batchSize: 2, epoch: 1, shuffle: false, augment: false }),
  );
  const tensors = tf.memory().numTensors;
  const outputs = await step.run(present(batch));
  expect(tf.memory().numTensors).toBe(tensors);
  const { masks } = present(batch);
  for (const image of [0, 1]) {
    const pixels = [...masks.keys()].filter((i) => Math.floor(i / 64) === image);
    const found = (i: number) => present(outputs.probabilities).data[i] ?? NaN;
    const right = pixels.filter((i) => found(i) >= 0.5 && masks[i] === 1).length;
    const missed = pixels.filter((i) => found(i) < 0.5 && masks[i] === 1).length;
    expect(outputs.truePositives?.data[image]).toBe(right);
    expect(outputs.falseNegatives?.data[image]).toBe(missed);
  }
  expect([...namedVariables(segmentation.model).values()].map((v) => v.dataSync().slice()))
    .toEqual(before);
});

Deno.test("BatchedStep: compiles once for each batch size", async () => {
  const sizes: number[] = [];
  const counting = {
    name: "counting",
    device: "cpu",
    description: "",
    compile(
      step: Parameters<typeof engine.compile>[0],
      signature: Parameters<typeof engine.compile>[1],
    ) {
      sizes.push(present(signature.inputs.images).shape[0] ?? 0);
      return engine.compile(step, signature);
    },
    pull: () => Promise.resolve(),
    push: () => Promise.resolve(),
    dispose: () => Promise.resolve(),
  };
  const step = new BatchedStep(counting, makeEvaluationStep(tinyModel(), options), {
    name: "evaluate",
    sidePx,
    variables: [],
  });
  const epoch = { batchSize: 2, epoch: 1, shuffle: false, augment: false };
  const ids: string[] = [];
  const onBatch = (batch: LabelledBatch) => ids.push(...batch.ids);
  await runEpoch(step, tinyBatches(5, 1).epoch(epoch), { onBatch });
  await runEpoch(step, tinyBatches(5, 1).epoch(epoch));
  expect(sizes).toEqual([2, 1]);
  expect(ids).toEqual([0, 1, 2, 3, 4].map((i) => `case ${i}`));
});

Deno.test("Tally: with classes, means over those that are no background, each class apart", () => {
  const tally = new Tally(["background", "wings", "body"]);
  const output = (...data: number[]) => ({ shape: [data.length], data: Float32Array.from(data) });
  // Two images of 8 pixels; the body is in the second alone, and missed there.
  tally.add({ size: 2 }, {
    loss: output(1),
    truePositives: output(4, 3, 0, 5, 1, 0),
    falsePositives: output(1, 0, 0, 1, 1, 0),
    falseNegatives: output(0, 1, 0, 1, 0, 1),
    trueNegatives: output(3, 4, 8, 1, 6, 7),
  });
  const { accuracy, iou, dice, meanImageIou, classes } = tally.metrics;
  expect(accuracy).toBe((9 + 4 + 0) / 16);
  expect(classes?.map(({ iou }) => iou)).toEqual([9 / 12, 4 / 6, 0]);
  expect(iou).toBeCloseTo((4 / 6 + 0) / 2, 12);
  expect(dice).toBeCloseTo((8 / 10 + 0) / 2, 12);
  // "a": wings 3/4 alone; "b": wings 1/2, body 0.
  expect(meanImageIou).toBeCloseTo((3 / 4 + (1 / 2 + 0) / 2) / 2, 12);
});

Deno.test("Tally: losses weighted by images, metrics of summed counts and of each image", () => {
  const tally = new Tally();
  const output = (...data: number[]) => ({ shape: [data.length], data: Float32Array.from(data) });
  tally.add({ size: 2 }, {
    loss: output(1),
    truePositives: output(1, 3),
    falsePositives: output(0, 1),
    falseNegatives: output(1, 0),
    trueNegatives: output(2, 0),
  });
  tally.add({ size: 1 }, {
    loss: output(4),
    truePositives: output(0),
    falsePositives: output(0),
    falseNegatives: output(0),
    trueNegatives: output(4),
  });
  const { loss, accuracy, dice, iou, meanImageIou, meanImageDice } = tally.metrics;
  expect(loss).toBe((2 * 1 + 4) / 3);
  expect(accuracy).toBe(10 / 12);
  expect(iou).toBe(4 / 6);
  expect(dice).toBe(8 / 10);
  expect(meanImageIou).toBeCloseTo((1 / 2 + 3 / 4) / 2, 12); // "empty" has none.
  expect(meanImageDice).toBeCloseTo((2 / 3 + 6 / 7) / 2, 12);
});

const classes = [{ name: "background" }, { name: "left" }, { name: "right" }];

function classModel() {
  const options = { encoder: "double-conv", encoderDepth: 2, encoderFilters: 4 } as const;
  return buildSegmentation({ ...options, inputSidePx: sidePx, classes, seed: 3 });
}

/** The squares' left and right halves of the image as classes, the first row ignored. */
async function classBatch() {
  const [batch] = await Array.fromAsync(
    tinyBatches(2, 1).epoch({ batchSize: 2, epoch: 1, shuffle: false, augment: false }),
  );
  const masks = present(batch).masks.map((inside, i) =>
    i % sidePx ** 2 < sidePx ? IGNORED : inside * (i % sidePx < sidePx / 2 ? 1 : 2)
  );
  return { ...present(batch), masks };
}

for (const loss of ["cross-entropy+dice", "focal+lovasz-softmax", "log-dice+focal-tversky"]) {
  Deno.test(`with classes, compiled steps of ${loss} learn as the eager ones do`, async () => {
    const batch = await classBatch();
    const losses = async (on: Engine) => {
      const segmentation = classModel();
      const weights = trainableVariables(segmentation.model);
      const adam = new Adam(weights, 0.02);
      const train = makeTrainStep(segmentation, adam, weights, {
        loss: makeLoss(loss),
        threshold: 0.5,
      });
      const variables = [...weights.values(), ...adam.state.values()];
      const step = new BatchedStep(on, train, { name: "train", sidePx, variables });
      const found: number[] = [];
      for (let i = 0; i < 20; i++) {
        const outputs = await step.run(batch);
        expect(outputs.truePositives?.shape).toEqual([2, 3]);
        found.push(present(outputs.loss?.data[0]));
      }
      await step.dispose();
      adam.dispose();
      segmentation.model.dispose();
      return found;
    };
    const eager = await losses(engine);
    expect(present(eager.at(-1)) / present(eager[0])).toBeLessThan(0.9);
    await withOnnxEngine(async (compiled) => {
      const got = await losses(compiled);
      got.forEach((value, i) => expect(value).toBeCloseTo(present(eager[i]), 4));
    });
  });
}

testEngines("with classes, evaluation gives each one's probability and counts", async (tested) => {
  await tf.setBackend("cpu");
  const batch = await classBatch();
  const segmentation = classModel();
  const evaluation = makeEvaluationStep(segmentation, {
    loss: makeLoss("cross-entropy+dice"),
    threshold: 0.5,
  });
  const constants = [...namedVariables(segmentation.model).values()];
  const outputsOn = async (on: Engine) => {
    const signature = { name: "evaluate", sidePx, variables: [], constants };
    const step = new BatchedStep(on, evaluation, signature);
    const outputs = await step.run(batch);
    await step.dispose();
    return outputs;
  };
  const eager = await outputsOn(engine);
  const { probabilities, truePositives, falsePositives } = eager;
  expect(probabilities?.shape).toEqual([2, sidePx, sidePx, 3]);
  const [tp, fp] = [new Array(6).fill(0), new Array(6).fill(0)];
  batch.masks.forEach((number, i) => {
    const p = [...present(probabilities).data.slice(3 * i, 3 * i + 3)];
    expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    if (number === IGNORED) return;
    const found = p.indexOf(Math.max(...p));
    const counts = found === number ? tp : fp;
    counts[3 * Math.floor(i / sidePx ** 2) + found]++;
  });
  expect([...present(truePositives).data]).toEqual(tp);
  expect([...present(falsePositives).data]).toEqual(fp);
  const got = await outputsOn(tested);
  for (const [name, { shape, data }] of Object.entries(eager)) {
    expect([name, got[name]?.shape]).toEqual([name, shape]);
    data.forEach((value, i) => expect(got[name]?.data[i]).toBeCloseTo(value, 5));
  }
});
