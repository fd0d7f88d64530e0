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

export interface RmsPropSettings extends RateSettings {
  /** How much of the running mean square is kept; PyTorch's `alpha`. */
  decay?: number;
  epsilon?: number;
  /** How much of the last move goes on. */
  momentum?: number;
}

/**
 * Divides each gradient by a running root mean square of its own.
 *
 * `v ← ρv + (1-ρ)g²`, `b ← μb + g / (√v + ε)`, `w ← w - α·b`. The learning rate α is a variable.
 *
 * Source: Tieleman and Hinton 2012, with the defaults of `torch.optim.RMSprop`; Keras has ρ 0.9.
 *
 * @throws {PapilioError} for settings out of range.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { RmsProp } from "papilio/train/optimizers/mod.ts";
 * await tf.setBackend("cpu");
 * const weight = tf.variable(tf.tensor1d([1]));
 * const rmsProp = new RmsProp(new Map([["layer/weight", weight]]), 0.1, { decay: 0.75 });
 * rmsProp.apply(new Map([["layer/weight", tf.tensor1d([5])]]));
 * console.assert(Math.abs(Number(weight.dataSync()) - 0.8) < 1e-6); // 1 - 0.1 / √(1 - 0.75)
 * ```
 */
export class RmsProp implements Optimizer {
  readonly state: ReadonlyMap<string, tf.Variable>;
  readonly learningRate: tf.Variable<tf.Rank.R0>;
  readonly #variables: ReadonlyMap<string, tf.Variable>;
  readonly #meanSquares: ReadonlyMap<string, tf.Variable>;
  readonly #velocities: ReadonlyMap<string, tf.Variable>;
  readonly #settings: Required<Omit<RmsPropSettings, "rateFactorOf">>;
  readonly #factorOf: RateFactorOf;

  /** `variables`: the weights to train, by name (`"layer/weight"`). */
  constructor(
    variables: ReadonlyMap<string, tf.Variable>,
    learningRate: number,
    { decay = 0.99, epsilon = 1e-8, momentum = 0, ...rates }: RmsPropSettings = {},
  ) {
    requireWithin("RMSprop's decay", decay, [0, 1]);
    requireWithin("RMSprop's epsilon", epsilon, [0, Infinity]);
    requireWithin("RMSprop's momentum", momentum, [0, 1]);
    this.#settings = { decay, epsilon, momentum };
    this.#factorOf = rateFactors(variables.keys(), rates);
    this.#variables = variables;
    this.learningRate = scalarVariable(learningRate);
    this.#meanSquares = zeroSlots(variables);
    this.#velocities = momentum > 0 ? zeroSlots(variables) : new Map();
    this.state = new Map<string, tf.Variable>([
      ["rmsprop/learningRate", this.learningRate],
      ...prefixed("rmsprop/v/", this.#meanSquares),
      ...prefixed("rmsprop/velocity/", this.#velocities),
    ]);
  }

  apply(gradients: ReadonlyMap<string, tf.Tensor>): void {
    tf.tidy(() => {
      const rateOf = onceForEachFactor(
        this.#factorOf,
        (factor) => scaledRate(this.learningRate, factor),
      );
      for (const [name, variable] of this.#variables) {
        const gradient = present(gradients.get(name), `gradient of ${name}`);
        const move = this.#move(name, this.#scaled(name, gradient));
        variable.assign(tf.sub(variable, tf.mul(move, rateOf(name))));
      }
    });
  }

  #scaled(name: string, gradient: tf.Tensor): tf.Tensor {
    const { decay, epsilon } = this.#settings;
    const meanSquare = present(this.#meanSquares.get(name));
    meanSquare.assign(
      tf.add(tf.mul(meanSquare, decay), tf.mul(tf.square(gradient), 1 - decay)),
    );
    return tf.div(gradient, tf.add(tf.sqrt(meanSquare), epsilon));
  }

  #move(name: string, scaled: tf.Tensor): tf.Tensor {
    const velocity = this.#velocities.get(name);
    if (!velocity) return scaled;
    velocity.assign(tf.add(tf.mul(velocity, this.#settings.momentum), scaled));
    return velocity;
  }

  dispose(): void {
    for (const variable of this.state.values()) variable.dispose();
  }
}
