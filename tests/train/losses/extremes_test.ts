/** No loss may lose its number: huge logits, masks of one class alone, classes and pixels that are missing. */
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { IGNORED } from "papilio/core/classes.ts";
import { checkLoss, type Loss, losses, makeLoss } from "papilio/train/losses/mod.ts";
import { withOnnxEngine } from "../../engine/harness.ts";
import { evaluate, type Numbers } from "./_evaluate.ts";

await tf.setBackend("cpu");

const pixels = 12;

const repeat = (values: readonly number[], count = pixels) =>
  Array.from({ length: count }, (_, i) => values[i % values.length] ?? NaN);

const tensor = (channels: number, values: readonly number[]): Numbers => ({
  shape: [1, 3, 4, channels],
  data: repeat(values, pixels * channels),
});

/** Logits and masks by their names, as pixels or classes that are repeated. */
interface Kind {
  /** Logits of a pixel: 1 for foreground, 3 for as many classes. */
  channels: number;
  logits: Record<string, readonly number[]>;
  masks: Record<string, readonly number[]>;
}

const ofForeground: Kind = {
  channels: 1,
  logits: {
    "logits of 0": [0],
    "logits of 20": [20],
    "logits of -20": [-20],
    "logits of 1e4": [1e4],
    "logits of -1e4": [-1e4],
    "logits of ±1e4": [1e4, -1e4],
    "logits of all sizes": [-1e4, 1e4, 0, 3, -60],
  },
  masks: {
    "no foreground": [0],
    "foreground everywhere": [1],
    "both": [1, 0],
  },
};

const ofClasses: Kind = {
  channels: 3,
  logits: {
    "logits of 0": [0],
    "logits of 1e4": [1e4],
    "logits of -1e4": [-1e4],
    "first class at 1e4": [1e4, -1e4, -1e4],
    "last class at 1e4": [-1e4, -1e4, 1e4],
    "classes by turns at 1e4": [1e4, -1e4, -1e4, -1e4],
    "logits of all sizes": [-1e4, 1e4, 0, 3, -60],
  },
  masks: {
    "all classes": [0, 1, 2],
    "one class everywhere": [0],
    "a class that is nowhere": [0, 2],
    "some pixels ignored": [0, IGNORED, 1, 2, IGNORED],
    "one pixel not ignored": [2, ...repeat([IGNORED], pixels - 1)],
    "all pixels ignored": [IGNORED],
  },
};

const fits = (name: string, { channels }: Kind) => {
  try {
    checkLoss(name, channels);
    return true;
  } catch {
    return false;
  }
};

interface Case {
  title: string;
  z: Numbers;
  y: Numbers;
}

function casesOf({ channels, logits, masks }: Kind): Case[] {
  return Object.entries(logits).flatMap(([logitsName, z]) =>
    Object.entries(masks).map(([masksName, y]) => ({
      title: `${logitsName}, ${masksName}`,
      z: tensor(channels, z),
      y: tensor(1, y),
    }))
  );
}

/** Beside the published settings, those at which a power or a weight could lose its number. */
const all: Record<string, Loss> = {
  ...losses,
  "focal, gamma 0": makeLoss("focal", { focal: { gamma: 0 } }),
  "focal, gamma 0.5": makeLoss("focal", { focal: { gamma: 0.5 } }),
  "focal-tversky, gamma 2": makeLoss("focal-tversky", { focalTversky: { gamma: 2 } }),
  "cross-entropy, weights 0": makeLoss("cross-entropy", {
    crossEntropy: { classWeights: [0, 1, 2] },
  }),
};

const tables = [ofForeground, ofClasses].flatMap((kind) =>
  Object.entries(all).filter(([name]) => fits(name.replace(/,.*/, ""), kind)).map((
    [name, loss],
  ) => ({
    title: `${name} of ${kind === ofForeground ? "foreground" : "classes"}`,
    loss,
    kind,
    cases: casesOf(kind),
  }))
);

Deno.test("every loss is in the table", () => {
  const named = new Set(tables.map(({ loss }) => loss));
  expect(Object.entries(all).filter(([, loss]) => !named.has(loss))).toEqual([]);
  expect(tables.length).toBe(28);
});

for (const { title, loss, cases } of tables) {
  for (const { title: ofCase, z, y } of cases) {
    Deno.test(`${title}, ${ofCase}: finite, not below 0, with a finite gradient`, () => {
      const { value, gradient } = evaluate(loss, z, y);
      expect([value, ...gradient].filter((number) => !Number.isFinite(number))).toEqual([]);
      expect(value).toBeGreaterThanOrEqual(0);
    });
  }
}

for (const { title, loss, kind } of tables) {
  Deno.test(`${title}: nothing to pay for sure and right answers, and nothing to change`, () => {
    for (const masks of Object.values(kind.masks)) {
      const y = tensor(1, masks);
      const right = y.data.flatMap((number) =>
        kind === ofForeground
          ? [number === 1 ? 40 : -40]
          : Array.from({ length: kind.channels }, (_, c) => c === number ? 40 : -40)
      );
      const { value, gradient } = evaluate(loss, { ...tensor(kind.channels, [0]), data: right }, y);
      expect(value).toBeLessThan(1e-6);
      expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-6);
    }
  });

  Deno.test(`${title}: leaves no tensor behind`, () => {
    const before = tf.memory().numTensors;
    evaluate(loss, tensor(kind.channels, [1, 2]), tensor(1, [0, 1]));
    expect(tf.memory().numTensors).toBe(before);
  });
}

for (const { title, loss, cases } of tables.filter(({ kind }) => kind === ofClasses)) {
  Deno.test(`${title}: 0 where all pixels are ignored, and ignored ones move nothing`, () => {
    for (const { title, z, y } of cases) {
      const { value, gradient } = evaluate(loss, z, y);
      const ofIgnored = gradient.filter((_, i) => y.data[Math.floor(i / 3)] === IGNORED);
      expect(ofIgnored.every((slope) => slope === 0)).toBe(true);
      if (title.endsWith("all pixels ignored")) expect(value).toBe(0);
    }
  });
}

Deno.test("compiled, every loss stays finite too", async (t) => {
  await withOnnxEngine(async (engine) => {
    for (const { title, loss, kind, cases } of tables) {
      await t.step(title, async () => {
        const step = await engine.compile(({ z, y }) => {
          const { value, grad } = tf.valueAndGrad((z) => loss(z as tf.Tensor4D, y as tf.Tensor4D))(
            z as tf.Tensor4D,
          );
          return { loss: value, gradient: grad };
        }, {
          name: title,
          inputs: {
            z: { shape: tensor(kind.channels, [0]).shape },
            y: { shape: tensor(1, [0]).shape },
          },
          variables: [],
        });
        for (const { title, z, y } of cases) {
          const got = await step.run({
            z: Float32Array.from(z.data),
            y: Float32Array.from(y.data),
          });
          const numbers = [...got.loss?.data ?? [NaN], ...got.gradient?.data ?? [NaN]];
          expect([title, ...numbers.filter((number) => !Number.isFinite(number))]).toEqual([title]);
        }
        await step.dispose();
      });
    }
  });
});
