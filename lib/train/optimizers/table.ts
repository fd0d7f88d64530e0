import type * as tf from "@tensorflow/tfjs";
import type { Config } from "papilio/core/config.ts";
import { Adam } from "papilio/train/optimizers/adam.ts";
import { AdamW, type AdamWSettings } from "papilio/train/optimizers/adamw.ts";
import type { Optimizer } from "papilio/train/optimizers/optimizer.ts";
import type { RateSettings } from "papilio/train/optimizers/rate_factor.ts";
import { RmsProp, type RmsPropSettings } from "papilio/train/optimizers/rmsprop.ts";
import { Sgd, type SgdSettings } from "papilio/train/optimizers/sgd.ts";

/** What each optimizer can be told. */
export interface OptimizerSettings {
  adam?: RateSettings;
  adamw?: AdamWSettings;
  sgd?: SgdSettings;
  rmsprop?: RmsPropSettings;
}

type MakeOptimizer = (
  variables: ReadonlyMap<string, tf.Variable>,
  learningRate: number,
  settings?: OptimizerSettings,
) => Optimizer;

/** The optimizers by the name that the configuration gives them, which also begins their state's names. */
export const optimizers = {
  adam: (variables, learningRate, settings) => new Adam(variables, learningRate, settings?.adam),
  adamw: (variables, learningRate, settings) => new AdamW(variables, learningRate, settings?.adamw),
  sgd: (variables, learningRate, settings) => new Sgd(variables, learningRate, settings?.sgd),
  rmsprop: (variables, learningRate, settings) =>
    new RmsProp(variables, learningRate, settings?.rmsprop),
} as const satisfies Record<Config["optimizer"]["name"], MakeOptimizer>;

export type OptimizerName = keyof typeof optimizers;

/** What a configuration says of its optimizer, and what a phase adds. */
export type OptimizerConfig =
  & Pick<Config["optimizer"], "name" | "momentum" | "nesterov" | "weightDecay">
  & RateSettings;

/** What each optimizer takes besides what all take, and what a configuration's null stands for. */
export const ownSettings = {
  adam: {},
  adamw: { weightDecay: 0.01 },
  sgd: { momentum: 0.9, weightDecay: 0 },
  rmsprop: { momentum: 0 },
} as const satisfies Record<OptimizerName, Partial<Record<"momentum" | "weightDecay", number>>>;

/** Momentum and weight decay of a configuration, as far as its optimizer takes them. */
export function settingsInEffect(
  { name, momentum, weightDecay }: Pick<OptimizerConfig, "name" | "momentum" | "weightDecay">,
): { momentum?: number; weightDecay?: number } {
  const given = { momentum, weightDecay };
  return Object.fromEntries(
    Object.entries(ownSettings[name])
      .map(([field, usual]) => [field, given[field as keyof typeof given] ?? usual]),
  );
}

/**
 * The optimizer of a configuration; each takes of its fields what it has.
 *
 * Where momentum or weight decay is null it is the optimizer's own, see `ownSettings`.
 *
 * @throws {PapilioError} for settings out of range.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { resolveConfig } from "papilio/core/config.ts";
 * import { makeOptimizer } from "papilio/train/optimizers/mod.ts";
 * await tf.setBackend("cpu");
 * const { optimizer } = resolveConfig("laptop", { optimizer: { name: "sgd", weightDecay: 0 } });
 * const weight = tf.variable(tf.tensor1d([1]));
 * const settings = { ...optimizer, rateFactorOf: () => 0.5 };
 * const sgd = makeOptimizer(new Map([["encoder/kernel", weight]]), 0.1, settings);
 * sgd.apply(new Map([["encoder/kernel", tf.tensor1d([2])]]));
 * console.assert(Math.abs(Number(weight.dataSync()) - 0.9) < 1e-6); // 1 - 0.5·0.1·2
 * ```
 */
export function makeOptimizer(
  variables: ReadonlyMap<string, tf.Variable>,
  learningRate: number,
  config: OptimizerConfig,
): Optimizer {
  const { name, nesterov, rateFactorOf } = config;
  const own = { rateFactorOf, ...settingsInEffect(config) };
  return optimizers[name](variables, learningRate, {
    adam: own,
    adamw: own,
    sgd: { ...own, nesterov },
    rmsprop: own,
  });
}

const prefixes = [...Object.keys(optimizers), "average"].map((name) => `${name}/`);

/** Whether a checkpoint's tensor is an optimizer's or an average's, and no weight of the model. */
export function isOptimizerState(name: string): boolean {
  return prefixes.some((prefix) => name.startsWith(prefix));
}
