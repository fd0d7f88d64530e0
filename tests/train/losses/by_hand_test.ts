import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { resolveConfig } from "papilio/core/config.ts";
import { signedDistances } from "papilio/data/distances.ts";
import {
  bceDiceLoss,
  binaryCrossEntropyFromLogits,
  borderCrossEntropy,
  borderWeights,
  checkLoss,
  crossEntropy,
  focalLoss,
  focalTverskyLoss,
  jaccardLoss,
  logDiceLoss,
  losses,
  lossSettingsOf,
  lovaszHingeLoss,
  lovaszSoftmaxLoss,
  makeLoss,
  parseLossTerms,
  tverskyLoss,
} from "papilio/train/losses/mod.ts";
import { evaluate, row, valueOf } from "./_evaluate.ts";

await tf.setBackend("cpu");

const ln = Math.log;

Deno.test("logDiceLoss: the logarithm of a Dice of two thirds", () => {
  // p = 1/2 everywhere: overlap 2·(1/2) + 1 = 2, total 1 + 1 + 1 = 3.
  expect(valueOf(logDiceLoss, row(0, 0), row(1, 0))).toBeCloseTo(ln(3 / 2), 6);
});

Deno.test("jaccardLoss: one pixel found, one missed, one too many", () => {
  // Overlap 1 + 1, union 3 + 1.
  expect(valueOf(jaccardLoss, row(100, -100, 100), row(1, 1, 0))).toBeCloseTo(1 - 2 / 4, 6);
});

Deno.test("tverskyLoss: a miss costs its weight, a false alarm its own", () => {
  const loss = tverskyLoss({ falsePositiveWeight: 0.2, falseNegativeWeight: 0.8 });
  expect(valueOf(loss, row(100, -100), row(1, 1))).toBeCloseTo(0.8 / (1 + 0.8 + 1), 6);
  expect(valueOf(loss, row(100, 100), row(1, 0))).toBeCloseTo(0.2 / (1 + 0.2 + 1), 6);
  const equal = tverskyLoss({ falsePositiveWeight: 1, falseNegativeWeight: 1 });
  const [logits, masks] = [row(0.3, -2, 1), row(1, 0, 0)];
  expect(valueOf(equal, logits, masks)).toBeCloseTo(valueOf(jaccardLoss, logits, masks), 6);
});

Deno.test("tverskyLoss: what a sure answer misses keeps its digits", () => {
  const missed = 0.7 / (1 + Math.exp(20));
  const ratio = valueOf(tverskyLoss(), row(20), row(1)) / (missed / (2 + missed));
  expect(ratio).toBeCloseTo(1, 5);
});

Deno.test("focalTverskyLoss: the Tversky loss to the power of 1/γ", () => {
  const [logits, masks] = [row(0.3, -2, 1), row(1, 0, 0)];
  const plain = valueOf(tverskyLoss(), logits, masks);
  expect(valueOf(focalTverskyLoss(), logits, masks)).toBeCloseTo(plain ** 0.75, 6);
  expect(valueOf(focalTverskyLoss({ gamma: 1 }), logits, masks)).toBeCloseTo(plain, 6);
});

Deno.test("focalLoss: even odds keep a quarter; γ 0 and α 1/2 is half the cross-entropy", () => {
  expect(valueOf(focalLoss({ gamma: 2, alpha: 0.3 }), row(0), row(1)))
    .toBeCloseTo(0.3 * 0.25 * ln(2), 6);
  expect(valueOf(focalLoss({ gamma: 2, alpha: 0.3 }), row(0), row(0)))
    .toBeCloseTo(0.7 * 0.25 * ln(2), 6);
  const [logits, masks] = [row(0.3, -2, 1), row(1, 0, 0)];
  expect(valueOf(focalLoss({ gamma: 0, alpha: 0.5 }), logits, masks))
    .toBeCloseTo(valueOf(binaryCrossEntropyFromLogits, logits, masks) / 2, 6);
});

Deno.test("lovaszHingeLoss: wrong answers with the same error cost their Jaccard loss", () => {
  // Errors: 0 where right (z = ±1), 2 where wrong. One of three foreground pixels is missed, one too many.
  const found = row(1, 1, -1, 1, -1);
  const masks = row(1, 1, 1, 0, 0);
  expect(valueOf(lovaszHingeLoss, found, masks)).toBeCloseTo(2 * (1 - 2 / 4), 6);
});

Deno.test("lovaszHingeLoss: the mean over images, one of them without foreground", () => {
  const shape = [2, 1, 3, 1];
  const logits = { shape, data: [1, -1, -1, -3, 0.5, -0.5] };
  const masks = { shape, data: [1, 0, 0, 0, 0, 0] };
  // The first is right with its margin. In the second, the worst error alone counts: 1 + 0.5.
  const { value, gradient } = evaluate(lovaszHingeLoss, logits, masks);
  expect(value).toBeCloseTo(1.5 / 2, 6);
  expect(gradient.slice(3)).toEqual([0, 0.5, 0].map((slope) => expect.closeTo(slope, 6)));
});

Deno.test("borderWeights: by the distance to the other class, whatever the axis", () => {
  const [heightPx, widthPx] = [9, 11];
  const data = Uint8Array.from(
    { length: heightPx * widthPx },
    (_, i) => Number(i % widthPx < 3 || (i % widthPx === 8 && i < 40)),
  );
  const distances = [...signedDistances({ data, widthPx, heightPx })];
  const weights = tf.tidy(() => {
    const masks = tf.tensor4d(data, [1, heightPx, widthPx, 1], "float32");
    return [...borderWeights(masks, { borderWeight: 10, sigmaPx: 5 }).dataSync()];
  });
  weights.forEach((weight, i) => {
    const distance = Math.abs(distances[i] ?? NaN) + 0.5;
    expect(weight).toBeCloseTo(1 + 10 * Math.exp(-(distance ** 2) / 50), 5);
  });
});

Deno.test("borderWeights: counts as far as four sigma", () => {
  const masks = tf.tensor4d([1, 0, 0, 0, 0, 0], [1, 6, 1, 1]);
  const weights = borderWeights(masks, { borderWeight: 1e4, sigmaPx: 1 });
  const expected = [1, 1, 2, 3, 4].map((d) => 1 + 1e4 * Math.exp(-(d ** 2) / 2));
  const got = [...weights.dataSync()];
  [...expected, 1].forEach((weight, i) => expect((got[i] ?? NaN) / weight).toBeCloseTo(1, 5));
  tf.dispose([masks, weights]);
});

Deno.test("borderCrossEntropy: without a border it is the plain one", () => {
  const logits = row(0.3, -2, 1);
  expect(valueOf(borderCrossEntropy(), logits, row(1, 1, 1)))
    .toBeCloseTo(valueOf(binaryCrossEntropyFromLogits, logits, row(1, 1, 1)), 6);
});

const twoPixels = { shape: [1, 1, 2, 3], data: [0, 0, 0, 0, ln(2), ln(5)] };

Deno.test("crossEntropy: the weighted mean of the logarithms", () => {
  // Probabilities 1/3 of the first pixel's class, 2/8 of the second's.
  expect(valueOf(crossEntropy(), twoPixels, row(0, 1))).toBeCloseTo((ln(3) + ln(4)) / 2, 6);
  expect(valueOf(crossEntropy({ classWeights: [1, 3, 9] }), twoPixels, row(0, 1)))
    .toBeCloseTo((ln(3) + 3 * ln(4)) / 4, 6);
});

Deno.test("with classes, ignored pixels do not count, and unknown numbers are no number", () => {
  const { value, gradient } = evaluate(crossEntropy(), twoPixels, row(255, 1));
  expect(value).toBeCloseTo(ln(4), 6);
  expect(gradient.slice(0, 3)).toEqual([0, 0, 0]);
  for (const name of ["cross-entropy", "dice", "focal", "lovasz-softmax"] as const) {
    expect(valueOf(losses[name], twoPixels, row(7, 1))).toBe(Infinity);
  }
});

// Each of the three classes has probability 1/3 at the first pixel; then 1/8, 2/8, 5/8.
const thirds = [1 / 3, 1 / 3, 1 / 3] as const;
const eighths = [1 / 8, 2 / 8, 5 / 8] as const;

Deno.test("diceLoss of classes: one minus the mean over all of them, one that is nowhere too", () => {
  const scores = [
    (2 * thirds[0] + 1) / (thirds[0] + eighths[0] + 1 + 1),
    (2 * eighths[1] + 1) / (thirds[1] + eighths[1] + 1 + 1),
    1 / (thirds[2] + eighths[2] + 1),
  ] as const;
  const mean = (scores[0] + scores[1] + scores[2]) / 3;
  expect(valueOf(losses.dice, twoPixels, row(0, 1))).toBeCloseTo(1 - mean, 6);
  expect(valueOf(logDiceLoss, twoPixels, row(0, 1)))
    .toBeCloseTo(-(ln(scores[0]) + ln(scores[1]) + ln(scores[2])) / 3, 6);
});

Deno.test("jaccardLoss and tverskyLoss of classes: an ignored pixel is not there", () => {
  const wrong = [eighths[0], 1 - eighths[1], eighths[2]] as const;
  const jaccard = [wrong[0] / (wrong[0] + 1), wrong[1] / 2, wrong[2] / (wrong[2] + 1)] as const;
  expect(valueOf(jaccardLoss, twoPixels, row(255, 1)))
    .toBeCloseTo((jaccard[0] + jaccard[1] + jaccard[2]) / 3, 6);
  const [alpha, beta] = [0.2, 0.8];
  const missed = [alpha * wrong[0], beta * wrong[1], alpha * wrong[2]] as const;
  const tversky = [
    missed[0] / (missed[0] + 1),
    missed[1] / (eighths[1] + missed[1] + 1),
    missed[2] / (missed[2] + 1),
  ] as const;
  const loss = tverskyLoss({ falsePositiveWeight: alpha, falseNegativeWeight: beta });
  expect(valueOf(loss, twoPixels, row(255, 1)))
    .toBeCloseTo((tversky[0] + tversky[1] + tversky[2]) / 3, 6);
});

Deno.test("focalLoss of classes: what is left of the cross-entropy, γ 0 all of it", () => {
  expect(valueOf(focalLoss(), twoPixels, row(0, 1)))
    .toBeCloseTo(((2 / 3) ** 2 * ln(3) + (3 / 4) ** 2 * ln(4)) / 2, 6);
  expect(valueOf(focalLoss({ gamma: 0 }), twoPixels, row(0, 1)))
    .toBeCloseTo(valueOf(crossEntropy(), twoPixels, row(0, 1)), 6);
});

Deno.test("lovaszSoftmaxLoss: sure answers cost the Jaccard loss of the classes that are there", () => {
  const sure = (...classes: number[]) => ({
    shape: [1, 1, classes.length, 3],
    data: classes.flatMap((number) => [0, 1, 2].map((c) => c === number ? 100 : 0)),
  });
  // IoU of class 0: 1 of 2, of class 1: 1 of 2; class 2 is nowhere.
  expect(valueOf(lovaszSoftmaxLoss, sure(0, 1, 1), row(0, 0, 1))).toBeCloseTo(1 / 2, 6);
  expect(valueOf(lovaszSoftmaxLoss, sure(0, 1, 1), row(0, 255, 1))).toBeCloseTo(0, 6);
  // Class 2 is found where it is not, and only the others count: 1/2 and 1.
  expect(valueOf(lovaszSoftmaxLoss, sure(0, 2, 1), row(0, 0, 1))).toBeCloseTo((1 / 2 + 0) / 2, 6);
});

Deno.test("checkLoss: terms that go with classes, without, or both", () => {
  for (const text of ["bce+dice", "border-bce+0.5*jaccard", "lovasz-hinge", "focal"]) {
    checkLoss(text, 0);
  }
  for (const text of ["cross-entropy+dice", "lovasz-softmax", "focal+log-dice+tversky"]) {
    checkLoss(text, 3);
  }
  expect(() => checkLoss("bce+2*dice+lovasz-hinge", 3)).toThrow(
    'Cannot use the loss "bce+2*dice+lovasz-hinge" with 3 classes: expected terms out of ' +
      "cross-entropy, focal, dice, log-dice, jaccard, tversky, focal-tversky, lovasz-softmax, got " +
      'bce, lovasz-hinge. Use "cross-entropy+dice", say.',
  );
  expect(() => checkLoss("cross-entropy", 1)).toThrow(
    'Cannot use the loss "cross-entropy" without classes: expected terms out of bce, border-bce, ' +
      "focal, dice, log-dice, jaccard, tversky, focal-tversky, lovasz-hinge, got cross-entropy. " +
      'Use "bce+dice", say, or name classes with --classes.',
  );
  expect(() => checkLoss("dise", 3)).toThrow('got "dise"');
});

Deno.test("lossSettingsOf: each field of the configuration goes to its loss", () => {
  const settings = {
    ...{ classWeights: [1, 2], focalGamma: 3, focalAlpha: 0.4, falsePositiveWeight: 0.5 },
    ...{ falseNegativeWeight: 0.6, focalTverskyGamma: 1.5, borderWeight: 7, borderSigmaPx: 8 },
  };
  expect(lossSettingsOf(settings)).toEqual({
    focal: { gamma: 3, alpha: 0.4 },
    tversky: { falsePositiveWeight: 0.5, falseNegativeWeight: 0.6 },
    focalTversky: { falsePositiveWeight: 0.5, falseNegativeWeight: 0.6, gamma: 1.5 },
    border: { borderWeight: 7, sigmaPx: 8 },
    crossEntropy: { classWeights: [1, 2] },
  });
  // The configuration's defaults are the losses' own.
  const { lossSettings } = resolveConfig();
  const [logits, masks] = [row(0.3, -2, 1), row(1, 0, 0)];
  for (const name of ["focal", "tversky", "focal-tversky", "border-bce"] as const) {
    expect(valueOf(makeLoss(name, lossSettingsOf(lossSettings)), logits, masks))
      .toBe(valueOf(losses[name], logits, masks));
  }
});

Deno.test("a sum is the sum of its weighted terms", () => {
  expect(parseLossTerms(" bce+ 2 * focal-tversky + .5*lovasz-hinge")).toEqual([
    { name: "bce", weight: 1 },
    { name: "focal-tversky", weight: 2 },
    { name: "lovasz-hinge", weight: 0.5 },
  ]);
  const [logits, masks] = [row(0.3, -2, 1), row(1, 0, 0)];
  const sum = evaluate(makeLoss("bce+2*dice"), logits, masks);
  const bce = evaluate(losses.bce, logits, masks);
  const dice = evaluate(losses.dice, logits, masks);
  expect(sum.value).toBeCloseTo(bce.value + 2 * dice.value, 6);
  sum.gradient.forEach((slope, i) =>
    expect(slope).toBeCloseTo((bce.gradient[i] ?? NaN) + 2 * (dice.gradient[i] ?? NaN), 6)
  );
});

Deno.test('"bce+dice" by its name is bceDiceLoss to the bit', () => {
  const [logits, masks] = [row(0.3, -2, 1, 7), row(1, 0, 0, 1)];
  const expected = evaluate(bceDiceLoss, logits, masks);
  expect(evaluate(losses["bce+dice"], logits, masks)).toEqual(expected);
  expect(evaluate(makeLoss("bce+dice"), logits, masks)).toEqual(expected);
  expect(evaluate(makeLoss("1*bce + dice"), logits, masks)).toEqual(expected);
});

Deno.test("settings go to their own losses", () => {
  const [logits, masks] = [row(0.3, -2, 1), row(1, 0, 0)];
  const settings = { focal: { gamma: 1, alpha: 0.5 }, tversky: { falsePositiveWeight: 2 } };
  expect(valueOf(makeLoss("focal+tversky", settings), logits, masks)).toBeCloseTo(
    valueOf(focalLoss(settings.focal), logits, masks) +
      valueOf(tverskyLoss(settings.tversky), logits, masks),
    6,
  );
});

for (
  const [text, got] of [
    ["bce+dise", 'got "dise" (did you mean "dice"?)'],
    ["", 'got ""'],
    ["bce+", 'got ""'],
    ["-1*dice", 'got the weight "-1"'],
    ["0*dice", 'got the weight "0"'],
    ["two*dice", 'got the weight "two"'],
    ["2*3*dice", 'got "2*3*dice"'],
    ["bce+dice+2*bce", 'got "bce" twice'],
  ] as const
) {
  Deno.test(`the loss "${text}" is refused with what is known`, () => {
    expect(() => makeLoss(text)).toThrow(
      `Cannot use the loss "${text}": expected one or more out of bce, border-bce, ` +
        `cross-entropy, focal, dice, log-dice, jaccard, tversky, focal-tversky, lovasz-hinge, ` +
        `lovasz-softmax, ${got}. Join them by +, with weights above 0 before ` +
        `a *: "bce+dice", "bce+0.5*jaccard".`,
    );
  });
}

Deno.test("settings out of range are refused by name", () => {
  expect(() => focalLoss({ gamma: -1 })).toThrow(
    "focal loss's gamma: expected a number of at least 0",
  );
  expect(() => focalLoss({ alpha: 1.5 })).toThrow("expected a number from 0 to 1, got 1.5");
  expect(() => tverskyLoss({ falsePositiveWeight: NaN })).toThrow("falsePositiveWeight");
  expect(() => tverskyLoss({ falseNegativeWeight: -1 })).toThrow("falseNegativeWeight");
  expect(() => focalTverskyLoss({ gamma: 0.5 })).toThrow("from 1 to 3, got 0.5");
  expect(() => borderCrossEntropy({ sigmaPx: 0 })).toThrow("sigmaPx");
  expect(() => borderCrossEntropy({ borderWeight: -1 })).toThrow("borderWeight");
  expect(() => crossEntropy({ classWeights: [1, -1] })).toThrow("the weight of class 1");
});

Deno.test("masks of another shape are refused, not broadcast", () => {
  const refused = "expected masks of the shape [1, 1, 2, 3], got [1, 1, 2, 1]";
  expect(() => evaluate(losses.bce, twoPixels, row(0, 1))).toThrow(refused);
  expect(() => evaluate(losses.dice, twoPixels, twoPixels))
    .toThrow("expected masks of the shape [1, 1, 2, 1], got [1, 1, 2, 3]");
  expect(() => evaluate(crossEntropy({ classWeights: [1] }), twoPixels, row(0, 1)))
    .toThrow("Cannot weigh the classes: expected 3 weights, one a class, got 1");
});
