import * as tf from "@tensorflow/tfjs";
import { requireWithin } from "papilio/train/_settings.ts";
import { prefixed, scalarVariable } from "papilio/train/optimizers/_slots.ts";

export interface WeightAverageSettings {
  /** How much of the average is kept in each step: 0.999 averages over about a thousand steps. */
  decay?: number;
}

/**
 * An exponential moving average of weights, which often predicts better than the last weights do.
 *
 * `e ← d·e + (1-d)·w` after each step, `e` beginning as `w`, with `d = min(decay, (1 + t) / (10 + t))` in
 * the t-th step: so a short run's average is not that of its first weights.
 *
 * Source: Polyak and Juditsky 1992; the beginning as in TensorFlow's `ExponentialMovingAverage`.
 *
 * @throws {PapilioError} for a decay outside [0, 1].
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { WeightAverage } from "papilio/train/optimizers/mod.ts";
 * await tf.setBackend("cpu");
 * const weight = tf.variable(tf.scalar(0));
 * const average = new WeightAverage(new Map([["layer/weight", weight]]), { decay: 0.1 });
 * weight.assign(tf.scalar(10));
 * average.update();
 * average.exchange();
 * console.assert(Math.abs(Number(weight.dataSync()) - 9) < 1e-6); // 0.1·0 + 0.9·10
 * ```
 */
export class WeightAverage {
  /** The averages and the number of steps, by name; a checkpoint keeps them. */
  readonly state: ReadonlyMap<string, tf.Variable>;
  readonly #variables: ReadonlyMap<string, tf.Variable>;
  readonly #averages: Map<string, tf.Variable>;
  readonly #steps = scalarVariable(0);
  readonly #decay: number;

  /** `variables`: what a prediction needs, so moving statistics too. */
  constructor(
    variables: ReadonlyMap<string, tf.Variable>,
    { decay = 0.999 }: WeightAverageSettings = {},
  ) {
    requireWithin("the average's decay", decay, [0, 1]);
    this.#decay = decay;
    this.#variables = variables;
    this.#averages = new Map(
      [...variables].map(([name, variable]) => [
        name,
        tf.tidy(() => tf.variable(variable.clone(), false)),
      ]),
    );
    this.state = new Map<string, tf.Variable>([
      ["average/steps", this.#steps],
      ...prefixed("average/of/", this.#averages),
    ]);
  }

  /** Takes the weights as they are now into the average; tfjs operations, for use inside a step. */
  update(): void {
    tf.tidy(() => {
      this.#steps.assign(tf.add(this.#steps, 1));
      const warmUp = tf.div(tf.add(this.#steps, 1), tf.add(this.#steps, 10));
      const keep = tf.minimum(warmUp, this.#decay);
      const take = tf.sub(1, keep);
      for (const [name, variable] of this.#variables) {
        const average = this.#averages.get(name) as tf.Variable;
        average.assign(tf.add(tf.mul(average, keep), tf.mul(variable, take)));
      }
    });
  }

  /**
   * Puts the averages in the weights' place and the weights in theirs; a second call undoes it.
   *
   * For evaluation and saving, outside of steps: pull both from the engine before, push both after.
   */
  exchange(): void {
    tf.tidy(() => {
      for (const [name, variable] of this.#variables) {
        const average = this.#averages.get(name) as tf.Variable;
        const weight = variable.clone();
        variable.assign(average);
        average.assign(weight);
      }
    });
  }

  dispose(): void {
    for (const variable of this.state.values()) variable.dispose();
  }
}
