import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { scalarVariable, scaledRate, zerosLike } from "papilio/train/optimizers/_slots.ts";
import type { Optimizer } from "papilio/train/optimizers/optimizer.ts";
import {
  onceForEachFactor,
  type RateFactorOf,
  rateFactors,
  type RateSettings,
} from "papilio/train/optimizers/rate_factor.ts";

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-7;

/** The two running averages of a weight's gradient. */
interface Slots {
  variable: tf.Variable;
  mean: tf.Variable;
  meanSquare: tf.Variable;
}

/**
 * Adam as tfjs operations over variables, so that a step with it can be traced into one graph.
 *
 * `m ← β₁m + (1-β₁)g`, `v ← β₂v + (1-β₂)g²`, `w ← w - α·√(1-β₂ᵗ)/(1-β₁ᵗ) · m / (√v + ε)` with
 * β₁ 0.9, β₂ 0.999, ε 1e-7. `βᵗ` and the learning rate α are variables, not constants of the graph.
 *
 * Source: Kingma and Ba 2015, the form before section 2.1's last paragraph; ε as in Keras' `Adam`.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { Adam } from "papilio/train/optimizers/mod.ts";
 * await tf.setBackend("cpu");
 * const weight = tf.variable(tf.tensor1d([1]));
 * const adam = new Adam(new Map([["layer/weight", weight]]), 0.1);
 * adam.apply(new Map([["layer/weight", tf.tensor1d([5])]]));
 * console.assert(Math.abs(Number(weight.dataSync()) - 0.9) < 1e-6); // moved by the learning rate
 * ```
 */
export class Adam implements Optimizer {
  readonly state: ReadonlyMap<string, tf.Variable>;
  readonly learningRate: tf.Variable<tf.Rank.R0>;
  readonly #beta1Power = scalarVariable(1);
  readonly #beta2Power = scalarVariable(1);
  readonly #slots = new Map<string, Slots>();
  readonly #factorOf: RateFactorOf;

  /** `variables`: the weights to train, by name (`"layer/weight"`). */
  constructor(
    variables: ReadonlyMap<string, tf.Variable>,
    learningRate: number,
    settings: RateSettings = {},
  ) {
    this.#factorOf = rateFactors(variables.keys(), settings);
    this.learningRate = scalarVariable(learningRate);
    const state = new Map<string, tf.Variable>([
      ["adam/learningRate", this.learningRate],
      ["adam/beta1Power", this.#beta1Power],
      ["adam/beta2Power", this.#beta2Power],
    ]);
    for (const [name, variable] of variables) {
      const slots = { variable, mean: zerosLike(variable), meanSquare: zerosLike(variable) };
      this.#slots.set(name, slots);
      state.set(`adam/m/${name}`, slots.mean);
      state.set(`adam/v/${name}`, slots.meanSquare);
    }
    this.state = state;
  }

  apply(gradients: ReadonlyMap<string, tf.Tensor>): void {
    tf.tidy(() => {
      this.#beta1Power.assign(tf.mul(this.#beta1Power, beta1));
      this.#beta2Power.assign(tf.mul(this.#beta2Power, beta2));
      const correction = tf.div(
        tf.sqrt(tf.sub(1, this.#beta2Power)),
        tf.sub(1, this.#beta1Power),
      );
      const stepSize = tf.mul(this.learningRate, correction);
      const sizeOf = onceForEachFactor(this.#factorOf, (factor) => scaledRate(stepSize, factor));
      for (const [name, slots] of this.#slots) {
        applyStep(slots, present(gradients.get(name), `gradient of ${name}`), sizeOf(name));
      }
    });
  }

  dispose(): void {
    for (const variable of this.state.values()) variable.dispose();
  }
}

function applyStep({ variable, mean, meanSquare }: Slots, gradient: tf.Tensor, size: tf.Tensor) {
  mean.assign(tf.add(tf.mul(mean, beta1), tf.mul(gradient, 1 - beta1)));
  meanSquare.assign(
    tf.add(tf.mul(meanSquare, beta2), tf.mul(tf.square(gradient), 1 - beta2)),
  );
  const update = tf.div(tf.mul(mean, size), tf.add(tf.sqrt(meanSquare), epsilon));
  variable.assign(tf.sub(variable, update));
}
