import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { requireWithin } from "papilio/train/_settings.ts";
import {
  prefixed,
  scalarVariable,
  scaledRate,
  zeroSlots,
} from "papilio/train/optimizers/_slots.ts";
import type { Optimizer } from "papilio/train/optimizers/optimizer.ts";
import {
  onceForEachFactor,
  type RateFactorOf,
  rateFactors,
  type RateSettings,
} from "papilio/train/optimizers/rate_factor.ts";

export interface AdamWSettings extends RateSettings {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  /** A step shrinks a weight by this share of the learning rate. */
  weightDecay?: number;
  /** Which weights shrink; those of more than one axis if not given: kernels, not biases. */
  decays?: (name: string, variable: tf.Variable) => boolean;
}

/**
 * Adam whose weight decay does not pass through the gradient's averages.
 *
 * `w ← w - αλw`, `m ← β₁m + (1-β₁)g`, `v ← β₂v + (1-β₂)g²`, `w ← w - α·m̂ / (√v̂ + ε)` with
 * `m̂ = m / (1-β₁ᵗ)` and `v̂ = v / (1-β₂ᵗ)`. The corrections `1-βᵗ` are variables that grow by
 * `c ← βc + (1-β)`, which keeps their digits where a difference from 1 would lose them.
 *
 * A rate factor multiplies α, and so the decay too, as in PyTorch's parameter groups.
 *
 * ε is outside the correction here, as in PyTorch; in `Adam` it is inside, as in Keras.
 *
 * Source: Loshchilov and Hutter 2019, algorithm 2, with the defaults of `torch.optim.AdamW`.
 *
 * @throws {PapilioError} for settings out of range.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { AdamW } from "papilio/train/optimizers/mod.ts";
 * await tf.setBackend("cpu");
 * const kernel = tf.variable(tf.tensor2d([[2]]));
 * const adamW = new AdamW(new Map([["layer/kernel", kernel]]), 0.1, { weightDecay: 0.5 });
 * adamW.apply(new Map([["layer/kernel", tf.tensor2d([[5]])]]));
 * console.assert(Math.abs(Number(kernel.dataSync()) - 1.8) < 1e-6); // 2·(1 - 0.05) - 0.1
 * ```
 */
export class AdamW implements Optimizer {
  readonly state: ReadonlyMap<string, tf.Variable>;
  readonly learningRate: tf.Variable<tf.Rank.R0>;
  readonly #variables: ReadonlyMap<string, tf.Variable>;
  readonly #means: ReadonlyMap<string, tf.Variable>;
  readonly #meanSquares: ReadonlyMap<string, tf.Variable>;
  readonly #correction1 = scalarVariable(0);
  readonly #correction2 = scalarVariable(0);
  readonly #settings: Required<Omit<AdamWSettings, "rateFactorOf">>;
  readonly #factorOf: RateFactorOf;

  /** `variables`: the weights to train, by name (`"layer/kernel"`). */
  constructor(
    variables: ReadonlyMap<string, tf.Variable>,
    learningRate: number,
    settings: AdamWSettings = {},
  ) {
    this.#settings = completed(settings);
    this.#factorOf = rateFactors(variables.keys(), settings);
    this.#variables = variables;
    this.learningRate = scalarVariable(learningRate);
    this.#means = zeroSlots(variables);
    this.#meanSquares = zeroSlots(variables);
    this.state = new Map<string, tf.Variable>([
      ["adamw/learningRate", this.learningRate],
      ["adamw/beta1Correction", this.#correction1],
      ["adamw/beta2Correction", this.#correction2],
      ...prefixed("adamw/m/", this.#means),
      ...prefixed("adamw/v/", this.#meanSquares),
    ]);
  }

  apply(gradients: ReadonlyMap<string, tf.Tensor>): void {
    const { beta1, beta2, weightDecay, decays } = this.#settings;
    tf.tidy(() => {
      moveTowards(this.#correction1, 1, beta1);
      moveTowards(this.#correction2, 1, beta2);
      const ratesOf = onceForEachFactor(this.#factorOf, (factor) => {
        const rate = scaledRate(this.learningRate, factor);
        return { rate, shrinking: tf.sub(1, tf.mul(rate, weightDecay)) };
      });
      for (const [name, variable] of this.#variables) {
        const gradient = present(gradients.get(name), `gradient of ${name}`);
        const { rate, shrinking } = ratesOf(name);
        const update = this.#update(name, gradient, rate);
        const decayed = weightDecay > 0 && decays(name, variable)
          ? tf.mul(variable, shrinking)
          : variable;
        variable.assign(tf.sub(decayed, update));
      }
    });
  }

  #update(name: string, gradient: tf.Tensor, rate: tf.Tensor): tf.Tensor {
    const { beta1, beta2, epsilon } = this.#settings;
    const mean = present(this.#means.get(name));
    const meanSquare = present(this.#meanSquares.get(name));
    moveTowards(mean, gradient, beta1);
    moveTowards(meanSquare, tf.square(gradient), beta2);
    const size = tf.div(rate, this.#correction1);
    const root = tf.div(tf.sqrt(meanSquare), tf.sqrt(this.#correction2));
    return tf.div(tf.mul(mean, size), tf.add(root, epsilon));
  }

  dispose(): void {
    for (const variable of this.state.values()) variable.dispose();
  }
}

function completed({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  weightDecay = 0.01,
  decays = (_, variable) => variable.rank > 1,
}: AdamWSettings): Required<Omit<AdamWSettings, "rateFactorOf">> {
  requireWithin("AdamW's beta1", beta1, [0, 0.99999]);
  requireWithin("AdamW's beta2", beta2, [0, 0.99999]);
  requireWithin("AdamW's epsilon", epsilon, [0, Infinity]);
  requireWithin("AdamW's weightDecay", weightDecay, [0, Infinity]);
  return { beta1, beta2, epsilon, weightDecay, decays };
}

/** `average ← keep·average + (1 - keep)·value` */
function moveTowards(average: tf.Variable, value: tf.Tensor | number, keep: number): void {
  average.assign(tf.add(tf.mul(average, keep), tf.mul(value, 1 - keep)));
}
