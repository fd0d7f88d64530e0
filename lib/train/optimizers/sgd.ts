import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
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

export interface SgdSettings extends RateSettings {
  /** How much of the last move goes on. */
  momentum?: number;
  /** Whether the gradient counts as if the move had been made already. */
  nesterov?: boolean;
  /** Adds so many times the weight to its gradient. */
  weightDecay?: number;
}

/**
 * Stochastic gradient descent, with momentum if it is given.
 *
 * `g ← g + λw`, `b ← μb + g`, `w ← w - α·b`, or with Nesterov's momentum `w ← w - α·(g + μb)`. The
 * learning rate α is a variable.
 *
 * Source: Sutskever 2013, section 2, in the form of `torch.optim.SGD` (α outside the momentum).
 *
 * @throws {PapilioError} for settings out of range, and Nesterov's momentum without momentum.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { Sgd } from "papilio/train/optimizers/mod.ts";
 * await tf.setBackend("cpu");
 * const weight = tf.variable(tf.tensor1d([1]));
 * const sgd = new Sgd(new Map([["layer/weight", weight]]), 0.1, { momentum: 0.5 });
 * for (let step = 0; step < 2; step++) sgd.apply(new Map([["layer/weight", tf.tensor1d([2])]]));
 * console.assert(Math.abs(Number(weight.dataSync()) - 0.5) < 1e-6); // 1 - 0.1·2 - 0.1·(1 + 2)
 * ```
 */
export class Sgd implements Optimizer {
  readonly state: ReadonlyMap<string, tf.Variable>;
  readonly learningRate: tf.Variable<tf.Rank.R0>;
  readonly #variables: ReadonlyMap<string, tf.Variable>;
  readonly #velocities: ReadonlyMap<string, tf.Variable>;
  readonly #settings: Required<Omit<SgdSettings, "rateFactorOf">>;
  readonly #factorOf: RateFactorOf;

  /** `variables`: the weights to train, by name (`"layer/weight"`). */
  constructor(
    variables: ReadonlyMap<string, tf.Variable>,
    learningRate: number,
    { momentum = 0, nesterov = false, weightDecay = 0, ...rates }: SgdSettings = {},
  ) {
    requireWithin("SGD's momentum", momentum, [0, 1]);
    requireWithin("SGD's weightDecay", weightDecay, [0, Infinity]);
    if (nesterov && momentum === 0) throw withoutMomentum();
    this.#settings = { momentum, nesterov, weightDecay };
    this.#factorOf = rateFactors(variables.keys(), rates);
    this.#variables = variables;
    this.learningRate = scalarVariable(learningRate);
    this.#velocities = momentum > 0 ? zeroSlots(variables) : new Map();
    this.state = new Map([
      ["sgd/learningRate", this.learningRate],
      ...prefixed("sgd/velocity/", this.#velocities),
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
        const move = this.#move(name, this.#decayed(variable, gradient));
        variable.assign(tf.sub(variable, tf.mul(move, rateOf(name))));
      }
    });
  }

  #decayed(variable: tf.Variable, gradient: tf.Tensor): tf.Tensor {
    const { weightDecay } = this.#settings;
    return weightDecay > 0 ? tf.add(gradient, tf.mul(variable, weightDecay)) : gradient;
  }

  #move(name: string, gradient: tf.Tensor): tf.Tensor {
    const velocity = this.#velocities.get(name);
    if (!velocity) return gradient;
    const { momentum, nesterov } = this.#settings;
    velocity.assign(tf.add(tf.mul(velocity, momentum), gradient));
    return nesterov ? tf.add(gradient, tf.mul(velocity, momentum)) : velocity;
  }

  dispose(): void {
    for (const variable of this.state.values()) variable.dispose();
  }
}

function withoutMomentum(): PapilioError {
  return new PapilioError({
    cannot: "use Nesterov's momentum",
    expected: "a momentum above 0",
    got: "0",
    remedy: "Give a momentum, 0.9 for one.",
  });
}
