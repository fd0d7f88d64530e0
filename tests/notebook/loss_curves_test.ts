import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { lossesOfNothing, lossesOfWrong, lossesOverMissed } from "papilio/notebook/loss_curves.ts";

await tf.setBackend("cpu");

const wrongness = [4, 0, -3];
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

/** Of a mask of 1,024 foreground pixels with one common logit: the loss and minus its derivative by hand. */
const byHand: Record<string, { loss: (p: number) => number; pull: (p: number) => number }> = {
  "bce": { loss: (p) => -Math.log(p), pull: (p) => 1 - p },
  "dice": {
    loss: (p) => 1 - (2048 * p + 1) / (1024 * p + 1025),
    pull: (p) => p * (1 - p) * (2048 * 1025 - 1024) / (1024 * p + 1025) ** 2,
  },
  "jaccard": { loss: (p) => 1 - (1024 * p + 1) / 1025, pull: (p) => p * (1 - p) * 1024 / 1025 },
  "log-dice": {
    loss: (p) => -Math.log((2048 * p + 1) / (1024 * p + 1025)),
    pull: (p) => p * (1 - p) * (2048 / (2048 * p + 1) - 1024 / (1024 * p + 1025)),
  },
};

for (const [name, { loss, pull }] of Object.entries(byHand)) {
  Deno.test(`${name} over the wrongness is as derived by hand, and so is its pull`, () => {
    const before = tf.memory().numTensors;
    const { losses: [curve], pulls: [slope] } = lossesOfWrong([name], wrongness);
    expect(curve?.label).toBe(name);
    expect(curve?.x).toEqual(wrongness);
    wrongness.map((wrong) => sigmoid(-wrong)).forEach((p, i) => {
      expect(curve?.y[i]).toBeCloseTo(loss(p), 5);
      expect(slope?.y[i]).toBeCloseTo(pull(p), 5);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
}

Deno.test("the Lovász hinge pulls with all its strength up to its margin of 1, and no further", () => {
  const { losses: [hinge], pulls: [pull] } = lossesOfWrong(["lovasz-hinge"], [4, 0, -3]);
  hinge?.y.forEach((value, i) => expect(value).toBeCloseTo([5, 1, 0][i]!, 5));
  pull?.y.forEach((value, i) => expect(value).toBeCloseTo([1, 1, 0][i]!, 5));
});

Deno.test("half an object missed is a Jaccard loss of about a half, a third by Dice", () => {
  const [jaccard, dice] = lossesOverMissed(["jaccard", "dice"], [1, 0.5, 0], {
    objectPx: 400,
    sureness: 30,
  });
  const expected = [[1 - 1 / 401, 1 - 201 / 401, 0], [1 - 1 / 401, 1 - 401 / 601, 0]];
  [jaccard, dice].forEach((curve, k) =>
    curve?.y.forEach((value, i) => expect(value).toBeCloseTo(expected[k]![i]!, 5))
  );
});

Deno.test("nothing found: cross-entropy forgets small objects, Dice does not, and smoothing decides on none", () => {
  const columns = [512, 0].map((objectPx) => ({ objectPx, sureness: 4 }));
  const [bce, dice] = lossesOfNothing(["bce", "dice"], [
    ...columns,
    { objectPx: 0, sureness: 30, label: "sure" },
  ]);
  const p = sigmoid(-4);
  expect(bce).toEqual({
    loss: "bce",
    "512 px": (-(Math.log(p) + Math.log(1 - p)) / 2).toFixed(3),
    "0 px": (-Math.log(1 - p)).toFixed(3),
    sure: "0.000",
  });
  expect(dice).toEqual({
    loss: "dice",
    "512 px": (1 - (2 * 512 * p + 1) / (1024 * p + 512 + 1)).toFixed(3),
    "0 px": (1 - 1 / (1024 * p + 1)).toFixed(3),
    sure: "0.000",
  });
});
