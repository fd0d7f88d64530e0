/** Every optimizer against torch.optim in float64, compiled against eager, and through a checkpoint. */
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { resolveConfig } from "papilio/core/config.ts";
import type { StepFunction } from "papilio/engine/engine.ts";
import type { TensorValues } from "papilio/train/checkpoint.ts";
import {
  clipByGlobalNorm,
  isOptimizerState,
  makeOptimizer,
  type Optimizer,
  type OptimizerName,
  optimizers,
  type OptimizerSettings,
} from "papilio/train/optimizers/mod.ts";
import { restore } from "papilio/train/state.ts";
import { withOnnxEngine } from "../../engine/harness.ts";
import { distance, golden, startWeights, tensorsOf } from "./_golden.ts";

await tf.setBackend("cpu");

type Weights = ReadonlyMap<string, tf.Variable>;

const single = golden.optimizers.map(({ name, settings, steps }) => ({
  title: `${name} ${JSON.stringify(settings)}`,
  name,
  steps,
  make: (weights: Weights) =>
    optimizers[name as OptimizerName](weights, 99, settings as OptimizerSettings),
}));

const factors: Record<string, number> = golden.rateFactors.factors;

const grouped = golden.rateFactors.optimizers.map(({ name, settings, steps }) => ({
  title: `${name} ${JSON.stringify(settings)} with rate factors`,
  name,
  steps,
  make: (weights: Weights) => {
    const { optimizer } = resolveConfig("butterfly", {
      optimizer: { name: name as OptimizerName, ...settings },
    });
    return makeOptimizer(weights, 99, {
      ...optimizer,
      rateFactorOf: (weight) => present(factors[weight.replace("dense/", "")]),
    });
  },
}));

const cases = [...single, ...grouped];

/** The golden step of this number, at its learning rate. */
function takeStep(optimizer: Optimizer, index: number): void {
  tf.tidy(() => {
    optimizer.learningRate.assign(tf.scalar(present(golden.rates[index])));
    optimizer.apply(tensorsOf(present(golden.gradients[index])));
  });
}

for (const { title, name, make, steps } of cases) {
  Deno.test(`${title}: six steps, the rate changed on the way, equal PyTorch's`, () => {
    const before = tf.memory().numTensors;
    const weights = startWeights();
    const optimizer = make(weights);
    steps.forEach((expected, i) => {
      takeStep(optimizer, i);
      expect(distance(weights, expected)).toBeLessThan(1e-6);
    });
    optimizer.dispose();
    tf.dispose([...weights.values()]);
    expect(tf.memory().numTensors).toBe(before);
  });

  Deno.test(`${title}: goes on from its state by name as if it had not stopped`, () => {
    const [weights, others] = [startWeights(), startWeights()];
    const [optimizer, fresh] = [make(weights), make(others)];
    for (let i = 0; i < 3; i++) takeStep(optimizer, i);
    const tensors = new Map([...weights, ...optimizer.state].map(
      ([key, variable]): [string, TensorValues] => [key, {
        shape: variable.shape,
        data: variable.dataSync<"float32">().slice(),
      }],
    ));
    expect([...tensors.keys()].filter(isOptimizerState)).toEqual([...fresh.state.keys()]);
    expect([...fresh.state.keys()].every((key) => key.startsWith(`${name}/`))).toBe(true);
    restore(new Map([...others, ...fresh.state]), { tensors, metadata: {} }, "memory");
    for (let i = 3; i < 6; i++) [optimizer, fresh].forEach((each) => takeStep(each, i));
    for (const [key, weight] of weights) {
      expect([...present(others.get(key)).dataSync()]).toEqual([...weight.dataSync()]);
    }
    for (const each of [optimizer, fresh]) each.dispose();
    tf.dispose([...weights.values(), ...others.values()]);
  });

  Deno.test(`${title}: a missing gradient is named`, () => {
    const weights = startWeights();
    const optimizer = make(weights);
    expect(() => optimizer.apply(new Map())).toThrow("gradient of dense/kernel is missing");
    optimizer.dispose();
    tf.dispose([...weights.values()]);
  });
}

Deno.test("every optimizer, compiled, equals PyTorch's with a rate that changes between steps", async (t) => {
  await withOnnxEngine(async (engine) => {
    for (const { title, make, steps } of cases) {
      await t.step(title, async () => {
        const weights = startWeights();
        const optimizer = make(weights);
        const step: StepFunction = ({ kernel, bias }) => {
          optimizer.apply(
            new Map([["dense/kernel", present(kernel)], ["dense/bias", present(bias)]]),
          );
          return { done: tf.scalar(1) };
        };
        const compiled = await engine.compile(step, {
          name: title,
          inputs: { kernel: { shape: [2, 3] }, bias: { shape: [3] } },
          variables: [...weights.values(), ...optimizer.state.values()],
        });
        for (const [i, expected] of steps.entries()) {
          tf.tidy(() => optimizer.learningRate.assign(tf.scalar(present(golden.rates[i]))));
          await engine.push([optimizer.learningRate]);
          const { kernel, bias } = present(golden.gradients[i]);
          await compiled.run({
            kernel: Float32Array.from(kernel),
            bias: Float32Array.from(bias),
          });
          await engine.pull([...weights.values()]);
          expect(distance(weights, expected)).toBeLessThan(1e-6);
        }
        await compiled.dispose();
        optimizer.dispose();
        tf.dispose([...weights.values()]);
      });
    }
  });
});

for (const { limit, norm, gradients, given } of golden.clipped) {
  Deno.test(`clipByGlobalNorm: a limit of ${limit} as PyTorch's`, () => {
    tf.tidy(() => {
      const clipped = clipByGlobalNorm(tensorsOf(given), limit);
      expect(Math.abs(Number(clipped.norm.dataSync()) / norm - 1)).toBeLessThan(1e-6);
      expect(distance(clipped.gradients, gradients)).toBeLessThan(1e-6);
    });
  });
}

Deno.test("clipByGlobalNorm: at a norm of 1e-6, the 1e-6 that is added halves", () => {
  tf.tidy(() => {
    const { gradients } = clipByGlobalNorm(new Map([["a", tf.tensor1d([1e-6])]]), 1e-6);
    expect(present(present(gradients.get("a")).dataSync()[0]) / 5e-7).toBeCloseTo(1, 5);
  });
});

Deno.test("clipByGlobalNorm: gradients of zero stay zero", () => {
  tf.tidy(() => {
    const { gradients, norm } = clipByGlobalNorm(new Map([["a", tf.zeros([2])]]), 1);
    expect([...present(gradients.get("a")).dataSync(), ...norm.dataSync()]).toEqual([0, 0, 0]);
  });
});
